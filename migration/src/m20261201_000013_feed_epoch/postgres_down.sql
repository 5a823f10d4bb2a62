drop table schema_compatibility;
drop table feed_epoch;
drop function feed_epoch_only_grows;
