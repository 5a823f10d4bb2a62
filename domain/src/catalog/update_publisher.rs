//! Changing what a publisher says of itself: where its portal and its support are.

use super::changes;
use crate::{By, Error, Input, Marketplace, Result, access, text};
use entity::{publisher::Entity, state::EventType};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect, sea_query::LockType};
use serde_json::json;

/// What to change: what is none stays.
#[derive(Debug, Clone)]
pub struct UpdatePublisher {
    /// Where its customers find support.
    pub support_url: Option<String>,
    /// Its portal, to whose address a token is appended. Links that were given out before lead to where it was.
    pub portal_url: Option<String>,
}

/// Changes it. Saying what is so already changes nothing.
///
/// # Errors
/// `Invalid`; `Forbidden` for everybody but publishers.
pub async fn update_publisher(market: &Marketplace, by: &By, input: UpdatePublisher) -> Result<()> {
    let id = access::publisher(&by.actor)?;
    if let Some(url) = &input.support_url {
        text::web_page(Input::field("supportUrl"), url)?;
    }
    if let Some(url) = &input.portal_url {
        text::portal(Input::field("portalUrl"), url)?;
        // The links carry tokens.
        text::encrypted(Input::field("portalUrl"), url, market.settings().sandbox)?;
    }
    let mut work = market.begin(by).await?;
    let found = Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(&work.tx).await?;
    let old = found.ok_or_else(|| Error::internal("a publisher is gone"))?;
    let mut row = old.clone();
    row.support_url = input.support_url.unwrap_or(row.support_url);
    row.portal_url = input.portal_url.unwrap_or(row.portal_url);
    let changed = changes::of_publisher(&old, &row);
    if changed.is_empty() {
        return Ok(());
    }
    row.into_active_model().reset_all().update(&work.tx).await?;
    let body = json!({ "publisher": id, "changed": changed });
    work.record_of_publisher(id, EventType::PublisherUpdated, body);
    work.commit().await
}
