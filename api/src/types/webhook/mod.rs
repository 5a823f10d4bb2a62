//! Webhooks: endpoints, what was sent to them, and the attempts.

mod arguments;
pub(crate) mod enums;
mod mutation;

pub(crate) use self::mutation::WebhookMutation;

use self::enums::{WebhookDeliveryStatus, WebhookDisabledReason, WebhookEndpointStatus, WebhookEventType};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::{Kind, decode, encode, encode_part},
    loaders::{AttemptsOf, DeliveriesOf},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    view::{page::Page, webhook as view},
    webhook,
};
use entity::{webhook_attempt, webhook_delivery, webhook_endpoint};

/// Where events are sent, each as a signed HTTP POST: an endpoint of an organization, a publisher or a partner. Messages are
/// CloudEvents 1.0 as JSON, signed as Standard Webhooks says.
#[derive(Debug, Clone, Description)]
pub(crate) struct WebhookEndpoint(pub(crate) webhook_endpoint::Model);

#[Object(use_type_description)]
impl WebhookEndpoint {
    /// The endpoint's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::WebhookEndpoint, self.0.id.0)
    }

    /// Its address.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Which events it gets.
    async fn event_types(&self) -> Vec<WebhookEventType> {
        webhook::event_types(&self.0).into_iter().filter_map(WebhookEventType::of).collect()
    }

    /// Whether anything is sent to it.
    async fn status(&self) -> WebhookEndpointStatus {
        match (self.0.disabled_at, self.0.removed_at) {
            (None, None) => WebhookEndpointStatus::Enabled,
            (Some(_), _) | (_, Some(_)) => WebhookEndpointStatus::Disabled,
        }
    }

    /// Why nothing is sent to it; null while it is enabled, and when it was enabled until it was removed.
    async fn disabled_reason(&self) -> Option<WebhookDisabledReason> {
        self.0.disabled_reason.map(Into::into)
    }

    /// Since when it is disabled.
    async fn disabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.disabled_at
    }

    /// Since when all attempts have failed; null when the last one succeeded. After five days it is disabled.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing_since
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was removed. What was sent to it stays visible for 30 days.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.0.removed_at
    }

    /// What was sent to it, or is to be sent, the newest first; kept for 30 days.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<WebhookDelivery>> {
        let slice = slice(first, after, last, before).map_err(top_level)?;
        view::newest_first().check(&slice).map_err(top_level)?;
        let wanted = DeliveriesOf { endpoint: self.0.id, slice, with_total: wants_total(ctx) };
        let page = Caller::of(ctx).loaders().webhooks.load_one(wanted).await.map_err(loaded)?;
        Ok(page.unwrap_or_else(Page::empty).map(WebhookDelivery).into())
    }
}

/// A message to a webhook endpoint: an event, or one that was asked for to try the endpoint out.
#[derive(Debug, Clone, Description)]
pub(crate) struct WebhookDelivery(pub(crate) webhook_delivery::Model);

#[Object(use_type_description)]
impl WebhookDelivery {
    /// The id of the delivery, for `replayWebhookDelivery`.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::WebhookDelivery, self.0.id.0)
    }

    /// The id of the message, in its header `webhook-id` and as the CloudEvent's `id`. The same in every attempt; of an event
    /// it is the event's id.
    async fn message_id(&self) -> &str {
        &self.0.message_id
    }

    /// What it tells, as the CloudEvent's `type` says it: `subscription.disabled`, or `webhook.test`.
    async fn event_type(&self) -> &str {
        &self.0.r#type
    }

    /// What has become of it.
    async fn status(&self) -> WebhookDeliveryStatus {
        self.0.status.into()
    }

    /// The body that is sent.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the next attempt is due; null when none is.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_attempt_at
    }

    /// How many attempts were made.
    async fn attempt_count(&self) -> i64 {
        self.0.attempts
    }

    /// The attempts, the oldest first; of very many the latest 50.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt>> {
        let found =
            Caller::of(ctx).loaders().webhooks.load_one(AttemptsOf(self.0.id)).await.map_err(loaded)?;
        Ok(found.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}

/// An attempt to send a message.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WebhookAttempt {
    /// The attempt's id. It is found with its delivery alone.
    id: ID,
    /// When it began.
    at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    duration_ms: i64,
    /// The HTTP status of the answer; null when there was none.
    status_code: Option<i64>,
    /// What went wrong, when no answer came or it was not read to its end.
    error: Option<String>,
    /// The beginning of the answer, at most 1,000 characters.
    response: Option<String>,
}

impl From<webhook_attempt::Model> for WebhookAttempt {
    fn from(row: webhook_attempt::Model) -> Self {
        let id = encode_part("wha", row.webhook_delivery_id.0, row.number);
        let webhook_attempt::Model { at, duration_ms, status_code, error, response, .. } = row;
        Self { id, at, duration_ms, status_code, error, response }
    }
}

#[derive(Default)]
pub(crate) struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// The webhook endpoints of your organization, publisher or partner, the newest first. For owners, publishers and
    /// partners; others see none.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<WebhookEndpoint>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = view::endpoints(&caller.market, caller.actor(), &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(WebhookEndpoint).into())
    }

    /// One of your webhook endpoints, also one that was removed.
    async fn webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint's id.")] id: ID,
    ) -> Result<Option<WebhookEndpoint>> {
        let caller = Caller::of(ctx);
        let Some(id) = decode(Kind::WebhookEndpoint, &id) else { return Ok(None) };
        let found = view::endpoint(&caller.market, caller.actor(), id).await.map_err(top_level)?;
        Ok(found.map(WebhookEndpoint))
    }
}
