-- What keeps the law on SQLite, as the schema has it: tables with their checks and keys, unique indexes, triggers.
select tbl_name as subject, 'table' as what, 'there;' as how from sqlite_master where type = 'table'
union all
select tbl_name,
  case type when 'table' then 'definition' when 'index' then 'unique index ' || name else 'trigger ' || name end,
  'there; ' || sql
from sqlite_master m
where sql is not null and type in ('table', 'trigger', 'index')
  and (type <> 'index' or (select i."unique" from pragma_index_list(m.tbl_name) i where i.name = m.name))
