//! Rows whose change failed: they wait here for their next retry and block no other.

use crate::{Error, Marketplace, Result, job::Job};
use chrono::TimeDelta;
use entity::set_aside::{Column, Entity, Model};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

/// The longest wait between two retries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// How long a row is set aside the first time: a crash or a lost connection is over by then.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// What is said of a row that is being touched: it stands there afterwards if nobody came to say more.
const AT_IT: &str = "the process that was at it ended, or hung";

/// Whether a row was set aside before it was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It was.
    Set,
    /// It was not.
    None,
}

fn wait_after(failures: i64) -> TimeDelta {
    let doubled = u32::try_from(failures.clamp(0, 10)).unwrap_or(10);
    (FIRST_WAIT * (1_i32 << doubled)).min(LONGEST_WAIT)
}

/// Sets a row aside before it is touched, by a run that goes carefully; otherwise it is just touched. None when somebody else
/// has set it aside meanwhile.
pub(super) async fn begin(market: &Marketplace, job: Job, subject: Uuid) -> Result<Option<Mark>> {
    if !market.careful() {
        return Ok(Some(Mark::None));
    }
    let row = Model {
        job: job.name().into(),
        subject_id: subject,
        failures: 1,
        error: AT_IT.into(),
        retry_at: market.real_now() + FIRST_WAIT,
    };
    let inserted = Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(market.db().writer()?)
        .await?;
    Ok((inserted == 1).then_some(Mark::Set))
}

/// Sets a row further aside before it is tried again. None when somebody else tries it.
pub(super) async fn begin_again(market: &Marketplace, job: Job, subject: Uuid) -> Result<Option<Mark>> {
    let (db, now) = (market.db().writer()?, market.real_now());
    let row = Entity::find_by_id((job.name().to_owned(), subject)).one(db).await?;
    let Some(row) = row.filter(|row| row.retry_at <= now) else { return Ok(None) };
    let moved = Entity::update_many()
        .col_expr(Column::Failures, Expr::value(row.failures + 1))
        .col_expr(Column::Error, Expr::value(AT_IT))
        .col_expr(Column::RetryAt, Expr::value(now + wait_after(row.failures)))
        .filter(Column::Job.eq(job.name()))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::RetryAt.eq(row.retry_at))
        .exec(db)
        .await?;
    Ok((moved.rows_affected == 1).then_some(Mark::Set))
}

/// Notes how a row failed, which may be set aside already.
pub(super) async fn failed(
    market: &Marketplace,
    job: Job,
    subject: Uuid,
    error: &Error,
    mark: Mark,
) -> Result<()> {
    match mark {
        Mark::None => put(market, job, subject, error).await,
        Mark::Set => {
            tracing::error!(job = job.name(), %subject, %error, "set aside");
            Entity::update_many()
                .col_expr(Column::Error, Expr::value(error.to_string()))
                .filter(Column::Job.eq(job.name()))
                .filter(Column::SubjectId.eq(subject))
                .exec(market.db().writer()?)
                .await?;
            Ok(())
        }
    }
}

/// The rows that are to be tried again now, unless that is left to the next tick.
pub(super) async fn to_retry(market: &Marketplace, job: Job) -> Result<Vec<Uuid>> {
    if !market.retries() {
        return Ok(Vec::new());
    }
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

/// Sets a row aside: for ten seconds the first time, then twice as long each time, to an hour.
pub(super) async fn put(market: &Marketplace, job: Job, subject: Uuid, error: &Error) -> Result<()> {
    tracing::error!(job = job.name(), %subject, %error, "set aside");
    let db = market.db().writer()?;
    let before =
        Entity::find_by_id((job.name().to_owned(), subject)).one(db).await?.map_or(0, |row| row.failures);
    let row = Model {
        job: job.name().into(),
        subject_id: subject,
        failures: before + 1,
        error: error.to_string(),
        retry_at: market.real_now() + wait_after(before),
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
