//! Cancelling: at once, and for good.

use super::lifecycle::{Change, State};
use crate::{
    By, Error, Marketplace, Result,
    access::{self, Action},
};
use entity::{cancellation_note, id::SubscriptionId};

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 1_000;

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
    if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(Error::invalid("reason", format!("a reason has at most {LONGEST_REASON} characters")));
    }
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::Cancel, &subscription.row)?;
    if let Some(State::Disabled { reason, at }) = subscription.decide(Change::Cancel, work.at())? {
        work.disable(&mut subscription, reason, at);
        if let Some(note) = input.reason {
            work.insert(cancellation_note::Model {
                subscription_id: subscription.row.id,
                organization_id: subscription.row.organization_id,
                note,
                created_at: work.at(),
            })
            .await?;
        }
    }
    work.commit().await?;
    Ok(input.subscription)
}
