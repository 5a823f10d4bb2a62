-- Tax, credit notes by line, refunds, and what becomes of payment methods.

-- Thousandths of a percent, as it was when the invoice was issued: 19 % is 19000.
alter table invoice add column tax_rate bigint not null default 0 check (tax_rate between 0 and 100000);

-- What the operator wrote on a check or wire that was booked.
alter table payment add column reference text;

-- The customer at the gateway to which a card is attached, and what the operator said of a check or wire.
alter table payment_method add column gateway_customer text;
alter table payment_method add column decided_at timestamptz;
alter table payment_method add column decided_by uuid;
alter table payment_method add column removed_at timestamptz;

-- A card with a customer of its own at the gateway is one card, and one tenant's.
create unique index payment_method_card on payment_method(gateway_token)
  where gateway_customer is not null and removed_at is null;

alter table credit_note add column tax bigint not null default 0 check (tax between 0 and total);

-- A line of an invoice is credited once, and whole.
create table credit_note_line (
  invoice_id      uuid not null,
  position        bigint not null,
  credit_note_id  uuid not null references credit_note(id),
  subscription_id uuid not null references subscription(id),
  organization_id uuid references organization(id),
  partner_id      uuid references partner(id),
  amount          bigint not null check (amount > 0),
  primary key (invoice_id, position),
  foreign key (invoice_id, position) references invoice_line(invoice_id, position));
create index credit_note_line_of_note on credit_note_line(credit_note_id, position);
create index credit_note_line_of_subscription on credit_note_line(subscription_id, credit_note_id);

-- One attempt to give money of a payment back. Open without a time to ask: by hand.
create table refund (
  id                uuid not null primary key,
  payment_id        uuid not null references payment(id),
  credit_note_id    uuid references credit_note(id),
  invoice_id        uuid not null references invoice(id),
  organization_id   uuid references organization(id),
  partner_id        uuid references partner(id),
  amount            bigint not null check (amount > 0),
  currency          text not null,
  status            text not null check (status in ('PENDING','UNKNOWN','SUCCEEDED','FAILED')),
  attempt           bigint not null check (attempt >= 1),
  requested_at      timestamptz not null,
  settled_at        timestamptz,
  ask_at            timestamptz,
  failure_code      text,
  gateway_reference text,
  reference         text,
  check ((status in ('SUCCEEDED','FAILED')) = (settled_at is not null)),
  check (ask_at is null or status in ('PENDING','UNKNOWN')));
create index refund_of_payment on refund(payment_id, requested_at, id);
create index refund_of_credit_note on refund(credit_note_id, id) where credit_note_id is not null;
create index refund_askable on refund(ask_at, id) where ask_at is not null;
create index refund_newest on refund(requested_at desc, id desc);

-- The memory of the sandbox gateway: what it gave back, and whether it did.
create table sandbox_refund (
  id        uuid not null primary key,
  charge_id uuid not null,
  amount    bigint not null,
  outcome   text not null check (outcome in ('SUCCEEDED','DECLINED')));
create index sandbox_refund_of_charge on sandbox_refund(charge_id);

drop trigger law_document on invoice;
create trigger law_document after update on invoice for each row
  when ((new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal,
         new.tax_rate, new.tax, new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is distinct from
        (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal,
         old.tax_rate, old.tax, old.total, old.issued_at, old.due_at, old.seller, old.bill_to))
  execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
alter table invoice enable always trigger law_document;

create trigger law_append_only after update or delete on credit_note_line for each row execute function tenure_refuse('APPEND_ONLY');
create trigger law_truncate before truncate on credit_note_line execute function tenure_refuse('APPEND_ONLY');
-- How a payment or refund went moves; what it was does not.
create trigger law_identity after update on payment for each row
  when ((new.id, new.invoice_id, new.organization_id, new.partner_id, new.payment_method_id, new.amount, new.currency,
         new.attempted_at, new.reference)
    is distinct from
        (old.id, old.invoice_id, old.organization_id, old.partner_id, old.payment_method_id, old.amount, old.currency,
         old.attempted_at, old.reference))
  execute function tenure_refuse('PAYMENTS_ARE_KEPT');
create trigger law_identity after update on refund for each row
  when ((new.id, new.payment_id, new.credit_note_id, new.invoice_id, new.organization_id, new.partner_id, new.amount,
         new.currency, new.attempt, new.requested_at)
    is distinct from
        (old.id, old.payment_id, old.credit_note_id, old.invoice_id, old.organization_id, old.partner_id, old.amount,
         old.currency, old.attempt, old.requested_at))
  execute function tenure_refuse('PAYMENTS_ARE_KEPT');
create trigger law_delete after delete on refund for each row execute function tenure_refuse('PAYMENTS_ARE_KEPT');
create trigger law_truncate before truncate on refund execute function tenure_refuse('PAYMENTS_ARE_KEPT');
alter table credit_note_line enable always trigger law_append_only;
alter table credit_note_line enable always trigger law_truncate;
alter table payment enable always trigger law_identity;
alter table refund enable always trigger law_identity;
alter table refund enable always trigger law_delete;
alter table refund enable always trigger law_truncate;
