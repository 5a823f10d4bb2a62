//! Who publishes and what is sold, who buys, and who pays.

use crate::{By, Error, Marketplace, Member, Result, store::batch, work::Work};
use entity::{
    agreement_acceptance, app, billing_profile, billing_profile_role, customer_agreement,
    id::{AppId, BillingProfileId, OrganizationId, PaymentMethodId, PlanId, PublisherId, UserId},
    organization, payment_method, plan, plan_country, publisher,
    state::{
        AppStatus, BillingInterval, BillingProfileRole, PaymentMethodKind, PaymentMethodStatus, PricingModel,
        Role,
    },
    user,
};
use sea_orm::{EntityTrait, QueryOrder};

/// How many publishers there are.
const PUBLISHERS: u32 = 20;

/// How many apps there are, each with one plan per licence or at a flat rate.
const APPS: u32 = 50;

/// How many users each organization has beside its owner.
const USERS: u32 = 9;

/// How many organizations are written at once.
const BATCH: usize = 500;

/// Everybody has this currency and country.
const CURRENCY: &str = "USD";
const COUNTRY: &str = "US";

/// What subscriptions refer to.
pub(super) struct World {
    offers: Vec<(plan::Model, app::Model)>,
    customers: Vec<Customer>,
}

/// An organization with whoever matters in it.
pub(super) struct Customer {
    pub(super) owner: Member,
    pub(super) users: Vec<UserId>,
    pub(super) profile: BillingProfileId,
}

impl World {
    /// Writes it, as of the marketplace's time.
    pub(super) async fn make(market: &Marketplace, organizations: u32) -> Result<Self> {
        let mut work = market.begin(&By::system()).await?;
        let offers = offers(&mut work).await?;
        work.commit().await?;
        let numbers: Vec<_> = (0..organizations).collect();
        let mut customers = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(BATCH) {
            let work = market.begin(&By::system()).await?;
            customers.extend(made(&work, batch).await?);
            work.commit().await?;
        }
        Ok(Self { offers, customers })
    }

    /// What the subscription with this number is of: of each app once, before one organization has a second copy.
    pub(super) fn plan(&self, number: u32) -> (&plan::Model, &app::Model) {
        let number = super::index(number);
        // There are some, by construction.
        let place = (number + number / self.customers.len().max(1)) % self.offers.len().max(1);
        let (plan, app) = &self.offers[place];
        (plan, app)
    }

    /// Whose the subscription with this number is.
    pub(super) fn customer(&self, number: u32) -> &Customer {
        &self.customers[super::index(number) % self.customers.len().max(1)]
    }
}

async fn offers(work: &mut Work<'_>) -> Result<Vec<(plan::Model, app::Model)>> {
    let now = work.at();
    let publishers: Vec<_> = (1..=PUBLISHERS)
        .map(|number| publisher::Model {
            id: work.id::<PublisherId>(),
            slug: format!("publisher-{number}"),
            name: format!("Publisher {number}"),
            support_url: format!("https://support.publisher-{number}.example/"),
            portal_url: format!("https://portal.publisher-{number}.example/activate"),
            created_at: now,
        })
        .collect();
    let (mut apps, mut plans, mut countries) = (Vec::new(), Vec::new(), Vec::new());
    for (number, publisher) in (1..=APPS).zip(publishers.iter().cycle()) {
        let app = app::Model {
            id: work.id::<AppId>(),
            publisher_id: publisher.id,
            name: format!("App {number}"),
            summary: format!("The app number {number}"),
            description: format!("What the app number {number} is good for, in a sentence."),
            status: AppStatus::Published,
            published_at: Some(now),
            website_url: None,
            documentation_url: None,
            terms_url: None,
            privacy_url: None,
            support_url: None,
            support_email: None,
            created_at: now,
        };
        // Four of five are sold by licence.
        let licensed = number % 5 != 0;
        let plan = plan::Model {
            id: work.id::<PlanId>(),
            app_id: app.id,
            name: "Monthly".into(),
            pricing_model: if licensed { PricingModel::PerLicense } else { PricingModel::FlatRate },
            billing_interval: BillingInterval::Month,
            currency: CURRENCY.into(),
            unit_price: 500 + i64::from(number) * 25,
            min_licenses: licensed.then_some(1),
            max_licenses: licensed.then_some(1000),
            retired_at: None,
            created_at: now,
        };
        countries.push(plan_country::Model { plan_id: plan.id, country: COUNTRY.into() });
        plans.push(plan);
        apps.push(app);
    }
    batch::insert::<publisher::Entity>(&work.tx, &publishers).await?;
    batch::insert::<app::Entity>(&work.tx, &apps).await?;
    batch::insert::<plan::Entity>(&work.tx, &plans).await?;
    batch::insert::<plan_country::Entity>(&work.tx, &countries).await?;
    Ok(plans.into_iter().zip(apps).collect())
}

/// The rows of some organizations.
#[derive(Default)]
struct Rows {
    organizations: Vec<organization::Model>,
    users: Vec<user::Model>,
    methods: Vec<payment_method::Model>,
    profiles: Vec<billing_profile::Model>,
    roles: Vec<billing_profile_role::Model>,
    acceptances: Vec<agreement_acceptance::Model>,
}

async fn made(work: &Work<'_>, numbers: &[u32]) -> Result<Vec<Customer>> {
    let agreement = customer_agreement::Entity::find()
        .order_by_desc(customer_agreement::Column::PublishedAt)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::internal("no customer agreement was published"))?;
    let mut rows = Rows::default();
    let customers = numbers.iter().map(|number| customer(work, *number, &agreement.version, &mut rows));
    let customers: Vec<_> = customers.collect();
    batch::insert::<organization::Entity>(&work.tx, &rows.organizations).await?;
    batch::insert::<user::Entity>(&work.tx, &rows.users).await?;
    batch::insert::<payment_method::Entity>(&work.tx, &rows.methods).await?;
    batch::insert::<billing_profile::Entity>(&work.tx, &rows.profiles).await?;
    batch::insert::<billing_profile_role::Entity>(&work.tx, &rows.roles).await?;
    batch::insert::<agreement_acceptance::Entity>(&work.tx, &rows.acceptances).await?;
    Ok(customers)
}

fn customer(work: &Work<'_>, number: u32, agreement: &str, rows: &mut Rows) -> Customer {
    let now = work.at();
    let domain = format!("organization-{}.example", number + 1);
    let id: OrganizationId = work.id();
    rows.organizations.push(organization::Model {
        id,
        name: format!("Organization {}", number + 1),
        country: COUNTRY.into(),
        version: 0,
        event_hash: Vec::new(),
        created_at: now,
    });
    let mut person = |name: String, role| {
        let row = user::Model {
            id: work.id::<UserId>(),
            organization_id: id,
            email: format!("{}@{domain}", name.to_lowercase().replace(' ', "-")),
            name,
            role,
            created_at: now,
            issuer: None,
            subject: None,
            bound_at: None,
            removed_at: None,
            erased_at: None,
        };
        let user = row.id;
        rows.users.push(row);
        user
    };
    let owner = person("Owner".into(), Some(Role::Owner));
    let users = (1..=USERS).map(|number| person(format!("User {number}"), None)).collect();
    let method: PaymentMethodId = work.id();
    rows.methods.push(payment_method::Model {
        id: method,
        organization_id: Some(id),
        partner_id: None,
        kind: PaymentMethodKind::Card,
        status: PaymentMethodStatus::Usable,
        gateway_token: Some("card_ok".into()),
        gateway_customer: None,
        brand: Some("visa".into()),
        last4: Some("4242".into()),
        expiry_month: None,
        expiry_year: None,
        added_by: Some(owner),
        created_at: now,
        decided_at: None,
        decided_by: None,
        removed_at: None,
    });
    let profile: BillingProfileId = work.id();
    rows.profiles.push(billing_profile::Model {
        id: profile,
        organization_id: Some(id),
        partner_id: None,
        name: "Main".into(),
        currency: CURRENCY.into(),
        tax_id: None,
        purchase_order_number: None,
        contact_name: "Accounts payable".into(),
        contact_email: format!("billing@{domain}"),
        line1: "1 Main Street".into(),
        line2: None,
        city: "Springfield".into(),
        region: None,
        postal_code: Some("12345".into()),
        country: COUNTRY.into(),
        payment_method_id: Some(method),
        version: 0,
        event_hash: Vec::new(),
        created_at: now,
    });
    rows.roles.push(billing_profile_role::Model {
        billing_profile_id: profile,
        user_id: owner,
        organization_id: id,
        role: BillingProfileRole::Owner,
    });
    rows.acceptances.push(agreement_acceptance::Model {
        organization_id: id,
        version: agreement.into(),
        accepted_at: now,
        accepted_by: Some(owner),
        attested_by: None,
        attested_at: None,
        attested_name: None,
        attested_email: None,
    });
    Customer {
        owner: Member { user: Some(owner), organization: id, role: Some(Role::Owner) },
        users,
        profile,
    }
}
