//! Who holds a run, and for how long: a lease, which is extended as long as the run goes on. What a worker leaves behind,
//! another takes over when the lease has ended, at most so often.

use super::{Job, Progress};
use crate::{Marketplace, Result, sweep::Report};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    job_run::{Column, Entity, Model},
    job_tick,
    state::JobRunStatus,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use std::sync::Arc;

/// How often a run is begun before it is dead.
pub const MOST_ATTEMPTS: i64 = 3;

/// A run of a job that this process holds.
#[derive(Debug)]
pub struct Held {
    pub(super) job: Job,
    pub(super) row: Model,
    /// Whether it is one for a tick, and not by hand.
    pub(super) of_tick: bool,
    pub(super) progress: Arc<Progress>,
}

impl Held {
    pub(super) fn new(job: Job, row: Model, of_tick: bool, careful: bool) -> Self {
        let taken_over = row.attempts > 1;
        let progress = Arc::new(Progress::new(careful || taken_over, !taken_over));
        Self { job, row, of_tick, progress }
    }

    /// Its job.
    pub fn job(&self) -> Job {
        self.job
    }

    /// How often it was begun, this time included.
    pub fn attempts(&self) -> i64 {
        self.row.attempts
    }

    /// How many ticks it makes up for.
    pub fn missed_ticks(&self) -> i64 {
        self.row.missed_ticks
    }

    /// How far it is.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

/// Until when a lease lasts that begins now.
pub(super) fn lease(market: &Marketplace) -> DateTime<Utc> {
    let lease = TimeDelta::from_std(market.settings().jobs.lease).unwrap_or(TimeDelta::MAX);
    market.real_now() + lease
}

fn left(now: DateTime<Utc>) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::Status.eq(JobRunStatus::Running)).filter(Column::LeaseUntil.lte(now))
}

/// The jobs of which runs were left behind.
///
/// # Errors
/// What the database said.
pub async fn abandoned(market: &Marketplace) -> Result<Vec<Job>> {
    let names: Vec<String> = left(market.real_now())
        .select_only()
        .column(Column::Job)
        .distinct()
        .into_tuple()
        .all(market.db().read())
        .await?;
    Ok(names.iter().filter_map(|name| Job::named(name)).collect())
}

/// Takes over a run of this job that was left behind, the oldest first. One that was begun often enough is dead instead.
///
/// # Errors
/// What the database said.
pub async fn take_over(market: &Marketplace, job: Job) -> Result<Option<Held>> {
    let now = market.real_now();
    let rows = left(now)
        .filter(Column::Job.eq(job.name()))
        .order_by_asc(Column::ScheduledAt)
        .limit(100)
        .all(market.db().read())
        .await?;
    for mut row in rows {
        // Whoever is faster has changed the lease.
        let as_it_was = Entity::update_many()
            .filter(Column::Id.eq(row.id))
            .filter(Column::Status.eq(JobRunStatus::Running))
            .filter(Column::LeaseUntil.eq(row.lease_until));
        if row.attempts >= MOST_ATTEMPTS {
            bury(market, as_it_was, &row).await?;
            continue;
        }
        row.attempts += 1;
        row.worker = Some(market.process_name().to_owned());
        row.lease_until = Some(lease(market));
        let taken = as_it_was
            .col_expr(Column::Attempts, Expr::value(row.attempts))
            .col_expr(Column::Worker, Expr::value(row.worker.clone()))
            .col_expr(Column::LeaseUntil, Expr::value(row.lease_until))
            .exec(market.db().writer()?)
            .await?;
        if taken.rows_affected == 1 {
            return Ok(Some(Held::new(job, row, true, false)));
        }
    }
    Ok(None)
}

/// Shows a run as dead.
async fn bury(market: &Marketplace, run: UpdateMany<Entity>, row: &Model) -> Result<()> {
    let why = row.error.clone().unwrap_or_else(|| "whoever ran it ended, or never came to an end".into());
    let why = format!("given up after {} attempts: {why}", row.attempts);
    let buried = run
        .col_expr(Column::Status, Expr::value(JobRunStatus::Dead))
        .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(Column::FinishedAt, Expr::value(market.real_now()))
        .col_expr(Column::Error, Expr::value(why.clone()))
        .exec(market.db().writer()?)
        .await?;
    if buried.rows_affected == 1 {
        tracing::error!(job = row.job, scheduled_at = %row.scheduled_at, error = why, "a run is dead");
    }
    Ok(())
}

impl Held {
    /// What changes the run as long as this process holds it.
    fn mine(&self) -> UpdateMany<Entity> {
        Entity::update_many()
            .filter(Column::Id.eq(self.row.id))
            .filter(Column::Status.eq(JobRunStatus::Running))
            .filter(Column::Worker.eq(self.row.worker.clone()))
            .filter(Column::Attempts.eq(self.row.attempts))
    }

    /// Says that the run goes on; whether it is still ours.
    pub(super) async fn extend(&self, market: &Marketplace) -> Result<bool> {
        let extended = self
            .mine()
            .col_expr(Column::LeaseUntil, Expr::value(lease(market)))
            .exec(market.db().writer()?)
            .await?;
        Ok(extended.rows_affected == 1)
    }

    fn counted(&self, report: &Report) -> UpdateMany<Entity> {
        let more = |column: Column, rows: i64| ExprTrait::add(Expr::col(column), Expr::val(rows));
        let error = self.row.error.clone().or_else(|| report.error.clone());
        self.mine()
            .col_expr(Column::Changed, more(Column::Changed, report.changed))
            .col_expr(Column::Skipped, more(Column::Skipped, report.skipped))
            .col_expr(Column::Failed, more(Column::Failed, report.failed))
            .col_expr(Column::Error, Expr::value(error))
    }

    /// The run came to its end.
    pub(super) async fn finish(&self, market: &Marketplace, report: &Report) -> Result<()> {
        let now = market.real_now();
        let status = if report.broken { JobRunStatus::Failed } else { JobRunStatus::Done };
        let finished = self
            .counted(report)
            .col_expr(Column::Status, Expr::value(status))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::FinishedAt, Expr::value(now))
            .exec(market.db().writer()?)
            .await?;
        if finished.rows_affected == 1 && status == JobRunStatus::Done && self.of_tick {
            job_tick::Entity::update_many()
                .col_expr(job_tick::Column::DoneAt, Expr::value(now))
                .filter(job_tick::Column::Job.eq(self.job.name()))
                .exec(market.db().writer()?)
                .await?;
        }
        Ok(())
    }

    /// This process is to stop: others go on with the run at once, and it counts as if it had not been begun here.
    pub(super) async fn hand_over(&self, market: &Marketplace, report: &Report) -> Result<()> {
        self.counted(report)
            .col_expr(Column::Attempts, Expr::value(self.row.attempts - 1))
            .col_expr(Column::LeaseUntil, Expr::value(market.real_now()))
            .exec(market.db().writer()?)
            .await?;
        Ok(())
    }

    /// The run did not come to an end here: it is begun again, or dead.
    pub(super) async fn give_up(&self, market: &Marketplace, why: &str) -> Result<()> {
        let mut row = self.row.clone();
        row.error = Some(why.to_owned());
        if row.attempts >= MOST_ATTEMPTS {
            return bury(market, self.mine(), &row).await;
        }
        self.mine()
            .col_expr(Column::Error, Expr::value(row.error))
            .col_expr(Column::LeaseUntil, Expr::value(market.real_now()))
            .exec(market.db().writer()?)
            .await?;
        Ok(())
    }
}
