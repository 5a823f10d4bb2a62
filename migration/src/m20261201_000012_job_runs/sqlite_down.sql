drop table worker_process;
drop table job_tick;
drop index job_run_running;
alter table job_run drop column lease_until;
alter table job_run drop column worker;
alter table job_run drop column missed_ticks;
alter table job_run drop column attempts;
alter table job_run drop column status;
