-- The marketplace's history goes with it.
alter table event disable trigger law_append_only;
delete from event where stream_kind = 'MARKETPLACE';
alter table event enable always trigger law_append_only;
alter table event drop constraint event_stream_kind_check;
alter table event add constraint event_stream_kind_check
  check (stream_kind in ('SUBSCRIPTION','BILLING_PROFILE','ORGANIZATION'));
drop table marketplace;
