-- Proposals: what the operator offers an organization, at prices of its own.

create table proposal (
  id              blob not null primary key,
  organization_id blob not null references organization(id),
  status          text not null check (status in ('DRAFT','OPEN','ACCEPTED','DECLINED','WITHDRAWN','EXPIRED')),
  revision        integer not null check (revision >= 1),
  message         text,
  currency        text not null,
  expires_at      text not null,
  drafted_by      blob references operator(id),
  drafted_at      text not null,
  sent_at         text,
  closed_at       text,
  answered_by     blob references user_account(id),
  decline_reason  text,
  check ((status in ('DRAFT','OPEN')) = (closed_at is null)),
  check (status in ('DRAFT','WITHDRAWN') or sent_at is not null),
  check (status <> 'DRAFT' or sent_at is null),
  check (decline_reason is null or status = 'DECLINED')) strict, without rowid;
create index proposal_of_organization on proposal(organization_id, id);
create index proposal_running_out on proposal(expires_at, id) where status = 'OPEN';

-- The lines of every revision; the proposal says which one stands.
create table proposal_line (
  proposal_id      blob not null references proposal(id),
  revision         integer not null check (revision >= 1),
  position         integer not null check (position >= 0),
  organization_id  blob not null references organization(id),
  plan_id          blob not null references plan(id),
  license_quantity integer check (license_quantity >= 1),
  unit_price       integer not null check (unit_price >= 0),
  subscription_id  blob references subscription(id) deferrable initially deferred,
  primary key (proposal_id, revision, position)) strict, without rowid;
create index proposal_line_bought on proposal_line(subscription_id) where subscription_id is not null;

create trigger proposal_law_closed before update on proposal
  when old.status not in ('DRAFT','OPEN')
  begin select raise(abort, 'PROPOSALS_ARE_ANSWERED_ONCE'); end;
create trigger proposal_law_forward before update on proposal
  when (old.status = 'OPEN' and new.status = 'DRAFT') or new.revision < old.revision
    or (new.id, new.organization_id, new.drafted_at) is not (old.id, old.organization_id, old.drafted_at)
  begin select raise(abort, 'PROPOSALS_ARE_ANSWERED_ONCE'); end;
create trigger proposal_law_delete before delete on proposal
  begin select raise(abort, 'PROPOSALS_ARE_ANSWERED_ONCE'); end;
create trigger proposal_law_insert before insert on proposal
  when exists (select 1 from proposal p where p.id = new.id)
  begin select raise(abort, 'PROPOSALS_ARE_ANSWERED_ONCE'); end;

-- What was bought is noted on its line, once.
create trigger proposal_line_law_update before update on proposal_line
  when old.subscription_id is not null
    or (new.proposal_id, new.revision, new.position, new.organization_id, new.plan_id, new.license_quantity, new.unit_price)
      is not
       (old.proposal_id, old.revision, old.position, old.organization_id, old.plan_id, old.license_quantity, old.unit_price)
  begin select raise(abort, 'WHAT_WAS_OFFERED_NEVER_CHANGES'); end;
create trigger proposal_line_law_delete before delete on proposal_line
  begin select raise(abort, 'WHAT_WAS_OFFERED_NEVER_CHANGES'); end;
create trigger proposal_line_law_insert before insert on proposal_line
  when exists (select 1 from proposal_line l
    where l.proposal_id = new.proposal_id and l.revision = new.revision and l.position = new.position)
  begin select raise(abort, 'WHAT_WAS_OFFERED_NEVER_CHANGES'); end;
