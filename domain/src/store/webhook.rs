//! Claiming messages that are to be sent.

use super::dialect;
use crate::Result;
use chrono::{DateTime, Utc};
use entity::id::WebhookDeliveryId;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

/// Endpoints to which something is due, and how many more messages each may be sent at once. Those to which nothing is under
/// way come first, so that slow ones with much to come keep nobody waiting.
const SQLITE: &str = "
with free as (
  select e.id, (select count(*) from webhook_delivery l where l.webhook_endpoint_id = e.id and l.leased_until > $1) as busy
  from webhook_endpoint e
  where e.disabled_at is null and e.removed_at is null and (e.failing_since is not null) = $4 and exists (
    select 1 from webhook_delivery p where p.webhook_endpoint_id = e.id and p.next_attempt_at <= $1)),
first as (
  select d.id, d.next_attempt_at, free.busy,
         row_number() over (partition by free.id order by d.next_attempt_at, d.id) as place
  from free join webhook_delivery d on d.id in (
    select w.id from webhook_delivery w
    where w.webhook_endpoint_id = free.id and w.next_attempt_at <= $1 and (w.leased_until is null or w.leased_until <= $1)
    order by w.next_attempt_at, w.id limit $2))
select id from first where place <= $2 - busy order by busy, next_attempt_at, id limit $3";

/// The same. Rows that somebody else holds are skipped.
const POSTGRES: &str = "
with free as (
  select e.id, (select count(*) from webhook_delivery l where l.webhook_endpoint_id = e.id and l.leased_until > $1) as busy
  from webhook_endpoint e
  where e.disabled_at is null and e.removed_at is null and (e.failing_since is not null) = $4 and exists (
    select 1 from webhook_delivery p where p.webhook_endpoint_id = e.id and p.next_attempt_at <= $1))
select d.id
from free cross join lateral (
  select w.id, w.next_attempt_at from webhook_delivery w
  where w.webhook_endpoint_id = free.id and w.next_attempt_at <= $1 and (w.leased_until is null or w.leased_until <= $1)
  order by w.next_attempt_at, w.id limit greatest($2 - free.busy, 0)
  for update skip locked) d
order by free.busy, d.next_attempt_at, d.id limit $3";

/// How many messages are under way to endpoints that fail.
const FAILING: &str = "
select count(*) as busy from webhook_delivery l join webhook_endpoint e on e.id = l.webhook_endpoint_id
where l.leased_until > $1 and e.failing_since is not null";

/// Whether anything is due that nobody has in hand.
const ANY: &str = "
select 1 as found from webhook_delivery
where next_attempt_at <= $1 and (leased_until is null or leased_until <= $1) limit 1";

/// Picks at most so many messages that are due, at most so many of each endpoint, what is under way included: of endpoints
/// that fail, or of the others. On PostgreSQL they are locked.
///
/// # Errors
/// What the database said.
pub(crate) async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    per_endpoint: i64,
    limit: i64,
    failing: bool,
) -> Result<Vec<WebhookDeliveryId>> {
    let sql = dialect(db, SQLITE, POSTGRES);
    let values = [now.into(), per_endpoint.into(), limit.into(), failing.into()];
    let rows =
        db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get::<Uuid>("", "id")?.into())).collect()
}

/// Whether there is anything to pick.
///
/// # Errors
/// What the database said.
pub(crate) async fn any(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<bool> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), ANY, [now.into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// How many messages are under way to endpoints that fail.
///
/// # Errors
/// What the database said.
pub(crate) async fn under_way_to_failing(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<i64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), FAILING, [now.into()]);
    Ok(db.query_one_raw(statement).await?.map_or(Ok(0), |row| row.try_get("", "busy"))?)
}
