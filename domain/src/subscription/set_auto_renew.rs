//! Switching auto-renewal.

use super::lifecycle::{Change, State};
use crate::{
    By, Code, Marketplace, Result,
    access::{self, Action},
};
use entity::{id::SubscriptionId, state::EventType};
use serde_json::json;

/// Whether it shall renew itself.
#[derive(Debug, Clone)]
pub struct SetAutoRenew {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// On or off.
    pub auto_renew: bool,
}

/// Switches. Switching it off withdraws a scheduled decrease of licences: there is no renewal to bring it.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `MANAGED_BY_PARTNER`, `PARTNERSHIP_ENDED`; `NotFound` and `Forbidden`.
pub async fn set_auto_renew(market: &Marketplace, by: &By, input: SetAutoRenew) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::SetAutoRenew, &subscription.row)?;
    let decided = subscription.decide(Change::SetAutoRenew(input.auto_renew), work.at())?;
    if let Some(State::Pending { auto_renew, .. } | State::Active { auto_renew, .. }) = decided {
        if let (true, Some(partner)) = (auto_renew, subscription.row.partner_id) {
            // Once for all: what an ended partnership left does not renew itself again.
            if !work.is_approved(subscription.row.organization_id, partner).await? {
                return Err(Code::PartnershipEnded.into());
            }
        }
        subscription.row.auto_renew = auto_renew;
        let withdrawn = if auto_renew { None } else { subscription.row.scheduled_quantity.take() };
        let body = json!({ "autoRenew": auto_renew, "withdrawnQuantity": withdrawn });
        work.save(&mut subscription, EventType::AutoRenewChanged, body);
    }
    work.commit().await?;
    Ok(input.subscription)
}
