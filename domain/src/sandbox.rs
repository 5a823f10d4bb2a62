//! The sandbox clock: a year of a subscription in a second.
//!
//! It goes from one due time to the next, stores the clock, runs what falls due there and repeats. The clock comes first: a
//! call that is cut off leaves what a late worker leaves, and the next one goes on from there.

use crate::{
    By, Code, Error, Marketplace, Result, access,
    bounded::Transaction,
    clock::to_micros,
    failpoint::{self, Step},
    job,
    job::Job,
    store::due,
    sweep::Report,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::sandbox_clock;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement, sea_query::Expr,
};
use std::{collections::BTreeMap, time::Duration};

/// How far business time can be ahead of the real clock.
const FARTHEST: TimeDelta = TimeDelta::days(20 * 365);

/// From so many instants on a walk goes on by the minute at least, as the worker would.
const MOST_STEPS: u32 = 1000;
const STRIDE: TimeDelta = TimeDelta::minutes(1);

/// How often a walk tries an instant again at which somebody else is at work, and how long it waits in between.
const TRIES: u32 = 50;
const WAIT: Duration = Duration::from_millis(100);

/// The most runs that one call lists.
const MOST_RUNS: usize = 1000;

/// The number of the advisory lock under which the clock is advanced on PostgreSQL.
const LOCK: i64 = 0x7465_6e75_7266;

/// What advancing the clock did.
#[derive(Debug, Clone)]
pub struct Advanced {
    /// Business time now.
    pub now: DateTime<Utc>,
    /// The runs that had work, at most 1,000.
    pub runs: Vec<Run>,
    /// How many there were.
    pub total_runs: usize,
}

/// A run of a job that had work.
#[derive(Debug, Clone)]
pub struct Run {
    /// The job.
    pub job: Job,
    /// The business time at which it ran.
    pub scheduled_at: DateTime<Utc>,
    /// What it did.
    pub report: Report,
}

/// Advances business time to this instant.
///
/// # Errors
/// `NOT_SANDBOX`; `Invalid` for a time that has passed; `Conflict` while somebody else advances it; `Forbidden` for
/// everybody but operators.
pub async fn advance_clock(market: &Marketplace, by: &By, to: DateTime<Utc>) -> Result<Advanced> {
    access::operator(&by.actor)?;
    if !market.settings().sandbox {
        return Err(Code::NotSandbox.into());
    }
    let _alone_here = market.parts.advancing.try_lock().map_err(|_| Error::Conflict)?;
    let alone = alone(market).await?;
    let from = market.now().await?;
    let to = to_micros(to);
    if to > from.real + FARTHEST {
        return Err(Error::invalid(
            "to",
            format!("the clock goes at most {} years ahead", FARTHEST.num_days() / 365),
        ));
    }
    if to < from.business {
        return Err(Error::invalid(
            "to",
            format!("the clock only goes forward; it shows {}", from.business.to_rfc3339()),
        ));
    }
    let advanced = walk(market, from.business, to, Kept::Stored).await?;
    if let Some(lock) = alone {
        lock.rollback().await?;
    }
    Ok(advanced)
}

/// Whether the clock is stored at each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is: the sandbox's clock.
    Stored,
    /// It is not: whoever walks has a clock of their own.
    Elsewhere,
}

/// Goes from one due time to the next, running what falls due there.
///
/// # Errors
/// `Conflict` when something stays due although it is not set aside: somebody else is at it. What was done stays done.
pub async fn walk(
    market: &Marketplace,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    kept: Kept,
) -> Result<Advanced> {
    let mut advanced = Advanced { now: to, runs: Vec::new(), total_runs: 0 };
    let mut at = from;
    let mut steps = 0;
    loop {
        if market.stopping() {
            return Err(Error::Unavailable("the process is to stop; what was advanced so far stays".into()));
        }
        let next = due::next_instant(market.db().read()).await?.filter(|next| *next <= to);
        steps += 1;
        // Requests that charge meanwhile make new instants, a moment ahead each: they must not keep the walk for ever.
        let stride = if steps > MOST_STEPS { STRIDE } else { TimeDelta::zero() };
        at = next.unwrap_or(to).max(at + stride).min(to);
        if kept == Kept::Stored {
            store(market, at).await?;
            failpoint::at(Step::ClockStored).await?;
        }
        let still = market.frozen_at(at);
        for (job, report) in all_that_is_due(&still, at).await? {
            job::record(&still, job, at, &report).await?;
            advanced.total_runs += 1;
            if advanced.runs.len() < MOST_RUNS {
                advanced.runs.push(Run { job, scheduled_at: at, report });
            }
        }
        if at >= to {
            return Ok(advanced);
        }
    }
}

/// Runs every job until nothing is due at this instant: one may make something due for another, and what a worker has locked
/// has to be waited for. Returns the reports of those that had work.
async fn all_that_is_due(market: &Marketplace, at: DateTime<Utc>) -> Result<BTreeMap<Job, Report>> {
    let mut reports: BTreeMap<Job, Report> = BTreeMap::new();
    for _ in 0..TRIES {
        let mut quiet = true;
        for job in Job::BUSINESS {
            let report = job.run(market).await;
            quiet &= !report.had_work();
            reports.entry(job).or_default().add(report);
        }
        if quiet && due::next_instant(market.db().read()).await?.is_none_or(|next| next > at) {
            reports.retain(|_, report| report.had_work());
            return Ok(reports);
        }
        if quiet {
            tokio::time::sleep(WAIT).await;
        }
    }
    Err(Error::Conflict)
}

/// Stores that business time is `at` now. Real time has passed meanwhile: the clock never goes back for it.
async fn store(market: &Marketplace, at: DateTime<Utc>) -> Result<()> {
    let ahead = (at - market.real_now()).num_microseconds().unwrap_or(0);
    sandbox_clock::Entity::update_many()
        .col_expr(sandbox_clock::Column::OffsetMicros, Expr::value(ahead))
        .filter(sandbox_clock::Column::OffsetMicros.lt(ahead))
        .exec(market.db().writer()?)
        .await?;
    Ok(())
}

/// Keeps other processes from advancing the clock; a SQLite database has one process.
async fn alone(market: &Marketplace) -> Result<Option<Transaction>> {
    if market.db().backend() == DbBackend::Sqlite {
        return Ok(None);
    }
    let transaction = market.db().begin(None).await?;
    let sql = format!("select pg_try_advisory_xact_lock({LOCK}) as locked");
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    match row.map(|row| row.try_get::<bool>("", "locked")).transpose()? {
        Some(true) => Ok(Some(transaction)),
        Some(false) | None => Err(Error::Conflict),
    }
}
