//! The outbox: committed events become messages, in the transaction that moves the place in the feed.

use super::{audience, event_types, holder_of, message, name_of};
use crate::{
    Error, Marketplace, Result,
    failpoint::{self, Step},
    feed::{self, Place, Row},
};
use entity::{
    event,
    state::WebhookDeliveryStatus,
    webhook_delivery, webhook_endpoint,
    webhook_position::{Entity as Position, Model as PositionRow},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
    sea_query::{LockBehavior, LockType, OnConflict},
};

/// How many events become messages in one transaction.
const BATCH: u64 = 100;

/// How many messages one statement inserts: each has some bind parameters, of which there may be 32,766.
const AT_ONCE: usize = 500;

/// Turns all events that were committed by now into messages. Whoever else is at it goes on with what is left.
///
/// # Errors
/// What the database said.
pub async fn dispatch(market: &Marketplace) -> Result<u64> {
    let mut made = 0;
    while !market.stopping() {
        match batch(market).await? {
            Some(more) => made += more,
            None => break,
        }
    }
    Ok(made)
}

fn missing() -> Error {
    Error::internal("the place of webhooks in the feed is gone")
}

fn place(row: &PositionRow) -> Place {
    Place::new(row.xid, row.position)
}

/// One batch: how many messages it made, or none when there was nothing to do.
async fn batch(market: &Marketplace) -> Result<Option<u64>> {
    let db = market.db().read();
    // Looked at first without a lock: mostly nothing has happened.
    let position = Position::find_by_id(1).one(db).await?.ok_or_else(missing)?;
    if feed::read(db, place(&position), 1).await?.is_empty() {
        return Ok(None);
    }
    let tx = market.db().begin(None).await?;
    let alone = Position::find_by_id(1).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let Some(position) = alone.one(&tx).await? else { return Ok(None) };
    let rows = feed::read(&tx, place(&position), BATCH).await?;
    let Some(to) = rows.last().map(|row| row.place) else { return Ok(None) };
    let messages = messages(market, &tx, rows).await?;
    for some in messages.chunks(AT_ONCE) {
        let rows = some.iter().cloned().map(|row| row.into_active_model().reset_all());
        webhook_delivery::Entity::insert_many(rows)
            // Who was told already is not told again, wherever the place was set to.
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
    }
    failpoint::at(Step::MessagesWritten).await?;
    let mut position = position.into_active_model();
    (position.xid, position.position) = (Set(to.xid()), Set(to.position()));
    position.update(&tx).await?;
    tx.commit().await?;
    Ok(Some(messages.len() as u64))
}

/// The messages of some events: one for each endpoint that gets the event.
async fn messages(
    market: &Marketplace,
    db: &impl ConnectionTrait,
    rows: Vec<Row>,
) -> Result<Vec<webhook_delivery::Model>> {
    let mut events = Vec::new();
    for row in rows {
        match row.event {
            Ok(event) => events.push((row.place, event)),
            Err(error) => tracing::error!(%error, "an event that nobody knows is told to nobody"),
        }
    }
    let only: Vec<_> = events.iter().map(|(_, event)| event.clone()).collect();
    let endpoints = endpoints(db, &only).await?;
    if endpoints.is_empty() {
        return Ok(Vec::new());
    }
    let known = message::Known::of(db, &only).await?;
    let now = market.real_now();
    let mut made = Vec::new();
    for (at, event) in &events {
        for endpoint in &endpoints {
            let holder = holder_of(endpoint)?;
            let begun = *at > Place::new(endpoint.begins_xid, endpoint.begins_position);
            if !begun || !event_types(endpoint).contains(&event.r#type) || !audience::gets(holder, event) {
                continue;
            }
            let body = match message::body(&known, holder, event) {
                Ok(body) => body,
                Err(error) => {
                    tracing::error!(stream = %event.stream_id, seq = event.seq, %error, "an event that cannot be told");
                    continue;
                }
            };
            made.push(webhook_delivery::Model {
                id: market.parts.ids.next(now),
                webhook_endpoint_id: endpoint.id,
                organization_id: endpoint.organization_id,
                message_id: message::id(event),
                r#type: name_of(event),
                body,
                stream_id: Some(event.stream_id),
                seq: Some(event.seq),
                created_at: now,
                status: WebhookDeliveryStatus::Pending,
                attempts: 0,
                tries: 0,
                next_attempt_at: Some(now),
                leased_until: None,
            });
        }
    }
    Ok(made)
}

/// The endpoints that are in use of all who may see one of the events.
async fn endpoints(
    db: &impl ConnectionTrait,
    events: &[event::Model],
) -> Result<Vec<webhook_endpoint::Model>> {
    use webhook_endpoint::{Column, Entity};
    let whose = Condition::any()
        .add(Column::OrganizationId.is_in(events.iter().filter_map(|event| event.organization_id)))
        .add(Column::PublisherId.is_in(events.iter().filter_map(|event| event.publisher_id)))
        .add(Column::PartnerId.is_in(events.iter().filter_map(|event| event.partner_id)));
    Ok(Entity::find()
        .filter(whose)
        .filter(Column::RemovedAt.is_null())
        .filter(Column::DisabledAt.is_null())
        .all(db)
        .await?)
}
