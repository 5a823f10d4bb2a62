//! The history of subscriptions as actors see it.

use super::{
    children,
    page::{Key, KeyKind, KeySet, Slice},
    ranked,
};
use crate::{Actor, Marketplace, Result};
use entity::{
    api_key,
    event::{Column, Entity, Model},
    id::SubscriptionId,
    operator, partner, publisher,
    state::EventType,
    user,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, DbErr, EntityTrait, FromQueryResult, Iterable, JoinType, QueryFilter,
    QueryResult, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

/// An event with the name of whoever did it.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The event.
    pub row: Model,
    /// The actor's name; none for the system.
    pub actor_name: Option<String>,
}

impl FromQueryResult for EventView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { row: Model::from_query_result(row, prefix)?, actor_name: row.try_get("", "actor_name")? })
    }
}

/// The order of a stream in lists: the newest first.
pub fn newest_first() -> KeySet {
    KeySet::new("events", true, [(Expr::col((Entity, Column::Seq)), KeyKind::Number)])
}

/// The keys of an event in that order.
pub fn keys(view: &EventView) -> Vec<Key> {
    vec![Key::Number(view.row.seq)]
}

/// The newest events of each of some subscriptions, with one statement: behind the cursor, one more than the slice holds
/// if there is one more. For whoever sees the subscriptions.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn events_of_subscriptions(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
    slice: &Slice,
) -> Result<Vec<EventView>> {
    let reads = market.reader(actor);
    let of_them = Column::StreamId.is_in(subscriptions.iter().map(|id| id.0));
    let select = with_actor(reads.find::<Entity>().filter(of_them).filter(known()));
    let select = newest_first().narrow(select, slice)?;
    let window = children::<Entity>(Column::StreamId, &[Column::Seq], newest_first().direction(slice));
    ranked(reads.db(), select, window, slice.size + 1).await
}

/// How many events each of some subscriptions has.
///
/// # Errors
/// What the database said.
pub async fn count_events(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
) -> Result<Vec<(SubscriptionId, i64)>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<Entity>()
        .select_only()
        .column(Column::StreamId)
        .expr_as(Expr::cust("count(*)"), "count")
        .filter(Column::StreamId.is_in(subscriptions.iter().map(|id| id.0)))
        .filter(known())
        .group_by(Column::StreamId)
        .into_tuple()
        .all(reads.db())
        .await?)
}

/// One event of a stream, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn event(market: &Marketplace, actor: &Actor, stream: Uuid, seq: i64) -> Result<Option<EventView>> {
    let reads = market.reader(actor);
    let this = Column::StreamId.eq(stream).and(Column::Seq.eq(seq));
    let select = reads.find::<Entity>().filter(this).filter(known());
    Ok(with_actor(select).into_model().one(reads.db()).await?)
}

/// Events of subscriptions that this program knows. One that a newer program wrote, or somebody by hand, hides no other.
fn known() -> Expr {
    let names = EventType::iter().map(|kind| kind.to_value());
    Column::Type.is_in(names.filter(|name| name.starts_with("subscription.")))
}

fn with_actor(select: Select<Entity>) -> Select<Entity> {
    fn joined<E: EntityTrait>(select: Select<Entity>, id: E::Column) -> Select<Entity> {
        let by: sea_orm::RelationDef = Entity::belongs_to(E::default()).from(Column::ActorId).to(id).into();
        select.join(JoinType::LeftJoin, by)
    }
    let select = joined::<user::Entity>(select, user::Column::Id);
    let select = joined::<publisher::Entity>(select, publisher::Column::Id);
    let select = joined::<partner::Entity>(select, partner::Column::Id);
    let select = joined::<operator::Entity>(select, operator::Column::Id);
    let with_key: sea_orm::RelationDef =
        Entity::belongs_to(api_key::Entity).from(Column::ApiKeyId).to(api_key::Column::Id).into();
    let select = select.join(JoinType::LeftJoin, with_key);
    select.expr_as(
        sea_orm::sea_query::Func::coalesce([
            Expr::col((user::Entity, user::Column::Name)),
            Expr::col((publisher::Entity, publisher::Column::Name)),
            Expr::col((partner::Entity, partner::Column::Name)),
            Expr::col((operator::Entity, operator::Column::Name)),
            Expr::col((api_key::Entity, api_key::Column::Name)),
        ]),
        "actor_name",
    )
}
