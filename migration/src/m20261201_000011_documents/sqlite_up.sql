-- What was issued is closed: a document keeps to the number of lines that it was issued with, counters of documents only
-- count upward, and nothing happens to a subscription behind its back.

alter table invoice add column line_count integer not null default 0 check (line_count >= 0);
update invoice set line_count = (select count(*) from invoice_line l where l.invoice_id = invoice.id);
drop trigger invoice_law_document;
create trigger invoice_law_document before update on invoice
  when (new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal,
        new.tax_rate, new.tax, new.total, new.issued_at, new.due_at, new.seller, new.bill_to, new.line_count)
    is not
       (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal,
        old.tax_rate, old.tax, old.total, old.issued_at, old.due_at, old.seller, old.bill_to, old.line_count)
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;

alter table credit_note add column line_count integer not null default 0 check (line_count >= 0);
drop trigger credit_note_law_update;
update credit_note set line_count = (select count(*) from credit_note_line l where l.credit_note_id = credit_note.id);
create trigger credit_note_law_update before update on credit_note begin select raise(abort, 'APPEND_ONLY'); end;

create trigger invoice_line_law_lines before insert on invoice_line
  when not exists (select 1 from invoice i where i.id = new.invoice_id and new.position < i.line_count)
  begin select raise(abort, 'ISSUED_INVOICES_NEVER_CHANGE'); end;
create trigger credit_note_line_law_lines before insert on credit_note_line
  when not exists (select 1 from credit_note c where c.id = new.credit_note_id
    and c.line_count > (select count(*) from credit_note_line l where l.credit_note_id = c.id))
  begin select raise(abort, 'APPEND_ONLY'); end;
-- The subscription is written first, with the version that the event has. A disabled one is not written any more.
create trigger event_law_follows before insert on event
  when new.stream_kind = 'SUBSCRIPTION'
    and not exists (select 1 from subscription s where s.id = new.stream_id and s.version >= new.seq)
  begin select raise(abort, 'EVENTS_FOLLOW_THEIR_SUBSCRIPTION'); end;

-- Without a rowid, by which one counter could replace the other.
create table document_number_anew (
  kind text not null primary key check (kind in ('INVOICE','CREDIT_NOTE')),
  last integer not null check (last >= 0)) strict, without rowid;
insert into document_number_anew select kind, last from document_number;
drop table document_number;
alter table document_number_anew rename to document_number;
create trigger document_number_law_upward before update on document_number
  when new.kind <> old.kind or new.last < old.last
  begin select raise(abort, 'NUMBERS_COUNT_UPWARD'); end;
create trigger document_number_law_delete before delete on document_number
  begin select raise(abort, 'NUMBERS_COUNT_UPWARD'); end;
create trigger document_number_law_insert before insert on document_number
  when exists (select 1 from document_number n where n.kind = new.kind)
  begin select raise(abort, 'NUMBERS_COUNT_UPWARD'); end;
