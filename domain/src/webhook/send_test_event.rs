//! Trying an endpoint out.

use super::{TEST, managed, message};
use crate::{By, Code, Input, Marketplace, Refusal, Result};
use entity::{
    id::{WebhookDeliveryId, WebhookEndpointId},
    state::{EventType, WebhookDeliveryStatus},
    webhook_delivery, webhook_endpoint,
};
use serde_json::json;

/// Sends a message that tells of nothing, as soon as this has committed.
///
/// # Errors
/// `NotFound`; `WEBHOOK_ENDPOINT_DISABLED`.
pub async fn send_test_event(
    market: &Marketplace,
    by: &By,
    id: WebhookEndpointId,
) -> Result<WebhookDeliveryId> {
    let mut work = market.begin(by).await?;
    let (holder, endpoint) = managed(&work, id).await?;
    enabled(&endpoint, Input::field("webhookEndpointId"))?;
    let (delivery, now): (WebhookDeliveryId, _) = (work.id(), work.now.real);
    let (message_id, body) = message::test(id, delivery, now);
    work.insert(webhook_delivery::Model {
        id: delivery,
        webhook_endpoint_id: id,
        organization_id: endpoint.organization_id,
        message_id,
        r#type: TEST.into(),
        body,
        stream_id: None,
        seq: None,
        created_at: now,
        status: WebhookDeliveryStatus::Pending,
        attempts: 0,
        tries: 0,
        next_attempt_at: Some(now),
        leased_until: None,
    })
    .await?;
    work.record_of_holder(holder, EventType::WebhookEndpointTested, json!({ "webhookEndpoint": id })).await?;
    work.commit().await?;
    Ok(delivery)
}

/// Whether anything is sent to it.
pub(super) fn enabled(endpoint: &webhook_endpoint::Model, at: Input) -> Result<()> {
    match endpoint.disabled_at {
        None => Ok(()),
        Some(_) => Err(Refusal::from(Code::WebhookEndpointDisabled).at(at).into()),
    }
}
