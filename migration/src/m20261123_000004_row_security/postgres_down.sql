-- The roles stay: other databases of the server may have them too.
do $$
declare
  policy record;
begin
  for policy in
    select tablename as of_table, policyname as name from pg_policies
    where schemaname = current_schema() and policyname in ('tenant', 'everything')
  loop
    execute format('drop policy %I on %I', policy.name, policy.of_table);
    execute format('alter table %I disable row level security', policy.of_table);
  end loop;
  execute format('revoke all on all tables in schema %I from tenure_tenant, tenure_system', current_schema());
  -- What was granted on columns goes apart.
  revoke select (id, name) on operator from tenure_tenant;
  execute format('revoke usage on schema %I from tenure_tenant, tenure_system', current_schema());
end $$;
