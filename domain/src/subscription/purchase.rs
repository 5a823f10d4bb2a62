//! Buying an app, or another copy of one that ended.

use super::{Subscription, due};
use crate::{
    Actor, By, Code, Error, Input, Marketplace, Refusal, Result,
    access::{self, Action},
    country,
    idempotency::Operation,
    reader::Reader,
    settings::ACTIVATION_TIME,
    view::billing::{BuyingProfile, buying_profile},
    work::Work,
};
use entity::{
    agreement_acceptance, app, customer_agreement,
    id::{BillingProfileId, OrganizationId, PlanId, SubscriptionId},
    organization, plan, plan_country,
    state::{AppStatus, PricingModel, PurchaseChannel, Standing, Status},
    subscription,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;

/// What to buy, and who is billed.
#[derive(Debug, Clone, Serialize)]
pub struct Purchase {
    /// The plan.
    pub plan: PlanId,
    /// The billing profile.
    pub billing_profile: BillingProfileId,
    /// How many licences; none for a flat rate.
    pub license_quantity: Option<i64>,
    /// Whether it renews itself.
    pub auto_renew: bool,
    /// The disabled subscription that this copy replaces.
    pub replaces: Option<SubscriptionId>,
    /// For whom a partner buys; a member buys for their own organization.
    pub organization: Option<OrganizationId>,
    /// The caller's idempotency key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Buys. The subscription waits for its activation by the publisher; nothing is billed yet.
///
/// # Errors
/// The first of: `REGION_NOT_SUPPORTED`, `AGREEMENT_NOT_ACCEPTED`, `PLAN_NOT_AVAILABLE`, those of the quantity, of the
/// billing profile, `CURRENCY_MISMATCH`, `PAYMENT_METHOD_NOT_USABLE`; `NOT_REPLACEABLE`; `NotFound` and `Forbidden`.
pub async fn purchase(market: &Marketplace, by: &By, input: Purchase) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    access::may_buy(&by.actor)?;
    let id: SubscriptionId = work.id();
    let key = input.idempotency_key.as_deref();
    if let Some(first) = work.repeated(Operation::Purchase, key, &input, id.0).await? {
        return Ok(SubscriptionId(first));
    }
    let replaced = match input.replaces {
        Some(replaced) => Some(work.subscription(replaced, "replacesSubscriptionId").await?),
        None => None,
    };
    let customer = customer(&work, &input).await?;
    let profile = buying_profile(&work.reader(), input.billing_profile).await?;
    region(&work.tx, &customer, profile.as_ref()).await?;
    agreement(&work.reader(), customer.id).await?;
    let (plan, app) = plan_for_sale(&work.tx, input.plan, &customer.country).await?;
    quantity(&plan, input.license_quantity)?;
    usable(profile.as_ref(), &plan.currency, &work)?;
    if let Some(replaced) = &replaced {
        replaceable(&mut work, replaced, &customer, &app).await?;
    }
    let row = bought(&work, id, &input, &customer, &plan, &app);
    let body = json!({
        "plan": plan.id, "quantity": row.quantity, "unitPrice": row.unit_price, "currency": row.currency,
        "autoRenew": row.auto_renew, "billingProfile": row.billing_profile_id, "replaces": row.replaces_id,
    });
    work.add_subscription(row, body);
    work.commit().await?;
    Ok(id)
}

/// For whom it is bought: the member's organization, or one that approved the partner.
async fn customer(work: &Work<'_>, input: &Purchase) -> Result<organization::Model> {
    let not_found = || Error::not_found("organizationId");
    let id = match (&work.by.actor, input.organization) {
        (Actor::Member(member), None) => member.organization,
        (Actor::Member(member), Some(named)) if named == member.organization => named,
        (Actor::Partner(partner), Some(named)) => {
            if !work.is_approved(named, *partner).await? {
                return Err(not_found());
            }
            named
        }
        (Actor::Partner(_), None) => {
            return Err(Error::invalid(
                "organizationId",
                "a partner names the organization that it buys for",
            ));
        }
        (Actor::Member(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System, _) => {
            return Err(not_found());
        }
    };
    organization::Entity::find_by_id(id).one(&work.tx).await?.ok_or_else(not_found)
}

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

async fn agreement(reads: &Reader<'_, impl ConnectionTrait>, customer: OrganizationId) -> Result<()> {
    let current = current_agreement(reads).await?;
    let accepted = agreement_acceptance::Entity::find_by_id((customer, current.version));
    match accepted.one(reads.db()).await? {
        Some(_) => Ok(()),
        None => Err(Code::AgreementNotAccepted.into()),
    }
}

/// The plan, which stays for sale until this purchase ends: whoever retires it or withdraws its app waits, or is seen.
async fn plan_for_sale(
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
fn quantity(plan: &plan::Model, quantity: Option<i64>) -> Result<()> {
    let path = Input::field("licenseQuantity");
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

/// Whether this purchase can replace the subscription: a disabled one of the same customer and app, whose latest copy, if
/// there is one, is disabled too.
async fn replaceable(
    work: &mut Work<'_>,
    replaced: &Subscription,
    customer: &organization::Model,
    app: &app::Model,
) -> Result<()> {
    access::may(&work.by.actor, Action::BuyAgain, &replaced.row)?;
    let copies: Vec<SubscriptionId> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Id)
        .filter(subscription::Column::ReplacesId.eq(replaced.row.id))
        .filter(subscription::Column::Status.ne(Status::Disabled))
        .into_tuple()
        .all(&work.tx)
        .await?;
    let mut living = false;
    for mut copy in work.locked_subscriptions(&copies, false).await? {
        due::apply(work, &mut copy).await?;
        living |= copy.ended().is_none();
    }
    let same = replaced.row.organization_id == customer.id && replaced.row.app_id == app.id;
    if same && replaced.ended().is_some() && !living {
        Ok(())
    } else {
        Err(Refusal::from(Code::NotReplaceable).at(Input::field("replacesSubscriptionId")).into())
    }
}

fn bought(
    work: &Work<'_>,
    id: SubscriptionId,
    input: &Purchase,
    customer: &organization::Model,
    plan: &plan::Model,
    app: &app::Model,
) -> subscription::Model {
    let activate_by = work.at() + ACTIVATION_TIME;
    let (purchased_by, partner_id, purchase_channel) = match &work.by.actor {
        Actor::Partner(partner) => (None, Some(*partner), PurchaseChannel::Partner),
        Actor::Member(member) => (member.user, None, PurchaseChannel::Direct),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => (None, None, PurchaseChannel::Direct),
    };
    let row = subscription::Model {
        id,
        organization_id: customer.id,
        publisher_id: app.publisher_id,
        partner_id,
        app_id: app.id,
        plan_id: plan.id,
        billing_profile_id: input.billing_profile,
        replaces_id: input.replaces,
        purchase_channel,
        purchased_at: work.at(),
        purchased_by,
        pricing_model: plan.pricing_model,
        billing_interval: plan.billing_interval,
        currency: plan.currency.clone(),
        unit_price: plan.unit_price,
        status: Status::PendingActivation,
        auto_renew: input.auto_renew,
        bought_quantity: input.license_quantity,
        quantity: input.license_quantity,
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
        version: 0,
        event_hash: Vec::new(),
    };
    let mut subscription = Subscription::loaded(row, None);
    subscription.settle_derived();
    subscription.row
}
