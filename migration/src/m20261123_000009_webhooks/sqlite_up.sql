-- Webhooks: where events are sent, with which secrets, and what came of it.

create table webhook_endpoint (
  id              blob not null primary key,
  organization_id blob references organization(id),
  publisher_id    blob references publisher(id),
  partner_id      blob references partner(id),
  url             text not null check (url <> ''),
  description     text,
  event_types     text not null check (event_types <> ''),
  begins_xid      integer not null,
  begins_position integer not null,
  failing_since   text,
  disabled_at     text,
  disabled_reason text check (disabled_reason in ('GONE','FAILING','BY_ITS_OWNER')),
  created_at      text not null,
  removed_at      text,
  check ((organization_id is not null) + (publisher_id is not null) + (partner_id is not null) = 1),
  check ((disabled_at is null) = (disabled_reason is null))) strict;
create index webhook_endpoint_of_organization on webhook_endpoint(organization_id, id) where organization_id is not null;
create index webhook_endpoint_of_publisher on webhook_endpoint(publisher_id, id) where publisher_id is not null;
create index webhook_endpoint_of_partner on webhook_endpoint(partner_id, id) where partner_id is not null;

-- Signs what is sent. Members write it and never read it again.
create table webhook_secret (
  id                  blob not null primary key,
  webhook_endpoint_id blob not null references webhook_endpoint(id) on delete cascade,
  organization_id     blob references organization(id),
  secret              blob not null,
  created_at          text not null,
  expires_at          text) strict;
create index webhook_secret_of_endpoint on webhook_secret(webhook_endpoint_id, id);

-- One message to one endpoint: the body that every attempt sends, and what has become of it.
create table webhook_delivery (
  id                  blob not null primary key,
  webhook_endpoint_id blob not null references webhook_endpoint(id),
  organization_id     blob references organization(id),
  message_id          text not null check (message_id <> ''),
  type                text not null check (type <> ''),
  body                text not null,
  stream_id           blob,
  seq                 integer,
  created_at          text not null,
  status              text not null check (status in ('PENDING','SUCCEEDED','FAILED')),
  attempts            integer not null,
  tries               integer not null,
  next_attempt_at     text,
  leased_until        text,
  check ((stream_id is null) = (seq is null)),
  check (next_attempt_at is null or status = 'PENDING'),
  check (leased_until is null or status = 'PENDING')) strict;
create index webhook_delivery_of_endpoint on webhook_delivery(webhook_endpoint_id, id);
create unique index webhook_delivery_once on webhook_delivery(webhook_endpoint_id, stream_id, seq) where stream_id is not null;
create index webhook_delivery_due on webhook_delivery(next_attempt_at) where next_attempt_at is not null;
create index webhook_delivery_waiting on webhook_delivery(webhook_endpoint_id, next_attempt_at, id)
  where next_attempt_at is not null;
create index webhook_delivery_leased on webhook_delivery(webhook_endpoint_id, leased_until) where leased_until is not null;
create index webhook_delivery_created on webhook_delivery(created_at);

create table webhook_attempt (
  webhook_delivery_id blob not null references webhook_delivery(id) on delete cascade,
  number              integer not null,
  organization_id     blob references organization(id),
  at                  text not null,
  duration_ms         integer not null,
  status_code         integer,
  error               text,
  response            text,
  primary key (webhook_delivery_id, number)) strict;

-- How far the feed of events has been turned into deliveries. What was before there were webhooks is sent to nobody.
create table webhook_position (
  id       integer not null primary key check (id = 1),
  xid      integer not null,
  position integer not null) strict;
insert into webhook_position (id, xid, position)
select 1, 0, coalesce(max(position), 0) from event;
