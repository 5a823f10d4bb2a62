//! The sandbox clock: a year of a subscription in a second.
//!
//! It goes from one due time to the next, runs what falls due there, stores the clock and repeats, so that an interrupted
//! call leaves a consistent state and can be repeated.

use crate::{By, Code, Error, Marketplace, Now, Result, access, job, job::Job, store::due, sweep::Report};
use chrono::{DateTime, Utc};
use entity::sandbox_clock;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Set, Statement};
use std::collections::BTreeMap;

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
    if to < from.business {
        return Err(Error::invalid("to", format!("the clock only goes forward; it shows {}", from.business.to_rfc3339())));
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
pub async fn walk(market: &Marketplace, from: DateTime<Utc>, to: DateTime<Utc>, kept: Kept) -> Result<Advanced> {
    let mut advanced = Advanced { now: to, runs: Vec::new(), total_runs: 0 };
    let mut at = from;
    loop {
        let next = due::next_instant(market.db().read()).await?.filter(|next| *next <= to);
        at = next.unwrap_or(to).max(at);
        let now = Now { real: market.real_now(), business: at };
        for (job, report) in run_all(market, now).await? {
            job::record(market, job, now, &report).await?;
            advanced.total_runs += 1;
            if advanced.runs.len() < MOST_RUNS {
                advanced.runs.push(Run { job, scheduled_at: at, report });
            }
        }
        if kept == Kept::Stored {
            store(market, at).await?;
        }
        if due::next_instant(market.db().read()).await?.is_some_and(|next| next <= at) {
            return Err(Error::Conflict);
        }
        if at >= to {
            return Ok(advanced);
        }
    }
}

/// Runs every job until none has work any more: one may make something due for another. Returns the reports of those that
/// had work.
async fn run_all(market: &Marketplace, now: Now) -> Result<BTreeMap<Job, Report>> {
    let mut reports: BTreeMap<Job, Report> = BTreeMap::new();
    loop {
        let mut quiet = true;
        for job in Job::BUSINESS {
            let report = job.run(market, now).await?;
            quiet &= !report.had_work();
            reports.entry(job).or_default().add(report);
        }
        if quiet {
            reports.retain(|_, report| report.had_work());
            return Ok(reports);
        }
    }
}

/// Stores that business time is `at` now.
async fn store(market: &Marketplace, at: DateTime<Utc>) -> Result<()> {
    let ahead = (at - market.real_now()).num_microseconds().unwrap_or(i64::MAX).max(0);
    let row = sandbox_clock::ActiveModel { id: Set(1), offset_micros: Set(ahead) };
    sandbox_clock::Entity::update(row).exec(market.db().writer()).await?;
    Ok(())
}

/// Keeps other processes from advancing the clock; a SQLite database has one process.
async fn alone(market: &Marketplace) -> Result<Option<DatabaseTransaction>> {
    if market.db().backend() == DbBackend::Sqlite {
        return Ok(None);
    }
    let transaction = market.db().begin().await?;
    let sql = format!("select pg_try_advisory_xact_lock({LOCK}) as locked");
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    match row.map(|row| row.try_get::<bool>("", "locked")).transpose()? {
        Some(true) => Ok(Some(transaction)),
        Some(false) | None => Err(Error::Conflict),
    }
}
