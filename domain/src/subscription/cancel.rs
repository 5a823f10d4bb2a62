//! Cancelling: at once, and for good.

use super::lifecycle::{Change, State};
use crate::{
    By, Marketplace, Result,
    access::{self, Action},
};
use entity::id::SubscriptionId;

/// What to cancel, and why.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// A reason in words, for the record.
    pub reason: Option<String>,
}

/// Cancels. Cancelling a cancelled one is a harmless repetition; open invoices stay due.
///
/// # Errors
/// `DISABLED_IS_TERMINAL` when it ended otherwise; `MANAGED_BY_PARTNER`, `NotFound` and `Forbidden`.
pub async fn cancel(market: &Marketplace, by: &By, input: Cancel) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::Cancel, &subscription.row)?;
    if let Some(State::Disabled { reason, at }) = subscription.decide(Change::Cancel, work.at())? {
        work.disable(&mut subscription, reason, at, input.reason.as_deref());
    }
    work.commit().await?;
    Ok(input.subscription)
}
