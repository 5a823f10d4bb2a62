//! Activation by the publisher of the app: the first period starts, and its invoice is issued.

use super::lifecycle::{Change, Terms};
use crate::{
    By, Marketplace, Result,
    access::{self, Action},
    billing::{
        charge::{Offers, whole_period},
        issue,
    },
    calendar::Period,
};
use entity::{
    id::{PlanId, SubscriptionId},
    state::{EventType, Status},
};
use serde_json::json;

/// What the publisher says was bought.
#[derive(Debug, Clone)]
pub struct Activate {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The plan.
    pub plan: PlanId,
    /// The licences; none for a flat rate.
    pub license_quantity: Option<i64>,
}

/// Activates. Doing it again is a harmless repetition.
///
/// # Errors
/// `PURCHASE_MISMATCH`, `PORTAL_NOT_OPENED`, `DISABLED_IS_TERMINAL`; `NotFound` and `Forbidden`.
pub async fn activate(market: &Marketplace, by: &By, input: Activate) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::Activate, &subscription.row)?;
    let today = work.at().date_naive();
    let first = Period::of(today, subscription.row.billing_interval, 0)?;
    let terms = Terms { plan: input.plan, quantity: input.license_quantity };
    if subscription.decide(Change::Activate(terms, first), work.at())?.is_some() {
        subscription.row.status = Status::Active;
        subscription.row.activated_at = Some(work.at());
        subscription.row.anchor_on = Some(today);
        subscription.enter(first);
        let offers = Offers::of(&work.tx, [&subscription.row]).await?;
        let line = whole_period(&subscription, &offers)?;
        let payer = work.payer(subscription.row.billing_profile_id).await?;
        issue::invoice(&mut work, &payer, vec![line])?;
        let body = json!({ "period": 0, "start": first.start, "end": first.end });
        work.save(&mut subscription, EventType::Activated, body);
    }
    work.commit().await?;
    Ok(input.subscription)
}
