//! Another secret: the one before signs along for a day, so that the receiver can be changed meanwhile.

use super::{managed, signature};
use crate::{By, Marketplace, Result};
use chrono::{DateTime, Utc};
use entity::{
    id::WebhookEndpointId,
    state::EventType,
    webhook_secret::{Column, Entity},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::SecretString;
use serde_json::json;

/// An endpoint with another secret.
#[derive(Debug, Clone)]
pub struct RotatedWebhookSecret {
    /// The endpoint.
    pub id: WebhookEndpointId,
    /// What signs its messages from now on: nobody can see it again.
    pub secret: SecretString,
    /// Until when the one before signs along.
    pub signs_along_until: DateTime<Utc>,
}

/// Makes another secret. Two sign at a time: one that signed along already ends now.
///
/// # Errors
/// `NotFound`.
pub async fn rotate_webhook_secret(
    market: &Marketplace,
    by: &By,
    id: WebhookEndpointId,
) -> Result<RotatedWebhookSecret> {
    let mut work = market.begin(by).await?;
    let (holder, endpoint) = managed(&work, id).await?;
    let now = work.now.real;
    let until = now + signature::SIGNS_ALONG;
    let of_endpoint = || Entity::update_many().filter(Column::WebhookEndpointId.eq(id));
    of_endpoint()
        .col_expr(Column::ExpiresAt, Expr::val(now))
        .filter(Column::ExpiresAt.gt(now))
        .exec(&work.tx)
        .await?;
    of_endpoint()
        .col_expr(Column::ExpiresAt, Expr::val(until))
        .filter(Column::ExpiresAt.is_null())
        .exec(&work.tx)
        .await?;
    let secret = signature::make(&work, id, endpoint.organization_id).await?;
    work.record_of_holder(holder, EventType::WebhookSecretRotated, json!({ "webhookEndpoint": id })).await?;
    work.commit().await?;
    Ok(RotatedWebhookSecret { id, secret, signs_along_until: until })
}
