-- Who people are at the identity provider, who left, and the keys of machines.

-- Bound once to an issuer's subject; from then on nobody is found by the e-mail address any more.
alter table user_account add column issuer text;
alter table user_account add column subject text;
alter table user_account add column bound_at text;
alter table user_account add column removed_at text;
alter table user_account add column erased_at text;
alter table operator add column issuer text;
alter table operator add column subject text;
alter table operator add column bound_at text;

-- An address is unique within its organization alone: an invitation must not tell whom others invited.
drop index user_account_email;
create unique index user_account_email on user_account(organization_id, lower(email)) where removed_at is null;
create index user_account_by_email on user_account(lower(email), created_at) where removed_at is null;
create unique index user_account_bound on user_account(issuer, subject) where issuer is not null and removed_at is null;
create unique index operator_bound on operator(issuer, subject) where issuer is not null;

-- The secret is shown once and stored as a hash alone.
create table api_key (
  id              blob not null primary key,
  organization_id blob references organization(id),
  publisher_id    blob references publisher(id),
  partner_id      blob references partner(id),
  name            text not null check (name <> ''),
  prefix          text not null unique,
  hash            blob not null,
  scope           text not null check (scope in ('READ','WRITE')),
  role            text check (role in ('CONTRIBUTOR','LICENSE_ADMIN','READER')),
  created_at      text not null,
  created_by      blob references user_account(id),
  expires_at      text,
  last_used_at    text,
  revoked_at      text,
  check ((organization_id is not null) + (publisher_id is not null) + (partner_id is not null) = 1),
  check ((organization_id is not null) = (role is not null))) strict;
create index api_key_of_organization on api_key(organization_id, id) where organization_id is not null;
create index api_key_of_publisher on api_key(publisher_id, id) where publisher_id is not null;
create index api_key_of_partner on api_key(partner_id, id) where partner_id is not null;

-- Signs portal links when no secret is configured: made once, by whichever process comes first.
create table signing_key (
  id     integer not null primary key check (id = 1),
  secret blob not null) strict;

-- By which key something was done, beside on whose behalf.
alter table event add column api_key_id blob;
