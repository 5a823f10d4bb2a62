//! What every purchase checks and writes, by whatever channel something is bought.

use super::Subscription;
use crate::{
    Actor, Code, Error, Input, Refusal, Result, country, reader::Reader, settings::ACTIVATION_TIME,
    view::billing::BuyingProfile, work::Work,
};
use entity::{
    agreement_acceptance, app, customer_agreement,
    id::{BillingProfileId, OrganizationId, PlanId, SubscriptionId},
    organization, plan, plan_country,
    state::{AppStatus, PricingModel, PurchaseChannel, Standing, Status},
    subscription,
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect};
use serde_json::json;

/// Whether apps are sold where the customer is, and where the profile is billed.
pub(crate) async fn region(
    db: &impl ConnectionTrait,
    customer: &organization::Model,
    profile: Option<&BuyingProfile>,
) -> Result<()> {
    let mut countries = vec![customer.country.as_str()];
    countries.extend(profile.map(|profile| profile.profile.country.as_str()));
    if country::supported(db, &countries).await? { Ok(()) } else { Err(Code::RegionNotSupported.into()) }
}

/// The version of the Customer Agreement that has to be accepted now.
pub(crate) async fn current_agreement(
    reads: &Reader<'_, impl ConnectionTrait>,
) -> Result<customer_agreement::Model> {
    reads
        .find::<customer_agreement::Entity>()
        .order_by_desc(customer_agreement::Column::PublishedAt)
        .one(reads.db())
        .await?
        .ok_or_else(|| Error::internal("no customer agreement was published"))
}

/// Whether the customer has accepted the version that counts now.
pub(crate) async fn agreement(
    reads: &Reader<'_, impl ConnectionTrait>,
    customer: OrganizationId,
) -> Result<()> {
    let current = current_agreement(reads).await?;
    let accepted = agreement_acceptance::Entity::find_by_id((customer, current.version));
    match accepted.one(reads.db()).await? {
        Some(_) => Ok(()),
        None => Err(Code::AgreementNotAccepted.into()),
    }
}

/// The plan, which stays for sale until this purchase ends: whoever retires it or withdraws its app waits, or is seen.
pub(crate) async fn plan_for_sale(
    db: &impl ConnectionTrait,
    id: PlanId,
    country: &str,
) -> Result<(plan::Model, app::Model)> {
    let not_found = || Error::not_found("planId");
    let plan = plan::Entity::find_by_id(id).lock_shared().one(db).await?.ok_or_else(not_found)?;
    // Only now, and by a statement of its own: one that had begun before the lock was given would not see what it waited for.
    let app = app::Entity::find_by_id(plan.app_id).one(db).await?.ok_or_else(not_found)?;
    if app.published_at.is_none() {
        return Err(not_found());
    }
    let sold_there = plan_country::Entity::find_by_id((id, country.to_owned())).one(db).await?.is_some();
    if plan.retired_at.is_none() && app.status == AppStatus::Published && sold_there {
        Ok((plan, app))
    } else {
        Err(Code::PlanNotAvailable.into())
    }
}

/// Whether the plan allows this number of licences.
pub(crate) fn quantity(plan: &plan::Model, quantity: Option<i64>, path: Input) -> Result<()> {
    match (plan.pricing_model, quantity) {
        (PricingModel::FlatRate, None) => Ok(()),
        (PricingModel::FlatRate, Some(_)) => Err(Code::LicensesNotApplicable
            .because("The plan is a flat rate: leave licenseQuantity out.")
            .at(path)
            .into()),
        (PricingModel::PerLicense, None) => {
            Err(Error::Invalid(path, "the plan is per licence: say how many in licenseQuantity".into()))
        }
        (PricingModel::PerLicense, Some(quantity)) => {
            in_range(quantity, plan.min_licenses, plan.max_licenses, path)
        }
    }
}

/// Whether a number of licences is within what a plan allows.
pub(crate) fn in_range(quantity: i64, min: Option<i64>, max: Option<i64>, path: Input) -> Result<()> {
    let (min, max) = (min.unwrap_or(1), max.unwrap_or(i64::MAX));
    if (min..=max).contains(&quantity) {
        return Ok(());
    }
    let message = format!("The plan allows {min} to {max} licences.");
    Err(Code::LicenseQuantityOutOfRange.because(message).at(path).into())
}

/// Whether the profile can be bought with, in this currency.
pub(crate) fn usable(profile: Option<&BuyingProfile>, currency: &str, work: &Work<'_>) -> Result<()> {
    let path = Input::field("billingProfileId");
    let Some(profile) = profile else { return Err(Error::NotFound(path)) };
    match profile.refusal(currency, work.at()) {
        Some(code) => Err(Refusal::from(code).at(path).into()),
        None => Ok(()),
    }
}

/// What is bought, by whom, at which price.
pub(crate) struct Deal<'a> {
    pub(crate) customer: OrganizationId,
    pub(crate) plan: &'a plan::Model,
    pub(crate) app: &'a app::Model,
    /// In minor units of the plan's currency.
    pub(crate) unit_price: i64,
    pub(crate) license_quantity: Option<i64>,
    pub(crate) billing_profile: BillingProfileId,
    pub(crate) auto_renew: bool,
    pub(crate) replaces: Option<SubscriptionId>,
    pub(crate) channel: PurchaseChannel,
}

/// Buys it at the commit: it waits for its activation.
pub(crate) fn buy(work: &mut Work<'_>, id: SubscriptionId, deal: &Deal<'_>) {
    let row = pending(work, id, deal);
    let body = json!({
        "plan": row.plan_id, "quantity": row.quantity, "unitPrice": row.unit_price, "currency": row.currency,
        "autoRenew": row.auto_renew, "billingProfile": row.billing_profile_id, "replaces": row.replaces_id,
    });
    work.add_subscription(row, body);
}

fn pending(work: &Work<'_>, id: SubscriptionId, deal: &Deal<'_>) -> subscription::Model {
    let Deal { plan, app, .. } = deal;
    let activate_by = work.at() + ACTIVATION_TIME;
    let (purchased_by, partner_id) = match &work.by.actor {
        Actor::Partner(partner) => (None, Some(*partner)),
        Actor::Member(member) => (member.user, None),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => (None, None),
    };
    let row = subscription::Model {
        id,
        organization_id: deal.customer,
        publisher_id: app.publisher_id,
        partner_id,
        app_id: app.id,
        plan_id: plan.id,
        billing_profile_id: deal.billing_profile,
        replaces_id: deal.replaces,
        purchase_channel: deal.channel,
        purchased_at: work.at(),
        purchased_by,
        pricing_model: plan.pricing_model,
        billing_interval: plan.billing_interval,
        currency: plan.currency.clone(),
        unit_price: deal.unit_price,
        status: Status::PendingActivation,
        auto_renew: deal.auto_renew,
        bought_quantity: deal.license_quantity,
        quantity: deal.license_quantity,
        scheduled_quantity: None,
        assigned: 0,
        activate_by,
        portal_opened_at: None,
        activated_at: None,
        anchor_on: None,
        period_number: None,
        period_start: None,
        period_end: None,
        standing: Standing::Current,
        grace_ends_at: None,
        charge_open: false,
        ends_at: activate_by,
        due_at: None,
        due_change: None,
        remind_at: None,
        version: 0,
        event_hash: Vec::new(),
    };
    let mut subscription = Subscription::loaded(row, None);
    subscription.settle_derived(work.at());
    subscription.row
}
