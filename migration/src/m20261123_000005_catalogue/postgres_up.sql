-- What publishers say of their apps, and what they need to change what they sell.

-- Where an app is at home, and where its customers find help.
alter table app add column website_url text;
alter table app add column documentation_url text;
alter table app add column terms_url text;
alter table app add column privacy_url text;
alter table app add column support_url text;
alter table app add column support_email text;

-- An app begins withdrawn. Until it was published for the first time, it is a draft that only its publisher knows of.
alter table app add column published_at timestamptz;
update app set published_at = created_at;

-- Categories, and countries where a plan is sold, are replaced as a whole.
grant delete on app_category, plan_country to tenure_system;

-- A purchase locks its plan against being retired meanwhile, for which PostgreSQL wants the right to update some column. Any
-- change of this one is refused by the guard.
grant update (id) on plan to tenure_tenant;
