-- Money is bigint minor units with an ISO 4217 currency beside it; instants are timestamptz in UTC; periods are dates,
-- end exclusive. State is text with a CHECK: comparisons of enum types are not leakproof and lose their index under
-- row-level security.

-- What is data, not code -----------------------------------------------------------------------------------------

create table supported_country (
  country text not null primary key check (country ~ '^[A-Z]{2}$'),
  region  text not null);

create table customer_agreement (
  version      text not null primary key,
  url          text not null,
  published_at timestamptz not null);

-- Who ------------------------------------------------------------------------------------------------------------

create table organization (
  id         uuid not null primary key,
  name       text not null check (name <> ''),
  country    text not null check (country ~ '^[A-Z]{2}$'),
  version    bigint not null,
  event_hash bytea not null,
  created_at timestamptz not null);

create table user_account (
  id              uuid not null primary key,
  organization_id uuid not null references organization(id),
  name            text not null,
  email           text not null,
  role            text check (role in ('OWNER','CONTRIBUTOR','LICENSE_ADMIN','READER')),
  created_at      timestamptz not null);
create unique index user_account_email on user_account(lower(email));
create index user_account_of_organization on user_account(organization_id, name, id);

create table operator (
  id         uuid not null primary key,
  name       text not null,
  email      text not null,
  created_at timestamptz not null);
create unique index operator_email on operator(lower(email));

create table publisher (
  id          uuid not null primary key,
  slug        text not null unique,
  name        text not null,
  support_url text not null,
  portal_url  text not null,
  created_at  timestamptz not null);

create table partner (
  id         uuid not null primary key,
  slug       text not null unique,
  name       text not null,
  created_at timestamptz not null);

create table partnership (
  id              uuid not null primary key,
  organization_id uuid not null references organization(id),
  partner_id      uuid not null references partner(id),
  status          text not null check (status in ('REQUESTED','APPROVED','ENDED')),
  requested_at    timestamptz not null,
  approved_at     timestamptz,
  ended_at        timestamptz);
create unique index partnership_living on partnership(organization_id, partner_id) where status <> 'ENDED';
create index partnership_of_partner on partnership(partner_id, organization_id);

create table agreement_acceptance (
  organization_id uuid not null references organization(id),
  version         text not null references customer_agreement(version),
  accepted_at     timestamptz not null,
  accepted_by     uuid references user_account(id),
  primary key (organization_id, version));

-- What is sold ---------------------------------------------------------------------------------------------------

create table app (
  id           uuid not null primary key,
  publisher_id uuid not null references publisher(id),
  name         text not null,
  summary      text not null,
  description  text not null,
  status       text not null check (status in ('PUBLISHED','WITHDRAWN')),
  created_at   timestamptz not null);
create index app_by_name on app(name, id);
create index app_of_publisher on app(publisher_id, name, id);

create table app_category (
  app_id   uuid not null references app(id),
  category text not null,
  primary key (app_id, category));

create table plan (
  id               uuid not null primary key,
  app_id           uuid not null references app(id),
  name             text not null,
  pricing_model    text not null check (pricing_model in ('FLAT_RATE','PER_LICENSE')),
  billing_interval text not null check (billing_interval in ('MONTH','YEAR')),
  currency         text not null check (currency ~ '^[A-Z]{3}$'),
  unit_price       bigint not null check (unit_price >= 0),
  min_licenses     bigint,
  max_licenses     bigint,
  retired_at       timestamptz,
  created_at       timestamptz not null,
  check ((pricing_model = 'FLAT_RATE') = (min_licenses is null)),
  check ((pricing_model = 'FLAT_RATE') = (max_licenses is null)),
  check (min_licenses is null or (min_licenses >= 1 and max_licenses >= min_licenses)));
create index plan_of_app on plan(app_id, created_at, id);

create table plan_country (
  plan_id uuid not null references plan(id),
  country text not null check (country ~ '^[A-Z]{2}$'),
  primary key (plan_id, country));

create table app_setup (
  organization_id uuid not null references organization(id),
  app_id          uuid not null references app(id),
  publisher_id    uuid not null references publisher(id),
  completed_at    timestamptz not null,
  primary key (organization_id, app_id));

-- How it is paid -------------------------------------------------------------------------------------------------

create table payment_method (
  id              uuid not null primary key,
  organization_id uuid references organization(id),
  partner_id      uuid references partner(id),
  kind            text not null check (kind in ('CARD','CHECK_OR_WIRE')),
  status          text not null check (status in ('PENDING_APPROVAL','USABLE','REFUSED')),
  gateway_token   text,
  brand           text,
  last4           text,
  expiry_month    bigint check (expiry_month between 1 and 12),
  expiry_year     bigint,
  added_by        uuid references user_account(id),
  created_at      timestamptz not null,
  check ((organization_id is null) <> (partner_id is null)),
  check ((kind = 'CARD') = (gateway_token is not null)));
create index payment_method_of_organization on payment_method(organization_id, id);
create index payment_method_of_partner on payment_method(partner_id, id);

create table billing_profile (
  id                    uuid not null primary key,
  organization_id       uuid references organization(id),
  partner_id            uuid references partner(id),
  name                  text not null check (name <> ''),
  currency              text not null check (currency ~ '^[A-Z]{3}$'),
  tax_id                text,
  purchase_order_number text,
  contact_name          text not null,
  contact_email         text not null,
  line1                 text not null,
  line2                 text,
  city                  text not null,
  region                text,
  postal_code           text,
  country               text not null check (country ~ '^[A-Z]{2}$'),
  payment_method_id     uuid references payment_method(id),
  version               bigint not null,
  event_hash            bytea not null,
  created_at            timestamptz not null,
  check ((organization_id is null) <> (partner_id is null)));
create index billing_profile_of_organization on billing_profile(organization_id, name, id);
create index billing_profile_of_partner on billing_profile(partner_id, name, id);
create index billing_profile_of_method on billing_profile(payment_method_id);

create table billing_profile_role (
  billing_profile_id uuid not null references billing_profile(id),
  user_id            uuid not null references user_account(id),
  organization_id    uuid not null references organization(id),
  role               text not null check (role in ('OWNER','CONTRIBUTOR','INVOICE_MANAGER','READER')),
  primary key (billing_profile_id, user_id));
create index billing_profile_role_of_user on billing_profile_role(user_id, billing_profile_id);

-- Subscriptions and their end ------------------------------------------------------------------------------------

create table subscription (
  id                 uuid not null primary key,
  organization_id    uuid not null references organization(id),
  publisher_id       uuid not null references publisher(id),
  partner_id         uuid references partner(id),
  app_id             uuid not null references app(id),
  plan_id            uuid not null references plan(id),
  billing_profile_id uuid not null references billing_profile(id),
  replaces_id        uuid references subscription(id),
  purchase_channel   text not null check (purchase_channel in ('DIRECT','PARTNER','PROPOSAL')),
  purchased_at       timestamptz not null,
  purchased_by       uuid references user_account(id),
  pricing_model      text not null check (pricing_model in ('FLAT_RATE','PER_LICENSE')),
  billing_interval   text not null check (billing_interval in ('MONTH','YEAR')),
  currency           text not null,
  unit_price         bigint not null check (unit_price >= 0),
  status             text not null check (status in ('PENDING_ACTIVATION','ACTIVE','DISABLED')),
  auto_renew         boolean not null,
  bought_quantity    bigint check (bought_quantity >= 1),
  quantity           bigint check (quantity >= 1),
  scheduled_quantity bigint check (scheduled_quantity >= 1 and scheduled_quantity < quantity),
  assigned           bigint not null check (assigned >= 0),
  activate_by        timestamptz not null,
  portal_opened_at   timestamptz,
  activated_at       timestamptz,
  anchor_on          date,
  period_number      bigint check (period_number >= 0),
  period_start       date,
  period_end         date check (period_end > period_start),
  standing           text not null check (standing in ('CURRENT','PAST_DUE')),
  grace_ends_at      timestamptz,
  charge_open        boolean not null,
  ends_at            timestamptz not null,
  due_at             timestamptz,
  due_change         text check (due_change in ('LAPSE','EXPIRE','RENEW')),
  version            bigint not null,
  event_hash         bytea not null,
  ended_id           uuid generated always as (case when status = 'DISABLED' then id end) stored,
  unique (id, status),
  check ((pricing_model = 'FLAT_RATE') = (quantity is null)),
  check ((pricing_model = 'FLAT_RATE') = (bought_quantity is null)),
  check (assigned <= coalesce(scheduled_quantity, quantity, 0)),
  check (assigned = 0 or status = 'ACTIVE'),
  check (status <> 'ACTIVE' or (activated_at is not null and anchor_on is not null and period_number is not null
         and period_start is not null and period_end is not null)),
  check (status <> 'PENDING_ACTIVATION' or activated_at is null),
  check ((due_at is null) = (due_change is null)),
  check (status <> 'DISABLED' or due_at is null));
create index subscription_newest on subscription(organization_id, purchased_at desc, id desc);
create index subscription_ending on subscription(organization_id, status, ends_at, id);
create index subscription_of_publisher on subscription(publisher_id, purchased_at desc, id desc);
create index subscription_of_partner on subscription(partner_id, purchased_at desc, id desc) where partner_id is not null;
create index subscription_due on subscription(due_change, due_at, id) where due_at is not null;
create index subscription_renewing on subscription(billing_profile_id, due_at, id) where due_change = 'RENEW';
create index subscription_of_profile on subscription(billing_profile_id, id);
create index subscription_copies on subscription(replaces_id, id) where replaces_id is not null;

create table subscription_end (
  subscription_id uuid not null primary key,
  organization_id uuid not null,
  publisher_id    uuid not null,
  status          text not null generated always as ('DISABLED') stored,
  reason          text not null check (reason in ('CANCELED','EXPIRED','PAYMENT_LAPSED')),
  at              timestamptz not null,
  foreign key (subscription_id, status) references subscription(id, status) on update restrict on delete restrict);
alter table subscription add constraint disabled_has_an_end foreign key (ended_id)
  references subscription_end(subscription_id) deferrable initially deferred;

-- Words of whoever cancelled. Beside the chain of events, not in it: they can name people, and can be erased.
create table cancellation_note (
  subscription_id uuid not null primary key references subscription(id),
  organization_id uuid not null references organization(id),
  note            text not null,
  created_at      timestamptz not null);

create table license_assignment (
  id              uuid not null primary key,
  subscription_id uuid not null references subscription(id),
  organization_id uuid not null references organization(id),
  publisher_id    uuid not null references publisher(id),
  user_id         uuid not null references user_account(id),
  assigned_at     timestamptz not null,
  ended_at        timestamptz);
create unique index license_assignment_once on license_assignment(subscription_id, user_id) where ended_at is null;
create index license_assignment_of_user on license_assignment(user_id) where ended_at is null;

create table support_request (
  id              uuid not null primary key,
  subscription_id uuid not null references subscription(id),
  organization_id uuid not null references organization(id),
  publisher_id    uuid not null references publisher(id),
  partner_id      uuid references partner(id),
  requested_by    uuid references user_account(id),
  subject         text not null,
  message         text not null,
  created_at      timestamptz not null);
create index support_request_of_publisher on support_request(publisher_id, created_at, id);

-- What happened --------------------------------------------------------------------------------------------------

-- A reader must not pass over an event whose transaction commits later than one with a higher position: the feed is
-- ordered by (xid, position) and read below the oldest running transaction.
create table event (
  stream_kind     text not null check (stream_kind in ('SUBSCRIPTION','BILLING_PROFILE','ORGANIZATION')),
  stream_id       uuid not null,
  seq             bigint not null check (seq >= 1),
  type            text not null,
  occurred_at     timestamptz not null,
  actor_kind      text not null check (actor_kind in ('MEMBER','PUBLISHER','PARTNER','OPERATOR','SYSTEM')),
  actor_id        uuid,
  request_id      text,
  organization_id uuid,
  publisher_id    uuid,
  partner_id      uuid,
  body            text not null,
  hash            bytea not null,
  xid             bigint not null default (pg_current_xact_id()::text::bigint),
  position        bigint not null generated always as identity,
  primary key (stream_id, seq));
create index event_feed on event(xid, position);

-- Money ----------------------------------------------------------------------------------------------------------

create table document_number (
  kind text not null primary key check (kind in ('INVOICE','CREDIT_NOTE')),
  last bigint not null check (last >= 0));

create table invoice (
  id                 uuid not null primary key,
  number             bigint not null unique check (number >= 1),
  billing_profile_id uuid not null references billing_profile(id),
  organization_id    uuid references organization(id),
  partner_id         uuid references partner(id),
  currency           text not null,
  subtotal           bigint not null check (subtotal >= 0),
  tax                bigint not null check (tax >= 0),
  total              bigint not null check (total = subtotal + tax),
  issued_at          timestamptz not null,
  due_at             timestamptz not null check (due_at >= issued_at),
  seller             text not null,
  bill_to            text not null,
  status             text not null check (status in ('DUE','OVERDUE','PAID','VOID')),
  amount_due         bigint not null check (amount_due between 0 and total),
  paid_at            timestamptz,
  collect_at         timestamptz,
  version            bigint not null,
  check ((organization_id is null) <> (partner_id is null)),
  check ((status in ('PAID','VOID')) = (amount_due = 0)),
  check (status not in ('PAID','VOID') or collect_at is null));
create index invoice_of_profile on invoice(billing_profile_id, issued_at desc, number desc);
create index invoice_of_organization on invoice(organization_id, issued_at desc, number desc);
create index invoice_of_partner on invoice(partner_id, issued_at desc, number desc) where partner_id is not null;
create index invoice_collectable on invoice(collect_at, id) where collect_at is not null;
create index invoice_overdue on invoice(billing_profile_id) where status = 'OVERDUE';

create table invoice_line (
  invoice_id      uuid not null references invoice(id),
  position        bigint not null check (position >= 0),
  subscription_id uuid not null references subscription(id),
  organization_id uuid not null references organization(id),
  publisher_id    uuid not null references publisher(id),
  kind            text not null check (kind in ('PERIOD','PRORATION','USED_DAYS')),
  description     text not null,
  publisher_name  text not null,
  quantity        bigint not null check (quantity >= 1),
  unit_price      bigint not null check (unit_price >= 0),
  amount          bigint not null check (amount >= 0),
  period_number   bigint not null check (period_number >= 0),
  period_start    date not null,
  period_end      date not null check (period_end > period_start),
  primary key (invoice_id, position));
create unique index invoice_line_charged_once on invoice_line(subscription_id, period_number) where kind = 'PERIOD';
create index invoice_line_of_subscription on invoice_line(subscription_id, invoice_id);

create table payment (
  id                uuid not null primary key,
  invoice_id        uuid not null references invoice(id),
  organization_id   uuid references organization(id),
  partner_id        uuid references partner(id),
  payment_method_id uuid references payment_method(id),
  amount            bigint not null check (amount > 0),
  currency          text not null,
  status            text not null check (status in ('PENDING','SUCCEEDED','DECLINED','UNKNOWN','REFUNDED')),
  attempted_at      timestamptz not null,
  settled_at        timestamptz,
  ask_at            timestamptz,
  failure_code      text,
  gateway_reference text,
  check ((status in ('PENDING','UNKNOWN')) = (ask_at is not null)));
create unique index payment_open on payment(invoice_id) where status in ('PENDING','UNKNOWN');
create index payment_of_invoice on payment(invoice_id, attempted_at, id);
create index payment_askable on payment(ask_at, id) where ask_at is not null;

create table credit_note (
  id              uuid not null primary key,
  number          bigint not null unique check (number >= 1),
  invoice_id      uuid not null references invoice(id),
  organization_id uuid references organization(id),
  partner_id      uuid references partner(id),
  currency        text not null,
  total           bigint not null check (total > 0),
  issued_at       timestamptz not null);
create index credit_note_of_invoice on credit_note(invoice_id, number);

-- Running --------------------------------------------------------------------------------------------------------

create table idempotency_key (
  tenant_id  uuid not null,
  operation  text not null,
  key        text not null,
  input_hash bytea not null,
  result_id  uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  primary key (tenant_id, operation, key));
create index idempotency_key_expiry on idempotency_key(expires_at) where expires_at is not null;

create table job_run (
  id           uuid not null primary key,
  job          text not null,
  scheduled_at timestamptz not null,
  started_at   timestamptz not null,
  finished_at  timestamptz,
  changed      bigint not null,
  skipped      bigint not null,
  failed       bigint not null,
  error        text,
  unique (job, scheduled_at));
create index job_run_newest on job_run(scheduled_at desc, id desc);

-- A row whose change failed waits here, so that it blocks no other; it is tried again by itself.
create table set_aside (
  job        text not null,
  subject_id uuid not null,
  failures   bigint not null check (failures >= 1),
  error      text not null,
  retry_at   timestamptz not null,
  primary key (job, subject_id));

create table sandbox_clock (
  id            bigint not null primary key check (id = 1),
  offset_micros bigint not null check (offset_micros >= 0));

-- The memory of the sandbox gateway: what it was asked to charge, and how that went.
create table sandbox_charge (
  id                uuid not null primary key,
  payment_method_id uuid not null,
  token             text not null,
  amount            bigint not null,
  currency          text not null,
  outcome           text not null check (outcome in ('SUCCEEDED','DECLINED','HIDDEN')));
create index sandbox_charge_of_method on sandbox_charge(payment_method_id);

create table demo_marker (
  id      bigint not null primary key check (id = 1),
  made_at timestamptz not null);

-- The law --------------------------------------------------------------------------------------------------------

create function tenure_refuse() returns trigger language plpgsql as
  $$ begin raise exception '%', tg_argv[0] using errcode = 'TE001'; end $$;

-- Guards compare OLD with NEW: a trigger that looks the end up could be blinded by row-level security.
create trigger law_update after update on subscription for each row
  when (old.status = 'DISABLED') execute function tenure_refuse('DISABLED_IS_TERMINAL');
create trigger law_forward after update on subscription for each row
  when (old.status = 'ACTIVE' and new.status = 'PENDING_ACTIVATION')
  execute function tenure_refuse('STATUS_MOVES_FORWARD');
create trigger law_identity after update on subscription for each row
  when ((new.id, new.organization_id, new.publisher_id, new.app_id, new.plan_id, new.currency, new.unit_price,
        new.bought_quantity, new.purchased_at, new.pricing_model, new.billing_interval, new.replaces_id,
        new.partner_id, new.purchase_channel, new.purchased_by, new.activate_by)
    is distinct from
    (old.id, old.organization_id, old.publisher_id, old.app_id, old.plan_id, old.currency, old.unit_price,
        old.bought_quantity, old.purchased_at, old.pricing_model, old.billing_interval, old.replaces_id,
        old.partner_id, old.purchase_channel, old.purchased_by, old.activate_by))
  execute function tenure_refuse('WHAT_WAS_BOUGHT_NEVER_CHANGES');
-- All periods are counted from the day of activation.
create trigger law_anchor after update on subscription for each row
  when (old.status = 'ACTIVE' and new.status <> 'PENDING_ACTIVATION'
    and (new.activated_at, new.anchor_on) is distinct from (old.activated_at, old.anchor_on))
  execute function tenure_refuse('WHAT_WAS_BOUGHT_NEVER_CHANGES');
create trigger law_delete after delete on subscription for each row execute function tenure_refuse('SUBSCRIPTIONS_ARE_KEPT');
create trigger law_truncate before truncate on subscription execute function tenure_refuse('SUBSCRIPTIONS_ARE_KEPT');

-- What a plan costs is what it was created with: another price is another plan.
create trigger law_terms after update on plan for each row
  when ((new.id, new.app_id, new.pricing_model, new.billing_interval, new.currency, new.unit_price)
    is distinct from
        (old.id, old.app_id, old.pricing_model, old.billing_interval, old.currency, old.unit_price))
  execute function tenure_refuse('PLANS_NEVER_CHANGE_THEIR_PRICE');
create trigger law_append_only after update or delete on subscription_end for each row execute function tenure_refuse('APPEND_ONLY');
create trigger law_truncate before truncate on subscription_end execute function tenure_refuse('APPEND_ONLY');
create trigger law_append_only after update or delete on event for each row execute function tenure_refuse('APPEND_ONLY');
create trigger law_truncate before truncate on event execute function tenure_refuse('APPEND_ONLY');
create trigger law_append_only after update or delete on invoice_line for each row execute function tenure_refuse('APPEND_ONLY');
create trigger law_truncate before truncate on invoice_line execute function tenure_refuse('APPEND_ONLY');
create trigger law_append_only after update or delete on credit_note for each row execute function tenure_refuse('APPEND_ONLY');
create trigger law_truncate before truncate on credit_note execute function tenure_refuse('APPEND_ONLY');

-- An issued invoice is a document: only what follows from payments and credit notes moves.
create trigger law_document after update on invoice for each row
  when ((new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal, new.tax,
         new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is distinct from
        (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal, old.tax,
         old.total, old.issued_at, old.due_at, old.seller, old.bill_to))
  execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
create trigger law_delete after delete on payment for each row execute function tenure_refuse('PAYMENTS_ARE_KEPT');
create trigger law_truncate before truncate on payment execute function tenure_refuse('PAYMENTS_ARE_KEPT');
create trigger law_delete after delete on invoice for each row execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
create trigger law_truncate before truncate on invoice execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');

-- Guards hold in replica mode too.
alter table plan enable always trigger law_terms;
alter table payment enable always trigger law_delete;
alter table payment enable always trigger law_truncate;
alter table subscription enable always trigger law_anchor;
alter table subscription enable always trigger law_update;
alter table subscription enable always trigger law_forward;
alter table subscription enable always trigger law_identity;
alter table subscription enable always trigger law_delete;
alter table subscription enable always trigger law_truncate;
alter table subscription_end enable always trigger law_append_only;
alter table subscription_end enable always trigger law_truncate;
alter table event enable always trigger law_append_only;
alter table event enable always trigger law_truncate;
alter table invoice_line enable always trigger law_append_only;
alter table invoice_line enable always trigger law_truncate;
alter table credit_note enable always trigger law_append_only;
alter table credit_note enable always trigger law_truncate;
alter table invoice enable always trigger law_document;
alter table invoice enable always trigger law_delete;
alter table invoice enable always trigger law_truncate;

insert into document_number values ('INVOICE', 0), ('CREDIT_NOTE', 0);
insert into sandbox_clock values (1, 0);
insert into customer_agreement values ('2026-01', 'https://tenure.example/customer-agreement/2026-01', '2026-01-01T00:00:00+00:00');
insert into supported_country values
  ('AR','Argentina'), ('AU','Australia'), ('CA','Canada'), ('CL','Chile'), ('FR','France'), ('DE','Germany'),
  ('GR','Greece'), ('PR','Puerto Rico'), ('ZA','South Africa'), ('GB','United Kingdom'), ('US','United States'),
  ('AT','Western Europe'), ('BE','Western Europe'), ('CH','Western Europe'), ('DK','Western Europe'),
  ('ES','Western Europe'), ('FI','Western Europe'), ('IE','Western Europe'), ('IS','Western Europe'),
  ('IT','Western Europe'), ('LI','Western Europe'), ('LU','Western Europe'), ('MC','Western Europe'),
  ('NL','Western Europe'), ('NO','Western Europe'), ('PT','Western Europe'), ('SE','Western Europe');
