//! Webhooks, for whoever manages them. Nobody sees their secrets.

use super::{
    children,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
    ranked,
};
use crate::{Actor, Marketplace, Result};
use entity::{
    id::{WebhookDeliveryId, WebhookEndpointId},
    webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{ColumnTrait, Order, QueryFilter, QuerySelect, sea_query::Expr};

/// How many attempts of a message are shown: the latest.
pub const ATTEMPTS: u64 = 50;

/// A page of the endpoints of whom the actor acts for, the newest first, without those that were removed. Whoever manages
/// none sees none.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn endpoints(
    market: &Marketplace,
    actor: &Actor,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<webhook_endpoint::Model>> {
    use webhook_endpoint::{Column, Entity, Model};
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(Column::RemovedAt.is_null());
    let keys = KeySet::new("webhook endpoints", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Id(row.id.0)]
    })
    .await
}

/// The endpoint with this id, if the actor manages it, also one that was removed.
///
/// # Errors
/// What the database said.
pub async fn endpoint(
    market: &Marketplace,
    actor: &Actor,
    id: WebhookEndpointId,
) -> Result<Option<webhook_endpoint::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<webhook_endpoint::Entity>(id).one(reads.db()).await?)
}

/// The order of messages in lists: the newest first.
pub fn newest_first() -> KeySet {
    use webhook_delivery::{Column, Entity};
    KeySet::new("webhook deliveries", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)])
}

/// The keys of a message in that order.
pub fn keys(row: &webhook_delivery::Model) -> Vec<Key> {
    vec![Key::Id(row.id.0)]
}

/// The newest messages to each of some endpoints, with one statement: behind the cursor, one more than the slice holds if
/// there is one more.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn deliveries_of(
    market: &Marketplace,
    actor: &Actor,
    endpoints: &[WebhookEndpointId],
    slice: &Slice,
) -> Result<Vec<webhook_delivery::Model>> {
    use webhook_delivery::{Column, Entity};
    let reads = market.reader(actor);
    let of_them = Column::WebhookEndpointId.is_in(endpoints.iter().copied());
    let select = newest_first().narrow(reads.find::<Entity>().filter(of_them), slice)?;
    let window =
        children::<Entity>(Column::WebhookEndpointId, &[Column::Id], newest_first().direction(slice));
    ranked(reads.db(), select, window, slice.size + 1).await
}

/// How many messages there are to each of some endpoints.
///
/// # Errors
/// What the database said.
pub async fn count_deliveries(
    market: &Marketplace,
    actor: &Actor,
    endpoints: &[WebhookEndpointId],
) -> Result<Vec<(WebhookEndpointId, i64)>> {
    use webhook_delivery::{Column, Entity};
    let reads = market.reader(actor);
    Ok(reads
        .find::<Entity>()
        .select_only()
        .column(Column::WebhookEndpointId)
        .expr_as(Expr::cust("count(*)"), "count")
        .filter(Column::WebhookEndpointId.is_in(endpoints.iter().copied()))
        .group_by(Column::WebhookEndpointId)
        .into_tuple()
        .all(reads.db())
        .await?)
}

/// The message with this id, if the actor manages its endpoint.
///
/// # Errors
/// What the database said.
pub async fn delivery(
    market: &Marketplace,
    actor: &Actor,
    id: WebhookDeliveryId,
) -> Result<Option<webhook_delivery::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<webhook_delivery::Entity>(id).one(reads.db()).await?)
}

/// The latest attempts at each of some messages, the oldest first, with one statement.
///
/// # Errors
/// What the database said.
pub async fn attempts(
    market: &Marketplace,
    actor: &Actor,
    deliveries: &[WebhookDeliveryId],
) -> Result<Vec<webhook_attempt::Model>> {
    use webhook_attempt::{Column, Entity};
    let reads = market.reader(actor);
    let of_them = Column::WebhookDeliveryId.is_in(deliveries.iter().copied());
    let window = children::<Entity>(Column::WebhookDeliveryId, &[Column::Number], Order::Desc);
    let mut found: Vec<webhook_attempt::Model> =
        ranked(reads.db(), reads.find::<Entity>().filter(of_them), window, ATTEMPTS).await?;
    found.sort_by_key(|row| row.number);
    Ok(found)
}
