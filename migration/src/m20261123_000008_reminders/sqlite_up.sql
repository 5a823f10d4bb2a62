-- When a subscription's customer is told next that it ends soon.

alter table subscription add column remind_at text;
create index subscription_reminding on subscription(remind_at, id) where remind_at is not null;

-- Those that run already are told a week before.
update subscription set remind_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', ends_at, '-7 days')
  where status = 'PENDING_ACTIVATION' or (status = 'ACTIVE' and not auto_renew);
