//! The ticks of the schedules: each is taken by one worker, and those that nobody was there for are counted.

use super::{
    Held, Job,
    held::{MOST_ATTEMPTS, lease},
};
use crate::{Marketplace, Now, Result};
use chrono::{DateTime, Utc};
use entity::{id::JobRunId, job_run, job_tick, state::JobRunStatus};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, OnConflict},
};

/// Up to which tick of a job all were taken or counted; none before its first.
///
/// # Errors
/// What the database said.
pub async fn told(market: &Marketplace, job: Job) -> Result<Option<DateTime<Utc>>> {
    let row = job_tick::Entity::find_by_id(job.name().to_owned()).one(market.db().read()).await?;
    Ok(row.map(|row| row.ticked_at))
}

/// Takes a tick of a job, whose run this process holds then; none when somebody else has taken it, or a later one. Ticks
/// between the one that was taken last and this one are missed, unless a run was going on: `between` says how many there are
/// in the schedule. This run makes up for all of them, since a sweep does everything that is due.
///
/// # Errors
/// What the database said; nobody has taken it then.
pub async fn take(
    market: &Marketplace,
    job: Job,
    tick: DateTime<Utc>,
    between: &(dyn Fn(DateTime<Utc>, DateTime<Utc>) -> i64 + Send + Sync),
) -> Result<Option<Held>> {
    if told(market, job).await?.is_some_and(|told| told >= tick) {
        return Ok(None);
    }
    let now = market.now().await?;
    let careful = died_lately(market, job, now).await?;
    let tx = market.db().begin(None).await?;
    let first = job_tick::Model { job: job.name().into(), ticked_at: tick, missed_ticks: 0, done_at: None };
    let first = job_tick::Entity::insert(first.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    let mut missed = 0;
    if first == 0 {
        let row = job_tick::Entity::find_by_id(job.name().to_owned()).lock_exclusive().one(&tx).await?;
        let Some(row) = row.filter(|row| row.ticked_at < tick) else { return Ok(None) };
        missed = between(row.done_at.map_or(row.ticked_at, |done| done.max(row.ticked_at)), tick);
        job_tick::Entity::update_many()
            .col_expr(job_tick::Column::TickedAt, Expr::value(tick))
            .col_expr(job_tick::Column::MissedTicks, Expr::value(row.missed_ticks + missed))
            .filter(job_tick::Column::Job.eq(job.name()))
            .exec(&tx)
            .await?;
    }
    let row = begun(market, job, now, tick, missed);
    let taken = insert(&tx, &row).await?;
    tx.commit().await?;
    if missed > 0 {
        tracing::warn!(job = job.name(), missed, %tick, "ticks were missed; this run makes up for them");
    }
    Ok(taken.then(|| Held::new(job, row, true, careful)))
}

/// Takes a run that no schedule asked for; none when there is one at this very instant.
///
/// # Errors
/// What the database said.
pub async fn by_hand(market: &Marketplace, job: Job, at: DateTime<Utc>) -> Result<Option<Held>> {
    let now = market.now().await?;
    let careful = died_lately(market, job, now).await?;
    let row = begun(market, job, now, at, 0);
    let taken = insert(market.db().writer()?, &row).await?;
    Ok(taken.then(|| Held::new(job, row, false, careful)))
}

fn begun(
    market: &Marketplace,
    job: Job,
    now: Now,
    scheduled_at: DateTime<Utc>,
    missed_ticks: i64,
) -> job_run::Model {
    job_run::Model {
        id: market.id::<JobRunId>(now),
        job: job.name().into(),
        // In an advanced sandbox ticks are told in business time, among those that the clock passed.
        scheduled_at: scheduled_at + (now.business - now.real),
        started_at: now.real,
        finished_at: None,
        changed: 0,
        skipped: 0,
        failed: 0,
        error: None,
        status: JobRunStatus::Running,
        attempts: 1,
        missed_ticks,
        worker: Some(market.process_name().to_owned()),
        lease_until: Some(lease(market)),
    }
}

async fn insert(db: &impl ConnectionTrait, row: &job_run::Model) -> Result<bool> {
    let inserted = job_run::Entity::insert(row.clone().into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Whether a run of this job was left half-way by a process that ended, or is dead: what ended it may do so again.
async fn died_lately(market: &Marketplace, job: Job, now: Now) -> Result<bool> {
    use job_run::{Column, Entity};
    let db = market.db().read();
    let of_job = || Entity::find().filter(Column::Job.eq(job.name()));
    let left = of_job()
        .filter(Column::Status.eq(JobRunStatus::Running))
        .filter(Column::LeaseUntil.lte(now.real))
        .filter(Column::Attempts.between(1, MOST_ATTEMPTS));
    if left.count(db).await? > 0 {
        return Ok(true);
    }
    let last = of_job().order_by_desc(Column::ScheduledAt).limit(1).one(db).await?;
    Ok(last.is_some_and(|run| run.status == JobRunStatus::Dead))
}
