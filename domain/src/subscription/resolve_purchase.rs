//! What a publisher's portal asks first: which purchase is this token about?

use super::portal_token;
use crate::{Actor, By, Error, Marketplace, Result};
use entity::id::SubscriptionId;

/// The subscription that a portal token is for, any number of times and in every status.
///
/// # Errors
/// `TOKEN_INVALID`; `Forbidden` for everybody but publishers.
pub async fn resolve_purchase(market: &Marketplace, by: &By, token: &str) -> Result<SubscriptionId> {
    let Actor::Publisher(publisher) = by.actor else {
        return Err(Error::Forbidden("only the publisher of the app can resolve a purchase".into()));
    };
    let now = market.now().await?;
    portal_token::verify(&market.settings().portal_secret, token, publisher, now.business)
}
