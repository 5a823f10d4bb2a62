-- The same tables as postgres_up.sql, column by column, in SQLite's words: ids are 16-byte blobs, instants and dates are text
-- that sorts as time does, booleans are 0 and 1. The tables that carry guards are WITHOUT ROWID, and `subscription` has no unique
-- key beside its own: with foreign keys off, REPLACE through any other key would delete a row past every trigger.

-- What is data, not code -----------------------------------------------------------------------------------------

create table supported_country (
  country text not null primary key check (country glob '[A-Z][A-Z]'),
  region  text not null) strict;

create table customer_agreement (
  version      text not null primary key,
  url          text not null,
  published_at text not null) strict;

-- Who ------------------------------------------------------------------------------------------------------------

create table organization (
  id         blob not null primary key,
  name       text not null check (name <> ''),
  country    text not null check (country glob '[A-Z][A-Z]'),
  version    integer not null,
  event_hash blob not null,
  created_at text not null) strict;

create table user_account (
  id              blob not null primary key,
  organization_id blob not null references organization(id),
  name            text not null,
  email           text not null,
  role            text check (role in ('OWNER','CONTRIBUTOR','LICENSE_ADMIN','READER')),
  created_at      text not null) strict;
create unique index user_account_email on user_account(lower(email));
create index user_account_of_organization on user_account(organization_id, name, id);

create table operator (
  id         blob not null primary key,
  name       text not null,
  email      text not null,
  created_at text not null) strict;
create unique index operator_email on operator(lower(email));

create table publisher (
  id          blob not null primary key,
  slug        text not null unique,
  name        text not null,
  support_url text not null,
  portal_url  text not null,
  created_at  text not null) strict;

create table partner (
  id         blob not null primary key,
  slug       text not null unique,
  name       text not null,
  created_at text not null) strict;

create table partnership (
  id              blob not null primary key,
  organization_id blob not null references organization(id),
  partner_id      blob not null references partner(id),
  status          text not null check (status in ('REQUESTED','APPROVED','ENDED')),
  requested_at    text not null,
  approved_at     text,
  ended_at        text) strict;
create unique index partnership_living on partnership(organization_id, partner_id) where status <> 'ENDED';
create index partnership_of_partner on partnership(partner_id, organization_id);

create table agreement_acceptance (
  organization_id blob not null references organization(id),
  version         text not null references customer_agreement(version),
  accepted_at     text not null,
  accepted_by     blob references user_account(id),
  primary key (organization_id, version)) strict;

-- What is sold ---------------------------------------------------------------------------------------------------

create table app (
  id           blob not null primary key,
  publisher_id blob not null references publisher(id),
  name         text not null,
  summary      text not null,
  description  text not null,
  status       text not null check (status in ('PUBLISHED','WITHDRAWN')),
  created_at   text not null) strict;
create index app_by_name on app(name, id);
create index app_of_publisher on app(publisher_id, name, id);

create table app_category (
  app_id   blob not null references app(id),
  category text not null,
  primary key (app_id, category)) strict;

create table plan (
  id               blob not null primary key,
  app_id           blob not null references app(id),
  name             text not null,
  pricing_model    text not null check (pricing_model in ('FLAT_RATE','PER_LICENSE')),
  billing_interval text not null check (billing_interval in ('MONTH','YEAR')),
  currency         text not null check (currency glob '[A-Z][A-Z][A-Z]'),
  unit_price       integer not null check (unit_price >= 0),
  min_licenses     integer,
  max_licenses     integer,
  retired_at       text,
  created_at       text not null,
  check ((pricing_model = 'FLAT_RATE') = (min_licenses is null)),
  check ((pricing_model = 'FLAT_RATE') = (max_licenses is null)),
  check (min_licenses is null or (min_licenses >= 1 and max_licenses >= min_licenses))) strict, without rowid;
create index plan_of_app on plan(app_id, created_at, id);

create table plan_country (
  plan_id blob not null references plan(id),
  country text not null check (country glob '[A-Z][A-Z]'),
  primary key (plan_id, country)) strict;

create table app_setup (
  organization_id blob not null references organization(id),
  app_id          blob not null references app(id),
  publisher_id    blob not null references publisher(id),
  completed_at    text not null,
  primary key (organization_id, app_id)) strict;

-- How it is paid -------------------------------------------------------------------------------------------------

create table payment_method (
  id              blob not null primary key,
  organization_id blob references organization(id),
  partner_id      blob references partner(id),
  kind            text not null check (kind in ('CARD','CHECK_OR_WIRE')),
  status          text not null check (status in ('PENDING_APPROVAL','USABLE','REFUSED')),
  gateway_token   text,
  brand           text,
  last4           text,
  expiry_month    integer check (expiry_month between 1 and 12),
  expiry_year     integer,
  added_by        blob references user_account(id),
  created_at      text not null,
  check ((organization_id is null) <> (partner_id is null)),
  check ((kind = 'CARD') = (gateway_token is not null))) strict;
create index payment_method_of_organization on payment_method(organization_id, id);
create index payment_method_of_partner on payment_method(partner_id, id);

create table billing_profile (
  id                    blob not null primary key,
  organization_id       blob references organization(id),
  partner_id            blob references partner(id),
  name                  text not null check (name <> ''),
  currency              text not null check (currency glob '[A-Z][A-Z][A-Z]'),
  tax_id                text,
  purchase_order_number text,
  contact_name          text not null,
  contact_email         text not null,
  line1                 text not null,
  line2                 text,
  city                  text not null,
  region                text,
  postal_code           text,
  country               text not null check (country glob '[A-Z][A-Z]'),
  payment_method_id     blob references payment_method(id),
  version               integer not null,
  event_hash            blob not null,
  created_at            text not null,
  check ((organization_id is null) <> (partner_id is null))) strict;
create index billing_profile_of_organization on billing_profile(organization_id, name, id);
create index billing_profile_of_partner on billing_profile(partner_id, name, id);
create index billing_profile_of_method on billing_profile(payment_method_id);

create table billing_profile_role (
  billing_profile_id blob not null references billing_profile(id),
  user_id            blob not null references user_account(id),
  organization_id    blob not null references organization(id),
  role               text not null check (role in ('OWNER','CONTRIBUTOR','INVOICE_MANAGER','READER')),
  primary key (billing_profile_id, user_id)) strict;
create index billing_profile_role_of_user on billing_profile_role(user_id, billing_profile_id);

-- Subscriptions and their end ------------------------------------------------------------------------------------

create table subscription (
  id                 blob not null primary key,
  organization_id    blob not null references organization(id),
  publisher_id       blob not null references publisher(id),
  partner_id         blob references partner(id),
  app_id             blob not null references app(id),
  plan_id            blob not null references plan(id),
  billing_profile_id blob not null references billing_profile(id),
  replaces_id        blob references subscription(id),
  purchase_channel   text not null check (purchase_channel in ('DIRECT','PARTNER','PROPOSAL')),
  purchased_at       text not null,
  purchased_by       blob references user_account(id),
  pricing_model      text not null check (pricing_model in ('FLAT_RATE','PER_LICENSE')),
  billing_interval   text not null check (billing_interval in ('MONTH','YEAR')),
  currency           text not null,
  unit_price         integer not null check (unit_price >= 0),
  status             text not null check (status in ('PENDING_ACTIVATION','ACTIVE','DISABLED')),
  auto_renew         integer not null,
  bought_quantity    integer check (bought_quantity >= 1),
  quantity           integer check (quantity >= 1),
  scheduled_quantity integer check (scheduled_quantity >= 1 and scheduled_quantity < quantity),
  assigned           integer not null check (assigned >= 0),
  activate_by        text not null,
  portal_opened_at   text,
  activated_at       text,
  anchor_on          text,
  period_number      integer check (period_number >= 0),
  period_start       text,
  period_end         text check (period_end > period_start),
  standing           text not null check (standing in ('CURRENT','PAST_DUE')),
  grace_ends_at      text,
  charge_open        integer not null,
  ends_at            text not null,
  due_at             text,
  due_change         text check (due_change in ('LAPSE','EXPIRE','RENEW')),
  version            integer not null,
  event_hash         blob not null,
  ended_id           blob generated always as (case when status = 'DISABLED' then id end) stored
                     references subscription_end(subscription_id) deferrable initially deferred,
  unique (id, status),
  check ((pricing_model = 'FLAT_RATE') = (quantity is null)),
  check ((pricing_model = 'FLAT_RATE') = (bought_quantity is null)),
  check (assigned <= coalesce(scheduled_quantity, quantity, 0)),
  check (assigned = 0 or status = 'ACTIVE'),
  check (status <> 'ACTIVE' or (activated_at is not null and anchor_on is not null and period_number is not null
         and period_start is not null and period_end is not null)),
  check (status <> 'PENDING_ACTIVATION' or activated_at is null),
  check ((due_at is null) = (due_change is null)),
  check (status <> 'DISABLED' or due_at is null)) strict, without rowid;
create index subscription_newest on subscription(organization_id, purchased_at desc, id desc);
create index subscription_ending on subscription(organization_id, status, ends_at, id);
create index subscription_of_publisher on subscription(publisher_id, purchased_at desc, id desc);
create index subscription_of_partner on subscription(partner_id, purchased_at desc, id desc) where partner_id is not null;
create index subscription_due on subscription(due_change, due_at, id) where due_at is not null;
create index subscription_renewing on subscription(billing_profile_id, due_at, id) where due_change = 'RENEW';
create index subscription_of_profile on subscription(billing_profile_id, id);
-- Without this index the key from `ended_id` is checked by a scan.
create index subscription_ended on subscription(ended_id) where ended_id is not null;
create index subscription_copies on subscription(replaces_id, id) where replaces_id is not null;

create table subscription_end (
  subscription_id blob not null primary key,
  organization_id blob not null,
  publisher_id    blob not null,
  status          text not null generated always as ('DISABLED') stored,
  reason          text not null check (reason in ('CANCELED','EXPIRED','PAYMENT_LAPSED')),
  at              text not null,
  foreign key (subscription_id, status) references subscription(id, status) on update restrict on delete restrict) strict, without rowid;

-- Words of whoever cancelled. Beside the chain of events, not in it: they can name people, and can be erased.
create table cancellation_note (
  subscription_id blob not null primary key references subscription(id),
  organization_id blob not null references organization(id),
  note            text not null,
  created_at      text not null) strict;

create table license_assignment (
  id              blob not null primary key,
  subscription_id blob not null references subscription(id),
  organization_id blob not null references organization(id),
  publisher_id    blob not null references publisher(id),
  user_id         blob not null references user_account(id),
  assigned_at     text not null,
  ended_at        text) strict;
create unique index license_assignment_once on license_assignment(subscription_id, user_id) where ended_at is null;
create index license_assignment_of_user on license_assignment(user_id) where ended_at is null;

create table support_request (
  id              blob not null primary key,
  subscription_id blob not null references subscription(id),
  organization_id blob not null references organization(id),
  publisher_id    blob not null references publisher(id),
  partner_id      blob references partner(id),
  requested_by    blob references user_account(id),
  subject         text not null,
  message         text not null,
  created_at      text not null) strict;
create index support_request_of_publisher on support_request(publisher_id, created_at, id);

-- What happened --------------------------------------------------------------------------------------------------

-- One writer: the position is the order of commit.
create table event (
  stream_kind     text not null check (stream_kind in ('SUBSCRIPTION','BILLING_PROFILE','ORGANIZATION')),
  stream_id       blob not null,
  seq             integer not null check (seq >= 1),
  type            text not null,
  occurred_at     text not null,
  actor_kind      text not null check (actor_kind in ('MEMBER','PUBLISHER','PARTNER','OPERATOR','SYSTEM')),
  actor_id        blob,
  request_id      text,
  organization_id blob,
  publisher_id    blob,
  partner_id      blob,
  body            text not null,
  hash            blob not null,
  position        integer not null,
  primary key (stream_id, seq)) strict, without rowid;
create index event_feed on event(position);

-- Money ----------------------------------------------------------------------------------------------------------

create table document_number (
  kind text not null primary key check (kind in ('INVOICE','CREDIT_NOTE')),
  last integer not null check (last >= 0)) strict;

create table invoice (
  id                 blob not null primary key,
  number             integer not null unique check (number >= 1),
  billing_profile_id blob not null references billing_profile(id),
  organization_id    blob references organization(id),
  partner_id         blob references partner(id),
  currency           text not null,
  subtotal           integer not null check (subtotal >= 0),
  tax                integer not null check (tax >= 0),
  total              integer not null check (total = subtotal + tax),
  issued_at          text not null,
  due_at             text not null check (due_at >= issued_at),
  seller             text not null,
  bill_to            text not null,
  status             text not null check (status in ('DUE','OVERDUE','PAID','VOID')),
  amount_due         integer not null check (amount_due between 0 and total),
  paid_at            text,
  collect_at         text,
  version            integer not null,
  check ((organization_id is null) <> (partner_id is null)),
  check ((status in ('PAID','VOID')) = (amount_due = 0)),
  check (status not in ('PAID','VOID') or collect_at is null)) strict, without rowid;
create index invoice_of_profile on invoice(billing_profile_id, issued_at desc, number desc);
create index invoice_of_organization on invoice(organization_id, issued_at desc, number desc);
create index invoice_of_partner on invoice(partner_id, issued_at desc, number desc) where partner_id is not null;
create index invoice_collectable on invoice(collect_at, id) where collect_at is not null;
create index invoice_overdue on invoice(billing_profile_id) where status = 'OVERDUE';

create table invoice_line (
  invoice_id      blob not null references invoice(id),
  position        integer not null check (position >= 0),
  subscription_id blob not null references subscription(id),
  organization_id blob not null references organization(id),
  publisher_id    blob not null references publisher(id),
  kind            text not null check (kind in ('PERIOD','PRORATION','USED_DAYS')),
  description     text not null,
  publisher_name  text not null,
  quantity        integer not null check (quantity >= 1),
  unit_price      integer not null check (unit_price >= 0),
  amount          integer not null check (amount >= 0),
  period_number   integer not null check (period_number >= 0),
  period_start    text not null,
  period_end      text not null check (period_end > period_start),
  primary key (invoice_id, position)) strict, without rowid;
create unique index invoice_line_charged_once on invoice_line(subscription_id, period_number) where kind = 'PERIOD';
create index invoice_line_of_subscription on invoice_line(subscription_id, invoice_id);

create table payment (
  id                blob not null primary key,
  invoice_id        blob not null references invoice(id),
  organization_id   blob references organization(id),
  partner_id        blob references partner(id),
  payment_method_id blob references payment_method(id),
  amount            integer not null check (amount > 0),
  currency          text not null,
  status            text not null check (status in ('PENDING','SUCCEEDED','DECLINED','UNKNOWN','REFUNDED')),
  attempted_at      text not null,
  settled_at        text,
  ask_at            text,
  failure_code      text,
  gateway_reference text,
  check ((status in ('PENDING','UNKNOWN')) = (ask_at is not null))) strict, without rowid;
create unique index payment_open on payment(invoice_id) where status in ('PENDING','UNKNOWN');
create index payment_of_invoice on payment(invoice_id, attempted_at, id);
create index payment_askable on payment(ask_at, id) where ask_at is not null;

create table credit_note (
  id              blob not null primary key,
  number          integer not null unique check (number >= 1),
  invoice_id      blob not null references invoice(id),
  organization_id blob references organization(id),
  partner_id      blob references partner(id),
  currency        text not null,
  total           integer not null check (total > 0),
  issued_at       text not null) strict, without rowid;
create index credit_note_of_invoice on credit_note(invoice_id, number);

-- Running --------------------------------------------------------------------------------------------------------

create table idempotency_key (
  tenant_id  blob not null,
  operation  text not null,
  key        text not null,
  input_hash blob not null,
  result_id  blob not null,
  created_at text not null,
  expires_at text,
  primary key (tenant_id, operation, key)) strict;
create index idempotency_key_expiry on idempotency_key(expires_at) where expires_at is not null;

create table job_run (
  id           blob not null primary key,
  job          text not null,
  scheduled_at text not null,
  started_at   text not null,
  finished_at  text,
  changed      integer not null,
  skipped      integer not null,
  failed       integer not null,
  error        text,
  unique (job, scheduled_at)) strict;
create index job_run_newest on job_run(scheduled_at desc, id desc);

-- A row whose change failed waits here, so that it blocks no other; it is tried again by itself.
create table set_aside (
  job        text not null,
  subject_id blob not null,
  failures   integer not null check (failures >= 1),
  error      text not null,
  retry_at   text not null,
  primary key (job, subject_id)) strict;

create table sandbox_clock (
  id            integer not null primary key check (id = 1),
  offset_micros integer not null check (offset_micros >= 0)) strict;

-- The memory of the sandbox gateway: what it was asked to charge, and how that went.
create table sandbox_charge (
  id                blob not null primary key,
  payment_method_id blob not null,
  token             text not null,
  amount            integer not null,
  currency          text not null,
  outcome           text not null check (outcome in ('SUCCEEDED','DECLINED','HIDDEN'))) strict;
create index sandbox_charge_of_method on sandbox_charge(payment_method_id);

create table demo_marker (
  id      integer not null primary key check (id = 1),
  made_at text not null) strict;

-- The law --------------------------------------------------------------------------------------------------------

create trigger subscription_law_update before update on subscription
  when old.status = 'DISABLED' or exists (select 1 from subscription_end e where e.subscription_id = old.id)
  begin select raise(abort, 'DISABLED_IS_TERMINAL'); end;
create trigger subscription_law_update_onto before update of id on subscription
  when exists (select 1 from subscription_end e where e.subscription_id = new.id)
  begin select raise(abort, 'DISABLED_IS_TERMINAL'); end;
create trigger subscription_law_forward before update on subscription
  when old.status = 'ACTIVE' and new.status = 'PENDING_ACTIVATION'
  begin select raise(abort, 'STATUS_MOVES_FORWARD'); end;
create trigger subscription_law_identity before update on subscription
  when (new.id, new.organization_id, new.publisher_id, new.app_id, new.plan_id, new.currency, new.unit_price,
        new.bought_quantity, new.purchased_at, new.pricing_model, new.billing_interval, new.replaces_id,
        new.partner_id, new.purchase_channel, new.purchased_by, new.activate_by)
    is not
       (old.id, old.organization_id, old.publisher_id, old.app_id, old.plan_id, old.currency, old.unit_price,
        old.bought_quantity, old.purchased_at, old.pricing_model, old.billing_interval, old.replaces_id,
        old.partner_id, old.purchase_channel, old.purchased_by, old.activate_by)
  begin select raise(abort, 'WHAT_WAS_BOUGHT_NEVER_CHANGES'); end;
-- All periods are counted from the day of activation.
create trigger subscription_law_anchor before update on subscription
  when old.status = 'ACTIVE' and new.status <> 'PENDING_ACTIVATION'
    and (new.activated_at, new.anchor_on) is not (old.activated_at, old.anchor_on)
  begin select raise(abort, 'WHAT_WAS_BOUGHT_NEVER_CHANGES'); end;
create trigger subscription_law_delete before delete on subscription
  begin select raise(abort, 'SUBSCRIPTIONS_ARE_KEPT'); end;
create trigger subscription_law_insert before insert on subscription
  when exists (select 1 from subscription s where s.id = new.id)
    or exists (select 1 from subscription_end e where e.subscription_id = new.id)
  begin select raise(abort, 'SUBSCRIPTIONS_ARE_KEPT'); end;

-- What a plan costs is what it was created with: another price is another plan.
create trigger plan_law_terms before update on plan
  when (new.id, new.app_id, new.pricing_model, new.billing_interval, new.currency, new.unit_price)
    is not
       (old.id, old.app_id, old.pricing_model, old.billing_interval, old.currency, old.unit_price)
  begin select raise(abort, 'PLANS_NEVER_CHANGE_THEIR_PRICE'); end;

create trigger plan_law_insert before insert on plan
  when exists (select 1 from plan p where p.id = new.id)
  begin select raise(abort, 'PLANS_NEVER_CHANGE_THEIR_PRICE'); end;

create trigger subscription_end_law_update before update on subscription_end
  begin select raise(abort, 'APPEND_ONLY'); end;
create trigger subscription_end_law_delete before delete on subscription_end
  begin select raise(abort, 'APPEND_ONLY'); end;
create trigger subscription_end_law_insert before insert on subscription_end
  when exists (select 1 from subscription_end e where e.subscription_id = new.subscription_id)
    or not exists (select 1 from subscription s where s.id = new.subscription_id and s.status = 'DISABLED')
  begin select raise(abort, 'APPEND_ONLY'); end;

create trigger event_law_update before update on event begin select raise(abort, 'APPEND_ONLY'); end;
create trigger event_law_delete before delete on event begin select raise(abort, 'APPEND_ONLY'); end;
create trigger event_law_insert before insert on event
  when exists (select 1 from event e where e.stream_id = new.stream_id and e.seq = new.seq)
  begin select raise(abort, 'APPEND_ONLY'); end;

-- An issued invoice is a document: only what follows from payments and credit notes moves.
create trigger invoice_law_document before update on invoice
  when (new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal, new.tax,
        new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is not
       (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal, old.tax,
        old.total, old.issued_at, old.due_at, old.seller, old.bill_to)
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;
create trigger payment_law_delete before delete on payment begin select raise(abort, 'PAYMENTS_ARE_KEPT'); end;
create trigger payment_law_insert before insert on payment
  when exists (select 1 from payment p where p.id = new.id)
    or (new.status in ('PENDING', 'UNKNOWN') and exists (select 1 from payment p
        where p.invoice_id = new.invoice_id and p.status in ('PENDING', 'UNKNOWN')))
  begin select raise(abort, 'PAYMENTS_ARE_KEPT'); end;
create trigger invoice_law_delete before delete on invoice
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;
create trigger invoice_law_insert before insert on invoice
  when exists (select 1 from invoice i where i.id = new.id) or exists (select 1 from invoice i where i.number = new.number)
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;
create trigger invoice_line_law_update before update on invoice_line begin select raise(abort, 'APPEND_ONLY'); end;
create trigger invoice_line_law_delete before delete on invoice_line begin select raise(abort, 'APPEND_ONLY'); end;
create trigger invoice_line_law_insert before insert on invoice_line
  when exists (select 1 from invoice_line l where l.invoice_id = new.invoice_id and l.position = new.position)
    or (new.kind = 'PERIOD' and exists (select 1 from invoice_line l
        where l.subscription_id = new.subscription_id and l.period_number = new.period_number and l.kind = 'PERIOD'))
  begin select raise(abort, 'APPEND_ONLY'); end;
create trigger credit_note_law_update before update on credit_note begin select raise(abort, 'APPEND_ONLY'); end;
create trigger credit_note_law_delete before delete on credit_note begin select raise(abort, 'APPEND_ONLY'); end;
create trigger credit_note_law_insert before insert on credit_note
  when exists (select 1 from credit_note c where c.id = new.id) or exists (select 1 from credit_note c where c.number = new.number)
  begin select raise(abort, 'APPEND_ONLY'); end;

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
