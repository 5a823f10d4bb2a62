//! Storing what came of an attempt.

use super::{
    claim::InHand,
    holder_of,
    outcome::{After, Before, outcome},
    post::Answer,
};
use crate::{By, Marketplace, Result, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    id::WebhookEndpointId,
    state::{EventType, WebhookDeliveryStatus as Status, WebhookDisabledReason},
    webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::Expr,
};
use serde_json::json;
use std::time::Duration;

/// Stores an attempt and what follows from it.
pub(super) async fn settle(
    market: &Marketplace,
    in_hand: &InHand,
    began: DateTime<Utc>,
    took: Duration,
    answer: Answer,
) -> Result<()> {
    let mut work = market.begin(&By::system()).await?;
    // The endpoint before its messages, as whoever changes it does.
    let endpoint = webhook_endpoint::Entity::find_by_id(in_hand.row.webhook_endpoint_id);
    let endpoint = endpoint.lock_exclusive().one(&work.tx).await?;
    let row = webhook_delivery::Entity::find_by_id(in_hand.row.id).lock_exclusive().one(&work.tx).await?;
    // It may have been pruned meanwhile.
    let (Some(endpoint), Some(row)) = (endpoint, row) else { return Ok(()) };
    let before = Before {
        began,
        now: work.now.real,
        tries: row.tries,
        failing_since: endpoint.failing_since,
        closed: endpoint.disabled_at.is_some() || endpoint.removed_at.is_some(),
    };
    let after = outcome(before, &answer, random(market));
    work.insert(webhook_attempt::Model {
        webhook_delivery_id: row.id,
        number: row.attempts + 1,
        organization_id: row.organization_id,
        at: began,
        duration_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
        status_code: answer.status.map(i64::from),
        error: answer.error,
        response: answer.response,
    })
    .await?;
    // Somebody else may have it in hand by now, or it was settled before: then only a success says more.
    let ours = row.status == Status::Pending && row.leased_until == Some(in_hand.lease);
    let mut changed = row.clone().into_active_model();
    changed.attempts = Set(row.attempts + 1);
    if ours || after.status == Status::Succeeded {
        changed.tries = Set(row.tries + 1);
        changed.status = Set(after.status);
        changed.next_attempt_at = Set(after.next);
        changed.leased_until = Set(None);
    }
    changed.update(&work.tx).await?;
    keep(&mut work, endpoint, after).await?;
    work.commit().await
}

/// Stores what follows for the endpoint.
async fn keep(work: &mut Work<'_>, endpoint: webhook_endpoint::Model, after: After) -> Result<()> {
    if endpoint.failing_since == after.failing_since && after.disabled.is_none() {
        return Ok(());
    }
    let (id, holder) = (endpoint.id, holder_of(&endpoint)?);
    let mut changed = endpoint.into_active_model();
    changed.failing_since = Set(after.failing_since);
    if let Some(reason) = after.disabled {
        changed.disabled_at = Set(Some(work.now.real));
        changed.disabled_reason = Set(Some(reason));
    }
    changed.update(&work.tx).await?;
    if let Some(reason) = after.disabled {
        put_away(work, id).await?;
        tracing::warn!(endpoint = %id.0, reason = told(reason), "a webhook endpoint was disabled");
        let body = json!({ "webhookEndpoint": id, "reason": reason });
        work.record_of_holder(holder, EventType::WebhookEndpointDisabled, body).await?;
    }
    Ok(())
}

fn told(reason: WebhookDisabledReason) -> &'static str {
    match reason {
        WebhookDisabledReason::Gone => "gone",
        WebhookDisabledReason::Failing => "failing for days",
        WebhookDisabledReason::ByItsOwner => "by its owner",
    }
}

/// Lets what is still to be sent to an endpoint wait for nothing.
pub(super) async fn put_away(work: &Work<'_>, endpoint: WebhookEndpointId) -> Result<()> {
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::val(None::<DateTime<Utc>>))
        .filter(Column::WebhookEndpointId.eq(endpoint))
        .filter(Column::NextAttemptAt.is_not_null())
        .exec(&work.tx)
        .await?;
    Ok(())
}

fn random(market: &Marketplace) -> u64 {
    let mut bytes = [0; 8];
    market.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
