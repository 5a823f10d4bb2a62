-- What was issued is closed: a document keeps to the number of lines that it was issued with, counters of documents only
-- count upward, nothing happens to a subscription behind its back, and what a member writes belongs to what the
-- organization has.

alter table invoice add column line_count bigint not null default 0 check (line_count >= 0);
update invoice i set line_count = (select count(*) from invoice_line l where l.invoice_id = i.id);
drop trigger law_document on invoice;
create trigger law_document after update on invoice for each row
  when ((new.id, new.number, new.billing_profile_id, new.organization_id, new.partner_id, new.currency, new.subtotal,
         new.tax_rate, new.tax, new.total, new.issued_at, new.due_at, new.seller, new.bill_to, new.line_count)
    is distinct from
        (old.id, old.number, old.billing_profile_id, old.organization_id, old.partner_id, old.currency, old.subtotal,
         old.tax_rate, old.tax, old.total, old.issued_at, old.due_at, old.seller, old.bill_to, old.line_count))
  execute function tenure_refuse('ISSUED_INVOICES_NEVER_CHANGE');
alter table invoice enable always trigger law_document;

alter table credit_note add column line_count bigint not null default 0 check (line_count >= 0);
drop trigger law_append_only on credit_note;
update credit_note c set line_count = (select count(*) from credit_note_line l where l.credit_note_id = c.id);
create trigger law_append_only after update or delete on credit_note for each row execute function tenure_refuse('APPEND_ONLY');
alter table credit_note enable always trigger law_append_only;

-- These look another row up. Row-level security may hide it, and then they refuse: what they do not see is not there. The
-- path is theirs, so that no temporary table stands in for ours.
do $do$ begin
  execute format($f$
create function tenure_refuse_line() returns trigger language plpgsql set search_path = %1$I, pg_temp as
  $body$ begin
    if not exists (select from invoice i where i.id = new.invoice_id and new.position < i.line_count) then
      raise exception 'ISSUED_INVOICES_NEVER_CHANGE' using errcode = 'TE001';
    end if;
    return null;
  end $body$$f$, current_schema());
  execute format($f$
create function tenure_refuse_credited_line() returns trigger language plpgsql set search_path = %1$I, pg_temp as
  $body$ begin
    if not exists (select from credit_note c where c.id = new.credit_note_id
        and c.line_count >= (select count(*) from credit_note_line l where l.credit_note_id = c.id)) then
      raise exception 'APPEND_ONLY' using errcode = 'TE001';
    end if;
    return null;
  end $body$$f$, current_schema());
  execute format($f$
create function tenure_refuse_event() returns trigger language plpgsql set search_path = %1$I, pg_temp as
  $body$ begin
    if not exists (select from subscription s where s.id = new.stream_id and s.version >= new.seq) then
      raise exception 'EVENTS_FOLLOW_THEIR_SUBSCRIPTION' using errcode = 'TE001';
    end if;
    return null;
  end $body$$f$, current_schema());
end $do$;
create trigger law_lines after insert on invoice_line for each row execute function tenure_refuse_line();
create trigger law_lines after insert on credit_note_line for each row execute function tenure_refuse_credited_line();
-- The subscription is written first, with the version that the event has. A disabled one is not written any more.
create trigger law_follows after insert on event for each row
  when (new.stream_kind = 'SUBSCRIPTION') execute function tenure_refuse_event();

create trigger law_upward after update on document_number for each row
  when (new.kind <> old.kind or new.last < old.last) execute function tenure_refuse('NUMBERS_COUNT_UPWARD');
create trigger law_delete after delete on document_number for each row execute function tenure_refuse('NUMBERS_COUNT_UPWARD');
create trigger law_truncate before truncate on document_number execute function tenure_refuse('NUMBERS_COUNT_UPWARD');

alter table invoice_line enable always trigger law_lines;
alter table credit_note_line enable always trigger law_lines;
alter table event enable always trigger law_follows;
alter table document_number enable always trigger law_upward;
alter table document_number enable always trigger law_delete;
alter table document_number enable always trigger law_truncate;

-- No trigger fires when the type of a column is changed with an expression that rewrites it. PostgreSQL refuses that of
-- columns that a trigger names, so these name the columns of what is kept.
create trigger law_columns after update on subscription_end for each row
  when ((new.subscription_id, new.organization_id, new.publisher_id, new.status, new.reason, new.at)
    is distinct from
        (old.subscription_id, old.organization_id, old.publisher_id, old.status, old.reason, old.at))
  execute function tenure_refuse('APPEND_ONLY');
alter table subscription_end enable always trigger law_columns;
create trigger law_columns after update on event for each row
  when ((new.stream_kind, new.stream_id, new.seq, new.type, new.occurred_at, new.actor_kind, new.actor_id,
         new.request_id, new.organization_id, new.publisher_id, new.partner_id, new.body, new.hash, new.xid,
         new.position, new.api_key_id)
    is distinct from
        (old.stream_kind, old.stream_id, old.seq, old.type, old.occurred_at, old.actor_kind, old.actor_id,
         old.request_id, old.organization_id, old.publisher_id, old.partner_id, old.body, old.hash, old.xid,
         old.position, old.api_key_id))
  execute function tenure_refuse('APPEND_ONLY');
alter table event enable always trigger law_columns;
create trigger law_columns after update on invoice_line for each row
  when ((new.invoice_id, new.position, new.subscription_id, new.organization_id, new.publisher_id, new.kind,
         new.description, new.publisher_name, new.quantity, new.unit_price, new.amount, new.period_number,
         new.period_start, new.period_end)
    is distinct from
        (old.invoice_id, old.position, old.subscription_id, old.organization_id, old.publisher_id, old.kind,
         old.description, old.publisher_name, old.quantity, old.unit_price, old.amount, old.period_number,
         old.period_start, old.period_end))
  execute function tenure_refuse('APPEND_ONLY');
alter table invoice_line enable always trigger law_columns;
create trigger law_columns after update on credit_note for each row
  when ((new.id, new.number, new.invoice_id, new.organization_id, new.partner_id, new.currency, new.total,
         new.issued_at, new.tax, new.line_count)
    is distinct from
        (old.id, old.number, old.invoice_id, old.organization_id, old.partner_id, old.currency, old.total,
         old.issued_at, old.tax, old.line_count))
  execute function tenure_refuse('APPEND_ONLY');
alter table credit_note enable always trigger law_columns;
create trigger law_columns after update on credit_note_line for each row
  when ((new.invoice_id, new.position, new.credit_note_id, new.subscription_id, new.organization_id, new.partner_id,
         new.amount)
    is distinct from
        (old.invoice_id, old.position, old.credit_note_id, old.subscription_id, old.organization_id, old.partner_id,
         old.amount))
  execute function tenure_refuse('APPEND_ONLY');
alter table credit_note_line enable always trigger law_columns;
create trigger law_columns after update on subscription for each row
  when (old.status = 'DISABLED' and (new.status, new.billing_profile_id, new.auto_renew, new.quantity,
         new.scheduled_quantity, new.assigned,
         new.portal_opened_at, new.activated_at, new.anchor_on, new.period_number, new.period_start, new.period_end,
         new.standing, new.grace_ends_at, new.charge_open, new.ends_at, new.due_at, new.due_change, new.version,
         new.event_hash, new.remind_at)
    is distinct from
        (old.status, old.billing_profile_id, old.auto_renew, old.quantity, old.scheduled_quantity, old.assigned,
         old.portal_opened_at, old.activated_at, old.anchor_on, old.period_number, old.period_start, old.period_end,
         old.standing, old.grace_ends_at, old.charge_open, old.ends_at, old.due_at, old.due_change, old.version,
         old.event_hash, old.remind_at))
  execute function tenure_refuse('DISABLED_IS_TERMINAL');
alter table subscription enable always trigger law_columns;

-- What a member writes belongs to something of the same organization, not only to the organization: a key would be content
-- with another's. What a partner bought stays on the partner's profile, which members do not see.
create policy parent on subscription as restrictive for insert to tenure_tenant with check (
  partner_id is null and exists (select from billing_profile p where p.id = billing_profile_id)
  and (replaces_id is null or exists (select from subscription r where r.id = subscription.replaces_id)));
create policy parent_kept on subscription as restrictive for update to tenure_tenant using (true) with check (
  partner_id is not null or exists (select from billing_profile p where p.id = billing_profile_id));
create policy parent on subscription_end as restrictive for insert to tenure_tenant with check (
  exists (select from subscription s where s.id = subscription_id));
create policy parent on cancellation_note as restrictive for insert to tenure_tenant with check (
  exists (select from subscription s where s.id = subscription_id));
create policy parent on support_request as restrictive for insert to tenure_tenant with check (
  exists (select from subscription s where s.id = subscription_id));
create policy parent on license_assignment as restrictive for insert to tenure_tenant with check (
  exists (select from subscription s where s.id = subscription_id)
  and exists (select from user_account u where u.id = user_id));
create policy parent_kept on license_assignment as restrictive for update to tenure_tenant using (true) with check (
  exists (select from subscription s where s.id = subscription_id)
  and exists (select from user_account u where u.id = user_id));
create policy parent on billing_profile as restrictive for insert to tenure_tenant with check (
  payment_method_id is null or exists (select from payment_method m where m.id = payment_method_id));
create policy parent_kept on billing_profile as restrictive for update to tenure_tenant using (true) with check (
  payment_method_id is null or exists (select from payment_method m where m.id = payment_method_id));
create policy parent on billing_profile_role as restrictive for insert to tenure_tenant with check (
  exists (select from billing_profile p where p.id = billing_profile_id)
  and exists (select from user_account u where u.id = user_id));
create policy parent_kept on billing_profile_role as restrictive for update to tenure_tenant using (true) with check (
  exists (select from billing_profile p where p.id = billing_profile_id)
  and exists (select from user_account u where u.id = user_id));
create policy parent on invoice as restrictive for insert to tenure_tenant with check (
  exists (select from billing_profile p where p.id = billing_profile_id));
create policy parent on invoice_line as restrictive for insert to tenure_tenant with check (
  exists (select from invoice i where i.id = invoice_id)
  and exists (select from subscription s where s.id = subscription_id));
create policy parent on credit_note as restrictive for insert to tenure_tenant with check (
  exists (select from invoice i where i.id = invoice_id));
create policy parent on credit_note_line as restrictive for insert to tenure_tenant with check (
  exists (select from credit_note c where c.id = credit_note_id)
  and exists (select from subscription s where s.id = subscription_id));
create policy parent on payment as restrictive for insert to tenure_tenant with check (
  exists (select from invoice i where i.id = invoice_id)
  and (payment_method_id is null or exists (select from payment_method m where m.id = payment_method_id)));
create policy parent on refund as restrictive for insert to tenure_tenant with check (
  exists (select from payment p where p.id = payment_id) and exists (select from invoice i where i.id = invoice_id));
create policy parent on webhook_secret as restrictive for insert to tenure_tenant with check (
  exists (select from webhook_endpoint e where e.id = webhook_endpoint_id));
create policy parent on webhook_delivery as restrictive for insert to tenure_tenant with check (
  exists (select from webhook_endpoint e where e.id = webhook_endpoint_id));
create policy parent on event as restrictive for insert to tenure_tenant with check (
  case stream_kind
    when 'SUBSCRIPTION' then exists (select from subscription s where s.id = stream_id)
    when 'BILLING_PROFILE' then exists (select from billing_profile p where p.id = stream_id)
    when 'ORGANIZATION' then stream_id = organization_id
    else false
  end);
