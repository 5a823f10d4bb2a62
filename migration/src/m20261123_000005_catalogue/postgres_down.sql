revoke update (id) on plan from tenure_tenant;
revoke delete on app_category, plan_country from tenure_system;
alter table app drop column published_at;
alter table app drop column support_email;
alter table app drop column support_url;
alter table app drop column privacy_url;
alter table app drop column terms_url;
alter table app drop column documentation_url;
alter table app drop column website_url;
