-- Who runs what: a run is held by one process as long as that extends its lease, each tick of a job is told once, and those
-- that nobody was there for are counted.

-- The default is for programs that do not know of it yet: nobody takes over what they began.
alter table job_run add column status text not null default 'DONE' check (status in ('RUNNING', 'DONE', 'FAILED', 'DEAD'));
alter table job_run add column attempts integer not null default 1 check (attempts >= 0);
alter table job_run add column missed_ticks integer not null default 0 check (missed_ticks >= 0);
alter table job_run add column worker text;
alter table job_run add column lease_until text check ((status = 'RUNNING') = (lease_until is not null));
update job_run set status = 'FAILED' where finished_at is null;
create index job_run_running on job_run(lease_until) where status = 'RUNNING';

create table job_tick (
  job          text not null primary key,
  ticked_at    text not null,
  missed_ticks integer not null check (missed_ticks >= 0),
  done_at      text) strict;

create table worker_process (
  name       text not null primary key,
  started_at text not null,
  seen_at    text not null) strict;
