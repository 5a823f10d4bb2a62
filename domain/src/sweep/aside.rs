//! Rows whose change failed: they wait here for their next retry and block no other.

use crate::{Error, Marketplace, Result, job::Job};
use chrono::TimeDelta;
use entity::set_aside::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;

/// The longest wait between two retries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// The rows that are to be tried again now.
pub(super) async fn to_retry(market: &Marketplace, job: Job) -> Result<Vec<Uuid>> {
    Ok(Entity::find()
        .select_only()
        .column(Column::SubjectId)
        .filter(Column::Job.eq(job.name()))
        .filter(Column::RetryAt.lte(market.real_now()))
        .order_by_asc(Column::RetryAt)
        .limit(market.settings().sweep_batch)
        .into_tuple()
        .all(market.db().read())
        .await?)
}

/// How long a row is set aside the first time: a crash or a lost connection is over by then.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// Sets a row aside: for ten seconds the first time, then twice as long each time, to an hour.
pub(super) async fn put(market: &Marketplace, job: Job, subject: Uuid, error: &Error) -> Result<()> {
    tracing::error!(job = job.name(), %subject, %error, "set aside");
    let db = market.db().writer()?;
    let before =
        Entity::find_by_id((job.name().to_owned(), subject)).one(db).await?.map_or(0, |row| row.failures);
    let doubled = u32::try_from(before.min(10)).unwrap_or(10);
    let row = Model {
        job: job.name().into(),
        subject_id: subject,
        failures: before + 1,
        error: error.to_string(),
        retry_at: market.real_now() + (FIRST_WAIT * (1_i32 << doubled)).min(LONGEST_WAIT),
    };
    let again = OnConflict::columns([Column::Job, Column::SubjectId])
        .update_columns([Column::Failures, Column::Error, Column::RetryAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Takes a row back: it was done, or is not due any more.
pub(super) async fn forget(market: &Marketplace, job: Job, subject: Uuid) -> Result<()> {
    Entity::delete_by_id((job.name().to_owned(), subject)).exec(market.db().writer()?).await?;
    Ok(())
}
