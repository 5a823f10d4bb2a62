drop trigger event_law_follows;
drop trigger credit_note_line_law_lines;
drop trigger invoice_line_law_lines;
create table document_number_anew (
  kind text not null primary key check (kind in ('INVOICE','CREDIT_NOTE')),
  last integer not null check (last >= 0)) strict;
insert into document_number_anew select kind, last from document_number;
drop table document_number;
alter table document_number_anew rename to document_number;
drop trigger credit_note_law_update;
alter table credit_note drop column line_count;
create trigger credit_note_law_update before update on credit_note begin select raise(abort, 'APPEND_ONLY'); end;
drop trigger invoice_law_document;
alter table invoice drop column line_count;
create trigger invoice_law_document before update on invoice
  when (new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal,
        new.tax_rate, new.tax, new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is not
       (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal,
        old.tax_rate, old.tax, old.total, old.issued_at, old.due_at, old.seller, old.bill_to)
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;
