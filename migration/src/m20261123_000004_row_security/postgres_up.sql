-- Who reads and writes what: the two roles that the program acts as, and what row-level security shows to each.

do $$ begin
  execute format('grant usage on schema %I to tenure_tenant, tenure_system', current_schema());
end $$;

-- Everybody may read what is sold, where, and under which agreement; events show which partner or operator did something.
grant select on app, app_category, plan, plan_country, publisher, partner, supported_country, customer_agreement
  to tenure_tenant, tenure_system;
grant select (id, name) on operator to tenure_tenant;
grant insert, update on app, app_category, plan, plan_country, publisher, partner, supported_country, customer_agreement
  to tenure_system;
grant select, insert, update on operator, document_number, job_run, set_aside, sandbox_clock, sandbox_charge, sandbox_refund,
  demo_marker, signing_key to tenure_system;
-- Numbers of invoices know no tenant: all share them.
grant select, update on document_number to tenure_tenant;

-- What is kept for ever is inserted, and nothing more.
grant select, insert on subscription_end, event, invoice_line, credit_note, credit_note_line, cancellation_note,
  support_request to tenure_tenant, tenure_system;
grant select, insert, update on organization, app_setup to tenure_system;
grant select, update on organization to tenure_tenant;
grant select on app_setup to tenure_tenant;
grant select, insert, update on user_account, partnership, agreement_acceptance, payment_method, billing_profile,
  billing_profile_role, subscription, license_assignment, invoice, payment, refund, api_key, idempotency_key
  to tenure_tenant, tenure_system;

-- What may go again.
grant delete on billing_profile_role, idempotency_key to tenure_tenant, tenure_system;
grant delete on job_run, set_aside to tenure_system;

do $$ begin
  execute format('grant select on %I.seaql_migrations to tenure_system', current_schema());
end $$;

-- One policy for each role: one with an OR would make the claim of due rows read the whole table. The owner is not held by
-- them, so that data can be migrated; it never serves.
do $$
declare
  of_tenant record;
begin
  for of_tenant in
    select c.relname as name, coalesce(k.key, 'organization_id') as key
    from pg_class c
    left join (values ('organization', 'id'), ('idempotency_key', 'tenant_id')) as k(name, key) on k.name = c.relname
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
      and (k.key is not null or exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped))
  loop
    execute format('alter table %I enable row level security', of_tenant.name);
    execute format($policy$create policy tenant on %I to tenure_tenant
      using (%I = nullif(current_setting('tenure.organization', true), '')::uuid)$policy$, of_tenant.name, of_tenant.key);
    execute format('create policy everything on %I to tenure_system using (true)', of_tenant.name);
  end loop;
end $$;
