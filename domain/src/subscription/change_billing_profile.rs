//! Moving a subscription's future charges to another billing profile. Issued invoices stay where they are.

use super::{
    buying::{region, usable},
    lifecycle::Change,
};
use crate::{
    By, Error, Marketplace, Result,
    access::{self, Action},
    view::billing::buying_profile,
};
use entity::{
    id::{BillingProfileId, SubscriptionId},
    organization,
    state::EventType,
};
use sea_orm::EntityTrait;
use serde_json::json;

/// Where to.
#[derive(Debug, Clone)]
pub struct ChangeBillingProfile {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Who is billed from now on.
    pub billing_profile: BillingProfileId,
}

/// Moves it. The profile it is on already is a harmless repetition.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `MANAGED_BY_PARTNER`, `REGION_NOT_SUPPORTED`, `BILLING_PROFILE_NOT_USABLE`,
/// `CURRENCY_MISMATCH`, `PAYMENT_METHOD_NOT_USABLE`; `NotFound` and `Forbidden`.
pub async fn change_billing_profile(
    market: &Marketplace,
    by: &By,
    input: ChangeBillingProfile,
) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::ChangeBillingProfile, &subscription.row)?;
    subscription.decide(Change::ChangeBillingProfile, work.at())?;
    let target = buying_profile(&work.reader(), input.billing_profile).await?;
    let target = target.ok_or_else(|| Error::not_found("billingProfileId"))?;
    if subscription.row.billing_profile_id != input.billing_profile {
        let customer = organization::Entity::find_by_id(subscription.row.organization_id)
            .one(&work.tx)
            .await?
            .ok_or_else(|| Error::internal("a subscription without an organization"))?;
        region(&work.tx, &customer, Some(&target)).await?;
        usable(Some(&target), &subscription.row.currency, &work)?;
        let from = std::mem::replace(&mut subscription.row.billing_profile_id, input.billing_profile);
        let body = json!({ "from": from, "to": input.billing_profile });
        work.save(&mut subscription, EventType::BillingProfileChanged, body);
    }
    work.commit().await?;
    Ok(input.subscription)
}
