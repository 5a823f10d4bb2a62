-- Proposals: what the operator offers an organization, at prices of its own.

create table proposal (
  id              uuid not null primary key,
  organization_id uuid not null references organization(id),
  status          text not null check (status in ('DRAFT','OPEN','ACCEPTED','DECLINED','WITHDRAWN','EXPIRED')),
  revision        bigint not null check (revision >= 1),
  message         text,
  currency        text not null,
  expires_at      timestamptz not null,
  drafted_by      uuid references operator(id),
  drafted_at      timestamptz not null,
  sent_at         timestamptz,
  closed_at       timestamptz,
  answered_by     uuid references user_account(id),
  decline_reason  text,
  check ((status in ('DRAFT','OPEN')) = (closed_at is null)),
  check (status in ('DRAFT','WITHDRAWN') or sent_at is not null),
  check (status <> 'DRAFT' or sent_at is null),
  check (decline_reason is null or status = 'DECLINED'));
create index proposal_of_organization on proposal(organization_id, id);
create index proposal_running_out on proposal(expires_at, id) where status = 'OPEN';

-- The lines of every revision; the proposal says which one stands.
create table proposal_line (
  proposal_id      uuid not null references proposal(id),
  revision         bigint not null check (revision >= 1),
  position         bigint not null check (position >= 0),
  organization_id  uuid not null references organization(id),
  plan_id          uuid not null references plan(id),
  license_quantity bigint check (license_quantity >= 1),
  unit_price       bigint not null check (unit_price >= 0),
  subscription_id  uuid references subscription(id) deferrable initially deferred,
  primary key (proposal_id, revision, position));
create index proposal_line_bought on proposal_line(subscription_id) where subscription_id is not null;

create trigger law_closed after update on proposal for each row
  when (old.status not in ('DRAFT','OPEN')) execute function tenure_refuse('PROPOSALS_ARE_ANSWERED_ONCE');
create trigger law_forward after update on proposal for each row
  when ((old.status = 'OPEN' and new.status = 'DRAFT') or new.revision < old.revision
    or (new.id, new.organization_id, new.drafted_at) is distinct from (old.id, old.organization_id, old.drafted_at))
  execute function tenure_refuse('PROPOSALS_ARE_ANSWERED_ONCE');
create trigger law_delete after delete on proposal for each row execute function tenure_refuse('PROPOSALS_ARE_ANSWERED_ONCE');
create trigger law_truncate before truncate on proposal execute function tenure_refuse('PROPOSALS_ARE_ANSWERED_ONCE');

-- What was bought is noted on its line, once.
create trigger law_update after update on proposal_line for each row
  when (old.subscription_id is not null
    or (new.proposal_id, new.revision, new.position, new.organization_id, new.plan_id, new.license_quantity, new.unit_price)
      is distinct from
       (old.proposal_id, old.revision, old.position, old.organization_id, old.plan_id, old.license_quantity, old.unit_price))
  execute function tenure_refuse('WHAT_WAS_OFFERED_NEVER_CHANGES');
create trigger law_delete after delete on proposal_line for each row execute function tenure_refuse('WHAT_WAS_OFFERED_NEVER_CHANGES');
create trigger law_truncate before truncate on proposal_line execute function tenure_refuse('WHAT_WAS_OFFERED_NEVER_CHANGES');
alter table proposal enable always trigger law_closed;
alter table proposal enable always trigger law_forward;
alter table proposal enable always trigger law_delete;
alter table proposal enable always trigger law_truncate;
alter table proposal_line enable always trigger law_update;
alter table proposal_line enable always trigger law_delete;
alter table proposal_line enable always trigger law_truncate;

grant select, insert, update on proposal, proposal_line to tenure_system;
-- An organization answers, and changes nothing of what it was offered.
grant select on proposal, proposal_line to tenure_tenant;
grant update (status, closed_at, answered_by, decline_reason) on proposal to tenure_tenant;
grant update (subscription_id) on proposal_line to tenure_tenant;

alter table proposal enable row level security;
-- A draft is the operator's alone.
create policy tenant on proposal to tenure_tenant
  using (organization_id = nullif(current_setting('tenure.organization', true), '')::uuid and sent_at is not null);
create policy everything on proposal to tenure_system using (true);
alter table proposal_line enable row level security;
create policy tenant on proposal_line to tenure_tenant
  using (organization_id = nullif(current_setting('tenure.organization', true), '')::uuid);
create policy everything on proposal_line to tenure_system using (true);
