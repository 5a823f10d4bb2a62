//! Removing an endpoint: nothing is sent there any more. What was sent stays visible for a while.

use super::{managed, settle::put_away};
use crate::{By, Marketplace, Result};
use entity::{id::WebhookEndpointId, state::EventType};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;

/// Removes it, for good.
///
/// # Errors
/// `NotFound`, also when it was removed before.
pub async fn remove_webhook_endpoint(
    market: &Marketplace,
    by: &By,
    id: WebhookEndpointId,
) -> Result<WebhookEndpointId> {
    let mut work = market.begin(by).await?;
    let (holder, row) = managed(&work, id).await?;
    let mut row = row.into_active_model();
    row.removed_at = Set(Some(work.now.real));
    row.update(&work.tx).await?;
    put_away(&work, id).await?;
    work.record_of_holder(holder, EventType::WebhookEndpointRemoved, json!({ "webhookEndpoint": id }))
        .await?;
    work.commit().await?;
    Ok(id)
}
