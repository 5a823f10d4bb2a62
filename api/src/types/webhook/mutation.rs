//! What can be done with webhooks.

use super::{
    WebhookDelivery, WebhookEndpoint,
    arguments::{
        CreateWebhookEndpointInput, CreateWebhookEndpointPayload, RemoveWebhookEndpointInput,
        RemoveWebhookEndpointPayload, ReplayWebhookDeliveryInput, ReplayWebhookDeliveryPayload,
        RotateWebhookSecretInput, RotateWebhookSecretPayload, SendTestEventInput, SendTestEventPayload,
        UpdateWebhookEndpointInput, UpdateWebhookEndpointPayload,
    },
};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
};
use async_graphql::{Context, MaybeUndefined, Object, Result};
use domain::{view::webhook as view, webhook};
use entity::id::{WebhookDeliveryId, WebhookEndpointId};
use secrecy::ExposeSecret;

#[derive(Default)]
pub(crate) struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Registers a webhook endpoint of your organization, publisher or partner. It gets what happens from now on. For owners,
    /// publishers and partners; 20 at most.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to register.")] input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload> {
        let caller = Caller::of(ctx);
        let input = webhook::CreateWebhookEndpoint {
            url: input.url,
            event_types: input.event_types.into_iter().map(Into::into).collect(),
            description: input.description,
        };
        Ok(match answered(webhook::create_webhook_endpoint(&caller.market, &caller.by, input).await)? {
            Ok(created) => CreateWebhookEndpointPayload {
                webhook_endpoint: endpoint(caller, created.id).await?,
                secret: Some(created.secret.expose_secret().to_owned()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                CreateWebhookEndpointPayload { webhook_endpoint: None, secret: None, user_errors }
            }
        })
    }

    /// Changes a webhook endpoint, switches it off, or on again.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload> {
        let caller = Caller::of(ctx);
        let updated = async {
            let change = webhook::UpdateWebhookEndpoint {
                endpoint: self::input(
                    Kind::WebhookEndpoint,
                    &input.webhook_endpoint_id,
                    "webhookEndpointId",
                )?,
                url: input.url,
                event_types: input.event_types.map(|types| types.into_iter().map(Into::into).collect()),
                description: match input.description {
                    MaybeUndefined::Undefined => None,
                    MaybeUndefined::Null => Some(None),
                    MaybeUndefined::Value(text) => Some(Some(text)),
                },
                enabled: input.enabled,
            };
            webhook::update_webhook_endpoint(&caller.market, &caller.by, change).await
        };
        let (webhook_endpoint, user_errors) = shown(caller, updated.await).await?;
        Ok(UpdateWebhookEndpointPayload { webhook_endpoint, user_errors })
    }

    /// Makes another secret for a webhook endpoint. The one before signs along for 24 hours, so that the receiver can be
    /// changed meanwhile; one before that ends at once.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let caller = Caller::of(ctx);
        let rotated = async {
            let id = self::input(Kind::WebhookEndpoint, &input.webhook_endpoint_id, "webhookEndpointId")?;
            webhook::rotate_webhook_secret(&caller.market, &caller.by, id).await
        };
        Ok(match answered(rotated.await)? {
            Ok(rotated) => RotateWebhookSecretPayload {
                webhook_endpoint: endpoint(caller, rotated.id).await?,
                secret: Some(rotated.secret.expose_secret().to_owned()),
                previous_secret_signs_until: Some(rotated.signs_along_until),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RotateWebhookSecretPayload {
                webhook_endpoint: None,
                secret: None,
                previous_secret_signs_until: None,
                user_errors,
            },
        })
    }

    /// Removes a webhook endpoint, for good: nothing is sent to it any more.
    async fn remove_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemoveWebhookEndpointInput,
    ) -> Result<RemoveWebhookEndpointPayload> {
        let caller = Caller::of(ctx);
        let removed = async {
            let id = self::input(Kind::WebhookEndpoint, &input.webhook_endpoint_id, "webhookEndpointId")?;
            webhook::remove_webhook_endpoint(&caller.market, &caller.by, id).await
        };
        let (webhook_endpoint, user_errors) = shown(caller, removed.await).await?;
        Ok(RemoveWebhookEndpointPayload { webhook_endpoint, user_errors })
    }

    /// Sends a message of the type `webhook.test` to a webhook endpoint, in a moment.
    async fn send_test_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which.")] input: SendTestEventInput,
    ) -> Result<SendTestEventPayload> {
        let caller = Caller::of(ctx);
        let sent = async {
            let id = self::input(Kind::WebhookEndpoint, &input.webhook_endpoint_id, "webhookEndpointId")?;
            webhook::send_test_event(&caller.market, &caller.by, id).await
        };
        let (webhook_delivery, user_errors) = told(caller, sent.await).await?;
        Ok(SendTestEventPayload { webhook_delivery, user_errors })
    }

    /// Sends a message again, in a moment: the same body with the same message id, whatever became of it before.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ReplayWebhookDeliveryInput,
    ) -> Result<ReplayWebhookDeliveryPayload> {
        let caller = Caller::of(ctx);
        let replayed = async {
            let id = self::input(Kind::WebhookDelivery, &input.webhook_delivery_id, "webhookDeliveryId")?;
            webhook::replay_webhook_delivery(&caller.market, &caller.by, id).await
        };
        let (webhook_delivery, user_errors) = told(caller, replayed.await).await?;
        Ok(ReplayWebhookDeliveryPayload { webhook_delivery, user_errors })
    }
}

async fn endpoint(caller: &Caller, id: WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    let found = view::endpoint(&caller.market, caller.actor(), id).await.map_err(top_level)?;
    Ok(found.map(WebhookEndpoint))
}

/// The endpoint as it is now, or why nothing was done.
async fn shown(
    caller: &Caller,
    outcome: domain::Result<WebhookEndpointId>,
) -> Result<(Option<WebhookEndpoint>, Vec<UserError>)> {
    Ok(match answered(outcome)? {
        Ok(id) => (endpoint(caller, id).await?, Vec::new()),
        Err(user_errors) => (None, user_errors),
    })
}

/// The message as it is now, or why nothing was done.
async fn told(
    caller: &Caller,
    outcome: domain::Result<WebhookDeliveryId>,
) -> Result<(Option<WebhookDelivery>, Vec<UserError>)> {
    Ok(match answered(outcome)? {
        Ok(id) => {
            let found = view::delivery(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            (found.map(WebhookDelivery), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}
