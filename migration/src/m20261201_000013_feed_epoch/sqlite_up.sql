-- One writer orders the feed by positions, which belong to the file: there is no epoch here.

-- Which programs still run on what a newer one made of the schema: those that know the schema with this number.
create table schema_compatibility (
  migration text primary key,
  runs_from integer not null check (runs_from > 0)
) strict, without rowid;
