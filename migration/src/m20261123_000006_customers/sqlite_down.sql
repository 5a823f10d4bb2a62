drop index partnership_approved;
alter table agreement_acceptance drop column attested_email;
alter table agreement_acceptance drop column attested_name;
alter table agreement_acceptance drop column attested_at;
alter table agreement_acceptance drop column attested_by;
