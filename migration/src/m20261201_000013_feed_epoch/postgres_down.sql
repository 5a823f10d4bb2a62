drop table schema_compatibility;
drop table feed_epoch;
