//! Inputs and payloads of the mutations of webhooks.

use super::{WebhookDelivery, WebhookEndpoint, enums::WebhookEventType};
use crate::error::UserError;
use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};

/// A webhook endpoint to register.
#[derive(Debug, InputObject)]
pub(crate) struct CreateWebhookEndpointInput {
    /// Its address: `https://…`, on the public internet.
    pub(super) url: String,
    /// Which events it gets, of those that you may see.
    pub(super) event_types: Vec<WebhookEventType>,
    /// What it is for.
    pub(super) description: Option<String>,
}

/// What to change of a webhook endpoint; what is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateWebhookEndpointInput {
    /// The endpoint.
    pub(super) webhook_endpoint_id: ID,
    /// Its address: `https://…`, on the public internet.
    pub(super) url: Option<String>,
    /// Which events it gets, of those that you may see.
    pub(super) event_types: Option<Vec<WebhookEventType>>,
    /// What it is for; null takes it away.
    pub(super) description: MaybeUndefined<String>,
    /// Whether anything is sent to it. Enabled again, it has failed at nothing, and gets what waits for it and is not older
    /// than five days. What happened while it was disabled is not sent.
    pub(super) enabled: Option<bool>,
}

/// The webhook endpoint that gets another secret.
#[derive(Debug, InputObject)]
pub(crate) struct RotateWebhookSecretInput {
    /// The endpoint.
    pub(super) webhook_endpoint_id: ID,
}

/// The webhook endpoint to remove.
#[derive(Debug, InputObject)]
pub(crate) struct RemoveWebhookEndpointInput {
    /// The endpoint.
    pub(super) webhook_endpoint_id: ID,
}

/// The webhook endpoint to try out.
#[derive(Debug, InputObject)]
pub(crate) struct SendTestEventInput {
    /// The endpoint.
    pub(super) webhook_endpoint_id: ID,
}

/// What to send again.
#[derive(Debug, InputObject)]
pub(crate) struct ReplayWebhookDeliveryInput {
    /// The delivery.
    pub(super) webhook_delivery_id: ID,
}

/// What came of registering a webhook endpoint.
#[derive(SimpleObject)]
pub(crate) struct CreateWebhookEndpointPayload {
    /// The endpoint, unless it was refused.
    pub(super) webhook_endpoint: Option<WebhookEndpoint>,
    /// What signs its messages, `whsec_…`, as libraries of Standard Webhooks take it. It is shown this once; nobody can see
    /// it again.
    pub(super) secret: Option<String>,
    /// Why it was refused; empty when it was registered.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of changing a webhook endpoint.
#[derive(SimpleObject)]
pub(crate) struct UpdateWebhookEndpointPayload {
    /// The endpoint, unless it was refused.
    pub(super) webhook_endpoint: Option<WebhookEndpoint>,
    /// Why it was refused; empty when it is so.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of making another secret.
#[derive(SimpleObject)]
pub(crate) struct RotateWebhookSecretPayload {
    /// The endpoint, unless it was refused.
    pub(super) webhook_endpoint: Option<WebhookEndpoint>,
    /// What signs its messages from now on. It is shown this once; nobody can see it again.
    pub(super) secret: Option<String>,
    /// Until when the secret before signs along: messages have both signatures until then.
    pub(super) previous_secret_signs_until: Option<DateTime<Utc>>,
    /// Why it was refused; empty when there is another secret.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of removing a webhook endpoint.
#[derive(SimpleObject)]
pub(crate) struct RemoveWebhookEndpointPayload {
    /// The endpoint, unless it was refused.
    pub(super) webhook_endpoint: Option<WebhookEndpoint>,
    /// Why it was refused; empty when it is removed.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of trying a webhook endpoint out.
#[derive(SimpleObject)]
pub(crate) struct SendTestEventPayload {
    /// The message, unless it was refused. Its attempts show what was answered, in a moment.
    pub(super) webhook_delivery: Option<WebhookDelivery>,
    /// Why it was refused; empty when it is to be sent.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of sending something again.
#[derive(SimpleObject)]
pub(crate) struct ReplayWebhookDeliveryPayload {
    /// The message, unless it was refused.
    pub(super) webhook_delivery: Option<WebhookDelivery>,
    /// Why it was refused; empty when it is to be sent.
    pub(super) user_errors: Vec<UserError>,
}
