//! "Manage in publisher's portal": a link that proves to the publisher which purchase it is about.

use super::{lifecycle::Change, portal_token};
use crate::{
    By, Error, Marketplace, Result,
    access::{self, Action},
    settings::PORTAL_LINK_TIME,
};
use chrono::{DateTime, Utc};
use entity::{id::SubscriptionId, publisher, state::EventType, subscription};
use sea_orm::EntityTrait;
use serde_json::json;

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
    let seen = work.reader().find_by_id::<subscription::Entity>(id).one(&work.tx).await?;
    let (first, mut subscription) = if seen.is_some_and(|row| row.portal_opened_at.is_none()) {
        let (organization, subscription) = work.subscription_of_organization(id, "subscriptionId").await?;
        (Some(organization), subscription)
    } else {
        (None, work.subscription(id, "subscriptionId").await?)
    };
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
    if let Some(mut organization) = first.filter(|_| subscription.row.portal_opened_at.is_none()) {
        // No step of the subscription's life, whose events are one list with fixed names: its organization's history says so.
        subscription.row.portal_opened_at = Some(work.at());
        work.save_quietly(&mut subscription);
        let body = json!({ "subscription": id });
        work.record_on_organization(&mut organization, EventType::PortalOpened, body);
    }
    work.commit().await?;
    Ok(PortalLink { url, expires_at })
}
