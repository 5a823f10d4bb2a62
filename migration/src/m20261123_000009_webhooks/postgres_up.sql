-- Webhooks: where events are sent, with which secrets, and what came of it.

create table webhook_endpoint (
  id              uuid not null primary key,
  organization_id uuid references organization(id),
  publisher_id    uuid references publisher(id),
  partner_id      uuid references partner(id),
  url             text not null check (url <> ''),
  description     text,
  event_types     text not null check (event_types <> ''),
  begins_xid      bigint not null,
  begins_position bigint not null,
  failing_since   timestamptz,
  disabled_at     timestamptz,
  disabled_reason text check (disabled_reason in ('GONE','FAILING','BY_ITS_OWNER')),
  created_at      timestamptz not null,
  removed_at      timestamptz,
  check ((organization_id is not null)::int + (publisher_id is not null)::int + (partner_id is not null)::int = 1),
  check ((disabled_at is null) = (disabled_reason is null)));
create index webhook_endpoint_of_organization on webhook_endpoint(organization_id, id) where organization_id is not null;
create index webhook_endpoint_of_publisher on webhook_endpoint(publisher_id, id) where publisher_id is not null;
create index webhook_endpoint_of_partner on webhook_endpoint(partner_id, id) where partner_id is not null;

-- Signs what is sent. Members write it and never read it again.
create table webhook_secret (
  id                  uuid not null primary key,
  webhook_endpoint_id uuid not null references webhook_endpoint(id) on delete cascade,
  organization_id     uuid references organization(id),
  secret              bytea not null,
  created_at          timestamptz not null,
  expires_at          timestamptz);
create index webhook_secret_of_endpoint on webhook_secret(webhook_endpoint_id, id);

-- One message to one endpoint: the body that every attempt sends, and what has become of it.
create table webhook_delivery (
  id                  uuid not null primary key,
  webhook_endpoint_id uuid not null references webhook_endpoint(id),
  organization_id     uuid references organization(id),
  message_id          text not null check (message_id <> ''),
  type                text not null check (type <> ''),
  body                text not null,
  stream_id           uuid,
  seq                 bigint,
  created_at          timestamptz not null,
  status              text not null check (status in ('PENDING','SUCCEEDED','FAILED')),
  attempts            bigint not null,
  tries               bigint not null,
  next_attempt_at     timestamptz,
  leased_until        timestamptz,
  check ((stream_id is null) = (seq is null)),
  check (next_attempt_at is null or status = 'PENDING'),
  check (leased_until is null or status = 'PENDING'));
create index webhook_delivery_of_endpoint on webhook_delivery(webhook_endpoint_id, id);
create unique index webhook_delivery_once on webhook_delivery(webhook_endpoint_id, stream_id, seq) where stream_id is not null;
create index webhook_delivery_due on webhook_delivery(next_attempt_at) where next_attempt_at is not null;
create index webhook_delivery_waiting on webhook_delivery(webhook_endpoint_id, next_attempt_at, id)
  where next_attempt_at is not null;
create index webhook_delivery_leased on webhook_delivery(webhook_endpoint_id, leased_until) where leased_until is not null;
create index webhook_delivery_created on webhook_delivery(created_at);

create table webhook_attempt (
  webhook_delivery_id uuid not null references webhook_delivery(id) on delete cascade,
  number              bigint not null,
  organization_id     uuid references organization(id),
  at                  timestamptz not null,
  duration_ms         bigint not null,
  status_code         bigint,
  error               text,
  response            text,
  primary key (webhook_delivery_id, number));

-- How far the feed of events has been turned into deliveries. What was before there were webhooks is sent to nobody.
create table webhook_position (
  id       bigint not null primary key check (id = 1),
  xid      bigint not null,
  position bigint not null);
insert into webhook_position (id, xid, position)
values (1, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 9223372036854775807);

grant select, insert, update on webhook_endpoint, webhook_delivery to tenure_tenant, tenure_system;
grant insert, select (id, webhook_endpoint_id, organization_id, created_at, expires_at), update (expires_at)
  on webhook_secret to tenure_tenant;
grant select on webhook_attempt to tenure_tenant;
grant select, insert, update on webhook_secret, webhook_attempt to tenure_system;
grant select, update on webhook_position to tenure_system;
grant delete on webhook_endpoint, webhook_secret, webhook_delivery, webhook_attempt to tenure_system;

do $$
declare
  of_tenant text;
begin
  foreach of_tenant in array array['webhook_endpoint', 'webhook_secret', 'webhook_delivery', 'webhook_attempt'] loop
    execute format('alter table %I enable row level security', of_tenant);
    execute format($policy$create policy tenant on %I to tenure_tenant
      using (organization_id = nullif(current_setting('tenure.organization', true), '')::uuid)$policy$, of_tenant);
    execute format('create policy everything on %I to tenure_system using (true)', of_tenant);
  end loop;
end $$;
