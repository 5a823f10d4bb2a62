//! Rows whose change failed: they wait here for their next retry and block no other.

use crate::{Error, Marketplace, Now, Result, job::Job};
use chrono::TimeDelta;
use entity::set_aside::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// The longest wait between two retries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// The rows that are to be tried again now.
pub(super) async fn to_retry(market: &Marketplace, now: Now, job: Job) -> Result<Vec<Uuid>> {
    Ok(Entity::find()
        .select_only()
        .column(Column::SubjectId)
        .filter(Column::Job.eq(job.name()))
        .filter(Column::RetryAt.lte(now.real))
        .order_by_asc(Column::RetryAt)
        .limit(market.settings().sweep_batch)
        .into_tuple()
        .all(market.db().read())
        .await?)
}

/// Sets a row aside: for a minute the first time, then twice as long each time, to an hour.
pub(super) async fn put(market: &Marketplace, now: Now, job: Job, subject: Uuid, error: &Error) -> Result<()> {
    let db = market.db().writer();
    let key = (job.name().to_owned(), subject);
    let before = Entity::find_by_id(key.clone()).one(db).await?.map_or(0, |row| row.failures);
    let doubled = u32::try_from(before.min(10)).unwrap_or(10);
    let wait = TimeDelta::minutes(1_i64 << doubled).min(LONGEST_WAIT);
    let row = Model {
        job: key.0.clone(),
        subject_id: subject,
        failures: before + 1,
        error: error.to_string(),
        retry_at: now.real + wait,
    };
    Entity::delete_by_id(key).exec(db).await?;
    Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Takes a row back: it was done, or is not due any more.
pub(super) async fn forget(market: &Marketplace, job: Job, subject: Uuid) -> Result<()> {
    Entity::delete_by_id((job.name().to_owned(), subject)).exec(market.db().writer()).await?;
    Ok(())
}
