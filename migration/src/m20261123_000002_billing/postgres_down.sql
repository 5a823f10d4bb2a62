drop table sandbox_refund;
drop table refund;
drop table credit_note_line;
drop trigger law_identity on payment;
drop trigger law_document on invoice;
alter table credit_note drop column tax;
drop index payment_method_card;
alter table payment_method drop column removed_at;
alter table payment_method drop column decided_by;
alter table payment_method drop column decided_at;
alter table payment_method drop column gateway_customer;
alter table payment drop column reference;
alter table invoice drop column tax_rate;
create trigger law_document after update on invoice for each row
  when ((new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal, new.tax,
         new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is distinct from
        (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal, old.tax,
         old.total, old.issued_at, old.due_at, old.seller, old.bill_to))
  execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
alter table invoice enable always trigger law_document;
