-- What partners say for their customers, and the countries that the operator changes.

-- Who accepted at the customer, as the partner says, and when it said so.
alter table agreement_acceptance add column attested_by uuid references partner(id);
alter table agreement_acceptance add column attested_at timestamptz;
alter table agreement_acceptance add column attested_name text;
alter table agreement_acceptance add column attested_email text;

create index partnership_approved on partnership(partner_id, organization_id) where status = 'APPROVED';

grant delete on supported_country to tenure_system;
