-- What is added to a transaction's id to get its place in the feed. It moves when the data has come into another cluster, whose
-- ids begin anew.
create table feed_epoch (
  id   bigint primary key check (id = 1),
  base bigint not null check (base >= 0)
);
insert into feed_epoch (id, base) values (1, 0);
grant select on feed_epoch to tenure_tenant, tenure_system;
grant update on feed_epoch to tenure_system;

-- Which programs still run on what a newer one made of the schema: those that know the schema with this number.
create table schema_compatibility (
  migration text primary key,
  runs_from bigint not null check (runs_from > 0)
);
grant select on schema_compatibility to tenure_system;
