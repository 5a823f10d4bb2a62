//! Buying an app, or another copy of one that ended.

use super::{
    Subscription,
    buying::{Deal, agreement, buy, plan_for_sale, quantity, region, usable},
    due,
};
use crate::{
    Actor, By, Code, Error, Input, Marketplace, Refusal, Result,
    access::{self, Action},
    idempotency::Operation,
    view::billing::buying_profile,
    work::Work,
};
use entity::{
    app,
    id::{BillingProfileId, OrganizationId, PlanId, SubscriptionId},
    organization,
    state::{PurchaseChannel, Status},
    subscription,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;

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
    quantity(&plan, input.license_quantity, Input::field("licenseQuantity"))?;
    usable(profile.as_ref(), &plan.currency, &work)?;
    if let Some(replaced) = &replaced {
        replaceable(&mut work, replaced, &customer, &app).await?;
    }
    let deal = Deal {
        customer: customer.id,
        plan: &plan,
        app: &app,
        unit_price: plan.unit_price,
        license_quantity: input.license_quantity,
        billing_profile: input.billing_profile,
        auto_renew: input.auto_renew,
        replaces: input.replaces,
        channel: match work.by.actor {
            Actor::Partner(_) => PurchaseChannel::Partner,
            Actor::Member(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
                PurchaseChannel::Direct
            }
        },
    };
    buy(&mut work, id, &deal);
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
