//! Sending a message again: the same one, with the same id.

use super::{managed, send_test_event::enabled};
use crate::{By, Error, Input, Marketplace, Result};
use entity::{
    id::WebhookDeliveryId,
    state::{EventType, WebhookDeliveryStatus},
    webhook_delivery::{Column, Entity},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// Sends it again as soon as this has committed, with the whole schedule before it. One that waits for its next attempt
/// waits no longer.
///
/// # Errors
/// `NotFound`, also when its endpoint was removed; `WEBHOOK_ENDPOINT_DISABLED`.
pub async fn replay_webhook_delivery(
    market: &Marketplace,
    by: &By,
    id: WebhookDeliveryId,
) -> Result<WebhookDeliveryId> {
    let not_found = || Error::not_found("webhookDeliveryId");
    let mut work = market.begin(by).await?;
    // Looked at first, so that the endpoint is locked before its message.
    let of = work.reader().find_by_id::<Entity>(id).one(&work.tx).await?.ok_or_else(not_found)?;
    let (holder, endpoint) = match managed(&work, of.webhook_endpoint_id).await {
        Err(Error::NotFound(_)) => return Err(not_found()),
        found => found?,
    };
    enabled(&endpoint, Input::field("webhookDeliveryId"))?;
    let mine =
        Entity::find_by_id(id).filter(sea_orm::ColumnTrait::eq(&Column::WebhookEndpointId, endpoint.id));
    let row = mine.lock_exclusive().one(&work.tx).await?.ok_or_else(not_found)?;
    let mut changed = row.into_active_model();
    changed.status = Set(WebhookDeliveryStatus::Pending);
    changed.tries = Set(0);
    changed.next_attempt_at = Set(Some(work.now.real));
    changed.update(&work.tx).await?;
    let body = json!({ "webhookDelivery": id, "webhookEndpoint": endpoint.id });
    work.record_of_holder(holder, EventType::WebhookDeliveryReplayed, body).await?;
    work.commit().await?;
    Ok(id)
}
