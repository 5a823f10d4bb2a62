-- When a subscription's customer is told next that it ends soon.

alter table subscription add column remind_at timestamptz;
create index subscription_reminding on subscription(remind_at, id) where remind_at is not null;

-- Those that run already are told a week before.
update subscription set remind_at = ends_at - interval '7 days'
  where status = 'PENDING_ACTIVATION' or (status = 'ACTIVE' and not auto_renew);
