//! How the jobs go: whether this process works, and the figures of all of them.

use super::Job;
use crate::{Marketplace, Result, store::due};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{job_run, job_tick, set_aside, state::JobRunStatus, worker_process};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, sea_query::OnConflict,
};
use std::sync::{Mutex, PoisonError};

/// How long no sweep may have succeeded before a worker is not ready, and how long its alarm may be silent.
pub const LONGEST_SILENCE: TimeDelta = TimeDelta::seconds(90);

/// For how long a dead run is told of.
const DEAD_LATELY: TimeDelta = TimeDelta::days(1);

/// For how long a worker counts that was seen.
const SEEN_LATELY: TimeDelta = TimeDelta::minutes(1);

/// How the jobs of this process go; nothing in one that does not work.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Option<Beats>>);

#[derive(Debug, Clone, Copy)]
struct Beats {
    /// When its alarm was awake last.
    awake: DateTime<Utc>,
    /// When it knows a sweep to have succeeded last, its own or another worker's; at first, when it began.
    swept: DateTime<Utc>,
}

impl Pulse {
    fn with<T>(&self, change: impl FnOnce(&mut Option<Beats>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// This process works from now on.
    pub fn begin(&self, now: DateTime<Utc>) {
        self.with(|beats| *beats = Some(Beats { awake: now, swept: now }));
    }

    /// Its alarm is awake.
    pub fn awake(&self, now: DateTime<Utc>) {
        self.with(|beats| {
            if let Some(beats) = beats {
                beats.awake = beats.awake.max(now);
            }
        });
    }

    /// A sweep has succeeded.
    pub fn swept(&self, at: DateTime<Utc>) {
        self.with(|beats| {
            if let Some(beats) = beats {
                beats.swept = beats.swept.max(at);
            }
        });
    }

    /// Whether its alarm is awake; so is one that is not there.
    pub fn is_awake(&self, now: DateTime<Utc>) -> bool {
        self.with(|beats| beats.is_none_or(|beats| now - beats.awake <= LONGEST_SILENCE))
    }

    /// Whether due work is done.
    pub fn is_ready(&self, now: DateTime<Utc>) -> bool {
        self.is_awake(now)
            && self.with(|beats| beats.is_none_or(|beats| now - beats.swept <= LONGEST_SILENCE))
    }
}

/// Says that this worker is there, and hears when a sweep succeeded last, whoever ran it.
///
/// # Errors
/// What the database said.
pub async fn beat(market: &Marketplace, started_at: DateTime<Utc>) -> Result<()> {
    let now = market.real_now();
    let row = worker_process::Model { name: market.process_name().into(), started_at, seen_at: now };
    let again = OnConflict::column(worker_process::Column::Name)
        .update_column(worker_process::Column::SeenAt)
        .to_owned();
    worker_process::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(market.db().writer()?)
        .await?;
    let ticks = job_tick::Entity::find().all(market.db().read()).await?;
    if let Some(done) = ticks.iter().filter_map(|tick| tick.done_at).max() {
        market.pulse().swept(done);
    }
    Ok(())
}

/// Says that this worker has gone.
///
/// # Errors
/// What the database said.
pub async fn leave(market: &Marketplace) -> Result<()> {
    worker_process::Entity::delete_by_id(market.process_name().to_owned())
        .exec(market.db().writer()?)
        .await?;
    Ok(())
}

/// How the jobs go, all processes together.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// For how long the oldest thing has been due that was not set aside; zero when nothing is.
    pub oldest_due: TimeDelta,
    /// How many runs were given up for dead within a day.
    pub dead_runs: u64,
    /// How many ticks of each job nobody was there for, ever.
    pub missed_ticks: Vec<(Job, i64)>,
    /// How long ago a run was done last, of whichever job; none before the first.
    pub since_last_done: Option<TimeDelta>,
    /// How many rows wait for their next retry.
    pub set_aside: u64,
    /// How many workers were seen within a minute.
    pub workers: u64,
}

/// Counts how the jobs go.
///
/// # Errors
/// What the database said.
pub async fn figures(market: &Marketplace) -> Result<Figures> {
    let (db, now) = (market.db().read(), market.now().await?);
    let oldest = due::next_instant(db).await?;
    let dead_runs = job_run::Entity::find()
        .filter(job_run::Column::Status.eq(JobRunStatus::Dead))
        .filter(job_run::Column::FinishedAt.gt(now.real - DEAD_LATELY))
        .count(db)
        .await?;
    let ticks = job_tick::Entity::find().all(db).await?;
    let workers = worker_process::Entity::find()
        .filter(worker_process::Column::SeenAt.gt(now.real - SEEN_LATELY))
        .count(db)
        .await?;
    Ok(Figures {
        oldest_due: oldest.map_or(TimeDelta::zero(), |at| (now.business - at).max(TimeDelta::zero())),
        dead_runs,
        missed_ticks: ticks
            .iter()
            .filter_map(|tick| Some((Job::named(&tick.job)?, tick.missed_ticks)))
            .collect(),
        since_last_done: ticks.iter().filter_map(|tick| tick.done_at).max().map(|done| now.real - done),
        set_aside: set_aside::Entity::find().count(db).await?,
        workers,
    })
}
