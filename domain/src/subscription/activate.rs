//! Activation by the publisher of the app: the first period starts, and its invoice is issued.

use super::{
    Subscription,
    lifecycle::{Change, Terms},
};
use crate::{
    By, Marketplace, Result,
    access::{self, Action},
    billing::{
        charge::{Offers, whole_period},
        issue,
    },
    calendar::Period,
    work::Work,
};
use entity::{
    id::{PlanId, SubscriptionId},
    invoice_line,
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
    let terms = Terms { plan: input.plan, quantity: input.license_quantity };
    if let Some(first) = begun(&work, &subscription, terms)? {
        let offers = Offers::of(&work.tx, [&subscription.row]).await?;
        let line = begin(&mut work, &mut subscription, first, &offers)?;
        let payer = work.payer(subscription.row.billing_profile_id).await?;
        issue::invoice(&mut work, &payer, vec![line])?;
    }
    work.commit().await?;
    Ok(input.subscription)
}

/// The first period, if the law lets it begin now; none when it has begun before.
///
/// # Errors
/// What the law refuses.
pub(crate) fn begun(work: &Work<'_>, subscription: &Subscription, terms: Terms) -> Result<Option<Period>> {
    let first = Period::of(work.at().date_naive(), subscription.row.billing_interval, 0)?;
    Ok(subscription.decide(Change::Activate(terms, first), work.at())?.map(|_| first))
}

/// Begins the first period and returns its charge.
///
/// # Errors
/// `Internal` when the amount overflows.
pub(crate) fn begin(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    first: Period,
    offers: &Offers,
) -> Result<invoice_line::Model> {
    subscription.row.status = Status::Active;
    subscription.row.activated_at = Some(work.at());
    subscription.row.anchor_on = Some(first.start);
    subscription.enter(first);
    let line = whole_period(subscription, offers)?;
    let body = json!({ "period": 0, "start": first.start, "end": first.end });
    work.save(subscription, EventType::Activated, body);
    Ok(line)
}
