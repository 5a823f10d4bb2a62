drop index subscription_reminding;
alter table subscription drop column remind_at;
