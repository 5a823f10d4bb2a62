-- The history of what belongs to no subscription, billing profile or organization: what is sold, where, by whom.

-- One row, the head of its stream. The id is the letters of its name.
create table marketplace (
  id         blob not null primary key check (id = x'7468652d6d61726b6574706c6163652e'),
  version    integer not null,
  event_hash blob not null) strict;
insert into marketplace values (x'7468652d6d61726b6574706c6163652e', 0, x'');

-- A check cannot be changed: the table is made anew, with every event as it is and its guards.
create table event_anew (
  stream_kind     text not null check (stream_kind in ('SUBSCRIPTION','BILLING_PROFILE','ORGANIZATION','MARKETPLACE')),
  stream_id       blob not null,
  seq             integer not null check (seq >= 1),
  type            text not null,
  occurred_at     text not null,
  actor_kind      text not null check (actor_kind in ('MEMBER','PUBLISHER','PARTNER','OPERATOR','SYSTEM')),
  actor_id        blob,
  request_id      text,
  organization_id blob,
  publisher_id    blob,
  partner_id      blob,
  body            text not null,
  hash            blob not null,
  position        integer not null,
  api_key_id      blob,
  primary key (stream_id, seq)) strict, without rowid;
insert into event_anew (stream_kind, stream_id, seq, type, occurred_at, actor_kind, actor_id, request_id, organization_id, publisher_id,
  partner_id, body, hash, position, api_key_id)
select stream_kind, stream_id, seq, type, occurred_at, actor_kind, actor_id, request_id, organization_id, publisher_id,
  partner_id, body, hash, position, api_key_id from event;
drop table event;
alter table event_anew rename to event;
create index event_feed on event(position);
create trigger event_law_update before update on event begin select raise(abort, 'APPEND_ONLY'); end;
create trigger event_law_delete before delete on event begin select raise(abort, 'APPEND_ONLY'); end;
create trigger event_law_insert before insert on event
  when exists (select 1 from event e where e.stream_id = new.stream_id and e.seq = new.seq)
  begin select raise(abort, 'APPEND_ONLY'); end;
