-- The history of what belongs to no subscription, billing profile or organization: what is sold, where, by whom.

-- One row, the head of its stream. The id is the letters of its name.
create table marketplace (
  id         uuid not null primary key check (id = '7468652d-6d61-726b-6574-706c6163652e'),
  version    bigint not null,
  event_hash bytea not null);
insert into marketplace values ('7468652d-6d61-726b-6574-706c6163652e', 0, '');

alter table event drop constraint event_stream_kind_check;
alter table event add constraint event_stream_kind_check
  check (stream_kind in ('SUBSCRIPTION','BILLING_PROFILE','ORGANIZATION','MARKETPLACE'));

-- Publishers, partners, operators and jobs write it; what members change belongs to their organization.
grant select, update (version, event_hash) on marketplace to tenure_system;
