-- What keeps the law on PostgreSQL, read from its catalogue: one row for each guard, with the table that it is about, what it
-- is and how it is. Before the first ';' stands how strong it is, behind it what it says. Names of our own schema are left
-- out, and expressions are those of the catalogue, whose white space means nothing.
with
  here as (select n.oid, n.nspname from pg_namespace n where n.nspname = current_schema()),
  relation as (select c.* from pg_class c, here where c.relnamespace = here.oid and c.relkind in ('r','p','v','m','f')),
  guard(subject, what, how) as (
    select c.relname, 'table',
      concat('row security ', case when c.relrowsecurity then 'on' else 'off' end, '; ', c.relkind, ' ', c.relpersistence,
        case when c.relforcerowsecurity then ' forced' end,
        case when exists (select from pg_inherits i where c.oid in (i.inhparent, i.inhrelid)) then ' inherits' end)
    from relation c
    union all
    select c.relname, 'column ' || a.attname,
      concat(';', ' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end,
        case a.attgenerated when 's' then ' generated stored' when 'v' then ' generated virtual' end,
        case a.attidentity when 'a' then ' identity always' when 'd' then ' identity by default' end,
        ' ' || pg_get_expr(d.adbin, d.adrelid))
    from relation c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    union all
    select c.relname, 'check ' || k.conname,
      concat(case when k.convalidated then 'valid' else 'not valid' end, '; ', pg_get_expr(k.conbin, k.conrelid))
    from relation c join pg_constraint k on k.conrelid = c.oid and k.contype = 'c'
    union all
    select c.relname, 'key ' || k.conname,
      concat(case when k.convalidated then 'valid' else 'not valid' end,
        case when i.indisvalid is false then ' unfinished' end,
        case when exists (select from pg_trigger t where t.tgconstraint = k.oid and t.tgisinternal and t.tgenabled <> 'O')
          or (k.contype = 'f' and (select count(*) from pg_trigger t where t.tgconstraint = k.oid and t.tgisinternal) < 4)
          then ' switched off' end,
        '; ', k.contype, ' (',
        (select string_agg(a.attname, ', ' order by u.place) from unnest(k.conkey) with ordinality u(number, place)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number), ')',
        case when k.contype = 'f' then concat(' references ', k.confrelid::regclass, ' (',
          (select string_agg(a.attname, ', ' order by u.place) from unnest(k.confkey) with ordinality u(number, place)
            join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number),
          ') on update ', k.confupdtype, ' on delete ', k.confdeltype, ' match ', k.confmatchtype) end,
        case when k.condeferrable then ' deferrable' end, case when k.condeferred then ' deferred' end)
    from relation c join pg_constraint k on k.conrelid = c.oid and k.contype in ('p','u','f')
    left join pg_index i on i.indexrelid = k.conindid and k.contype in ('p','u')
    union all
    select c.relname, 'unique index ' || x.relname,
      concat(case when i.indisvalid and i.indisready then 'valid' else 'not valid' end, '; (',
        (select string_agg(pg_get_indexdef(i.indexrelid, n, false), ', ' order by n) from generate_series(1, i.indnkeyatts) n),
        ')', ' where ' || pg_get_expr(i.indpred, i.indrelid))
    from relation c
    join pg_index i on i.indrelid = c.oid and i.indisunique
    join pg_class x on x.oid = i.indexrelid
    where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p','u'))
    union all
    select c.relname, 'trigger ' || t.tgname,
      concat(case t.tgenabled when 'A' then 'always' when 'O' then 'not in replica mode' when 'R' then 'in replica mode alone'
          else 'switched off' end,
        '; ', case when t.tgtype & 2 > 0 then 'before' when t.tgtype & 64 > 0 then 'instead' else 'after' end,
        case when t.tgtype & 4 > 0 then ' insert' end, case when t.tgtype & 8 > 0 then ' delete' end,
        case when t.tgtype & 16 > 0 then ' update' end, case when t.tgtype & 32 > 0 then ' truncate' end,
        ' of ' || nullif(t.tgattr::text, ''), case when t.tgtype & 1 > 0 then ' each row' else ' each statement' end,
        case when t.tgdeferrable then ' deferrable' end,
        ' when ' || substring(pg_get_triggerdef(t.oid) from ' WHEN \((.*)\) EXECUTE FUNCTION '),
        ' does ', case when p.pronamespace <> here.oid then p.pronamespace::regnamespace || '.' end, p.proname,
        '(', replace(encode(t.tgargs, 'escape'), '\000', ','), ')')
    from here, relation c
    join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal
    join pg_proc p on p.oid = t.tgfoid
    union all
    select c.relname, 'rule ' || r.rulename, concat(r.ev_enabled, '; ', r.ev_type, case when r.is_instead then ' instead' end)
    from relation c join pg_rewrite r on r.ev_class = c.oid where c.relkind in ('r','p')
    union all
    select c.relname, 'policy ' || y.polname,
      concat(case when y.polpermissive then 'permissive' else 'restrictive' end, '; ', y.polcmd, ' to ',
        (select string_agg(coalesce(m.rolname, 'everybody'), ', ' order by m.rolname) from unnest(y.polroles) u(id)
          left join pg_roles m on m.oid = u.id),
        ' using ' || pg_get_expr(y.polqual, y.polrelid), ' with check ' || pg_get_expr(y.polwithcheck, y.polrelid))
    from relation c join pg_policy y on y.polrelid = c.oid
    union all
    select c.relname, 'rights of ' || coalesce(m.rolname, 'everybody'),
      concat('; ', string_agg(concat(g.privilege_type, case when g.is_grantable then ' and to grant it' end), ', '
        order by g.privilege_type))
    from relation c, aclexplode(c.relacl) g left join pg_roles m on m.oid = g.grantee
    where g.grantee = 0 or m.rolname in ('tenure_tenant', 'tenure_system')
    group by c.relname, m.rolname
    union all
    select c.relname, concat('rights of ', coalesce(m.rolname, 'everybody'), ' on ', a.attname),
      concat('; ', string_agg(concat(g.privilege_type, case when g.is_grantable then ' and to grant it' end), ', '
        order by g.privilege_type))
    from relation c
    join pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.attacl is not null,
    aclexplode(a.attacl) g left join pg_roles m on m.oid = g.grantee
    where g.grantee = 0 or m.rolname in ('tenure_tenant', 'tenure_system')
    group by c.relname, m.rolname, a.attname
    union all
    select 'the database', concat('function ', p.proname, '(', pg_get_function_identity_arguments(p.oid), ')'),
      concat('; ', l.lanname, case when p.prosecdef then ' security definer' end, ' ',
        replace(array_to_string(p.proconfig, ' '), quote_ident(here.nspname), 'ours'), ' ', p.prosrc)
    from here join pg_proc p on p.pronamespace = here.oid join pg_language l on l.oid = p.prolang
    where p.proname like 'tenure\_%'
    union all
    select 'the database', 'setting session_replication_role', concat(current_setting('session_replication_role'), ';'))
select subject::text as subject, what::text as what, how::text as how from guard order by 1, 2
