//! "Manage in publisher's portal": a link that proves to the publisher which purchase it is about.

use super::{lifecycle::Change, portal_token};
use crate::{
    By, Error, Marketplace, Result,
    access::{self, Action},
    settings::PORTAL_LINK_TIME,
};
use chrono::{DateTime, Utc};
use entity::{id::SubscriptionId, publisher};
use sea_orm::EntityTrait;

/// A link to the publisher's portal. It holds a token: nothing shows it but the answer.
#[derive(Clone)]
pub struct PortalLink {
    /// The address, with the token.
    pub url: String,
    /// Until when the token is valid, in business time.
    pub expires_at: DateTime<Utc>,
}

/// Makes a link. Earlier ones stay valid.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`; `NotFound` and `Forbidden`.
pub async fn open_publisher_portal(market: &Marketplace, by: &By, id: SubscriptionId) -> Result<PortalLink> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(id, "subscriptionId").await?;
    access::may(&by.actor, Action::OpenPublisherPortal, &subscription.row)?;
    subscription.decide(Change::OpenPortal, work.at())?;
    let row = &subscription.row;
    let publisher = publisher::Entity::find_by_id(row.publisher_id)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::internal("a subscription without a publisher"))?;
    let expires_at = work.at() + PORTAL_LINK_TIME;
    let token = portal_token::sign(&work.settings().portal_secret, row.id, row.publisher_id, expires_at)?;
    let separator = if publisher.portal_url.contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}token={token}", publisher.portal_url);
    if subscription.row.portal_opened_at.is_none() {
        // Having been opened is no change of the subscription's history: it has no event and no version.
        subscription.row.portal_opened_at = Some(work.at());
        work.save_quietly(&mut subscription);
    }
    work.commit().await?;
    Ok(PortalLink { url, expires_at })
}
