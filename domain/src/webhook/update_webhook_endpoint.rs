//! Changing an endpoint: where it is, what it gets, and whether it gets anything.

use super::{
    create_webhook_endpoint::{description, types, url},
    managed,
    settle::put_away,
    stored,
};
use crate::{By, Marketplace, Result, work::Work};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    id::WebhookEndpointId,
    state::{EventType, WebhookDeliveryStatus as Status, WebhookDisabledReason},
    webhook_delivery,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set, sea_query::Expr,
};
use serde_json::json;

/// How old what waits may be to be sent when its endpoint is enabled again.
const RESUMED: TimeDelta = TimeDelta::days(5);

/// What to change; what is none stays as it is.
#[derive(Debug, Clone)]
pub struct UpdateWebhookEndpoint {
    /// The endpoint.
    pub endpoint: WebhookEndpointId,
    /// The address.
    pub url: Option<String>,
    /// Which events it gets.
    pub event_types: Option<Vec<EventType>>,
    /// What it is for; none inside takes it away.
    pub description: Option<Option<String>>,
    /// Whether it gets anything.
    pub enabled: Option<bool>,
}

/// Changes it. Enabled again, it has failed at nothing, and gets what waits for it and is not too old.
///
/// # Errors
/// `NotFound` and `Invalid`.
pub async fn update_webhook_endpoint(
    market: &Marketplace,
    by: &By,
    input: UpdateWebhookEndpoint,
) -> Result<WebhookEndpointId> {
    let mut work = market.begin(by).await?;
    let (holder, was) = managed(&work, input.endpoint).await?;
    let mut row = was.clone();
    if let Some(wanted) = input.url {
        url(market, &wanted)?;
        row.url = wanted;
    }
    if let Some(wanted) = &input.event_types {
        types(holder, wanted)?;
        row.event_types = stored(wanted);
    }
    if let Some(wanted) = input.description {
        description(wanted.as_deref())?;
        row.description = wanted;
    }
    match (input.enabled, was.disabled_at) {
        (Some(true), Some(_)) => {
            (row.disabled_at, row.disabled_reason, row.failing_since) = (None, None, None);
            resume(&work, row.id).await?;
        }
        (Some(false), None) => {
            row.disabled_at = Some(work.now.real);
            row.disabled_reason = Some(WebhookDisabledReason::ByItsOwner);
            put_away(&work, row.id).await?;
        }
        (Some(true), None) | (Some(false), Some(_)) | (None, _) => {}
    }
    if row != was {
        let mut changed = was.into_active_model();
        changed.url = Set(row.url);
        changed.event_types = Set(row.event_types);
        changed.description = Set(row.description);
        changed.failing_since = Set(row.failing_since);
        changed.disabled_at = Set(row.disabled_at);
        changed.disabled_reason = Set(row.disabled_reason);
        changed.update(&work.tx).await?;
        let body = json!({ "webhookEndpoint": row.id, "reason": row.disabled_reason });
        work.record_of_holder(holder, EventType::WebhookEndpointUpdated, body).await?;
        work.commit().await?;
    }
    Ok(input.endpoint)
}

/// What waits is due at once, unless it is too old to be of use.
async fn resume(work: &Work<'_>, endpoint: WebhookEndpointId) -> Result<()> {
    use webhook_delivery::{Column, Entity};
    let since = work.now.real - RESUMED;
    let waiting = || {
        Entity::update_many()
            .filter(Column::WebhookEndpointId.eq(endpoint))
            .filter(Column::Status.eq(Status::Pending))
    };
    waiting()
        .col_expr(Column::NextAttemptAt, Expr::val(work.now.real))
        .col_expr(Column::Tries, Expr::val(0_i64))
        .filter(Column::CreatedAt.gte(since))
        .exec(&work.tx)
        .await?;
    waiting()
        .col_expr(Column::Status, Expr::val(sea_orm::ActiveEnum::to_value(&Status::Failed)))
        .col_expr(Column::LeasedUntil, Expr::val(None::<DateTime<Utc>>))
        .filter(Column::CreatedAt.lt(since))
        .exec(&work.tx)
        .await?;
    Ok(())
}
