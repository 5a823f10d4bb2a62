-- What publishers say of their apps, and what they need to change what they sell.

-- Where an app is at home, and where its customers find help.
alter table app add column website_url text;
alter table app add column documentation_url text;
alter table app add column terms_url text;
alter table app add column privacy_url text;
alter table app add column support_url text;
alter table app add column support_email text;

-- An app begins withdrawn. Until it was published for the first time, it is a draft that only its publisher knows of.
alter table app add column published_at text;
update app set published_at = created_at;
