//! Taking messages in hand: whoever does has them for a while, and loses them to the next if it dies.

use crate::{Marketplace, Result, store};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    id::{WebhookDeliveryId, WebhookEndpointId},
    webhook_delivery::{self, Model},
    webhook_endpoint, webhook_secret,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use std::collections::HashMap;

/// How many messages one endpoint is sent at once.
const PER_ENDPOINT: i64 = 4;

/// How many it is sent at once whose last attempt failed.
const PER_FAILING_ENDPOINT: i64 = 1;

/// How much longer than an endpoint may take to answer a message is in hand: what is stored comes after the answer.
const MARGIN: TimeDelta = TimeDelta::seconds(45);

/// A message in hand, and what is needed to send it.
pub(super) struct InHand {
    /// The message.
    pub(super) row: Model,
    /// Until when it is in hand: whoever takes it over has it until another time.
    pub(super) lease: DateTime<Utc>,
    /// Where it goes.
    pub(super) url: String,
    /// What signs it: the secret in force, then the one that signs along.
    pub(super) secrets: Vec<Vec<u8>>,
}

/// Takes at most so many messages in hand.
pub(super) async fn claim(market: &Marketplace, limit: usize) -> Result<Vec<InHand>> {
    let now = market.real_now();
    // Looked at first without a lock: mostly nothing is due.
    if limit == 0 || !store::webhook::any(market.db().read(), now).await? {
        return Ok(Vec::new());
    }
    let patience = TimeDelta::from_std(market.settings().webhooks.patience).unwrap_or(MARGIN);
    let lease = now + patience + MARGIN;
    let tx = market.db().begin(None).await?;
    let ids = due(market, &tx, now, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    use webhook_delivery::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::val(lease))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(&tx)
        .await?;
    let mut rows: HashMap<_, _> = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(&tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let endpoints: Vec<_> = rows.values().map(|row| row.webhook_endpoint_id).collect();
    let urls = urls(&tx, &endpoints).await?;
    let secrets = secrets(&tx, &endpoints, now).await?;
    tx.commit().await?;
    let in_hand = ids.iter().filter_map(|id| {
        let row = rows.remove(id)?;
        let url = urls.get(&row.webhook_endpoint_id)?.clone();
        let secrets = secrets.get(&row.webhook_endpoint_id).cloned().unwrap_or_default();
        Some(InHand { row, lease, url, secrets })
    });
    Ok(in_hand.collect())
}

/// The messages to take. Endpoints that fail share a half of what may be under way, however many they are: those that let us
/// wait for their answers keep nobody else waiting.
async fn due(
    market: &Marketplace,
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<WebhookDeliveryId>> {
    let half = i64::try_from(market.settings().webhooks.at_once / 2).unwrap_or(i64::MAX).max(1);
    let room = (half - store::webhook::under_way_to_failing(db, now).await?).clamp(0, limit);
    let mut ids = store::webhook::due(db, now, PER_FAILING_ENDPOINT, room, true).await?;
    let rest = limit - i64::try_from(ids.len()).unwrap_or(limit);
    ids.extend(store::webhook::due(db, now, PER_ENDPOINT, rest, false).await?);
    Ok(ids)
}

async fn urls(
    db: &impl ConnectionTrait,
    of: &[WebhookEndpointId],
) -> Result<HashMap<WebhookEndpointId, String>> {
    use webhook_endpoint::{Column, Entity};
    let rows = Entity::find().filter(Column::Id.is_in(of.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.url)).collect())
}

async fn secrets(
    db: &impl ConnectionTrait,
    of: &[WebhookEndpointId],
    now: DateTime<Utc>,
) -> Result<HashMap<WebhookEndpointId, Vec<Vec<u8>>>> {
    use webhook_secret::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::WebhookEndpointId.is_in(of.iter().copied()))
        .order_by_desc(Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows.into_iter().filter(|row| row.expires_at.is_none_or(|end| end > now)) {
        found.entry(row.webhook_endpoint_id).or_default().push(row.secret);
    }
    Ok(found)
}
