do $$
declare
  policy record;
begin
  for policy in
    select tablename as of_table, policyname as name from pg_policies
    where schemaname = current_schema() and policyname in ('parent', 'parent_kept')
  loop
    execute format('drop policy %I on %I', policy.name, policy.of_table);
  end loop;
end $$;
drop trigger law_columns on subscription;
drop trigger law_columns on subscription_end;
drop trigger law_columns on event;
drop trigger law_columns on invoice_line;
drop trigger law_columns on credit_note;
drop trigger law_columns on credit_note_line;
drop trigger law_truncate on document_number;
drop trigger law_delete on document_number;
drop trigger law_upward on document_number;
drop trigger law_follows on event;
drop trigger law_lines on credit_note_line;
drop trigger law_lines on invoice_line;
drop function tenure_refuse_event();
drop function tenure_refuse_credited_line();
drop function tenure_refuse_line();
alter table credit_note drop column line_count;
drop trigger law_document on invoice;
alter table invoice drop column line_count;
create trigger law_document after update on invoice for each row
  when ((new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal,
         new.tax_rate, new.tax, new.total, new.issued_at, new.due_at, new.seller, new.bill_to)
    is distinct from
        (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal,
         old.tax_rate, old.tax, old.total, old.issued_at, old.due_at, old.seller, old.bill_to))
  execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
alter table invoice enable always trigger law_document;
