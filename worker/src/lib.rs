//! The worker: an alarm clock for the scheduled jobs. No rules; each job is one call into the domain.
//!
//! Every worker process ticks; the run of a tick is a row in the database, so one of them takes it and the others pass. A
//! tick that is lost costs a minute, one that comes twice changes nothing.

mod catch_up;
mod jobs;
mod webhooks;

use apalis::prelude::{BoxDynError, Data, Monitor, WorkerBuilder};
use apalis_cron::{CronScheduler, Tick};
use chrono::{DateTime, Utc};
use cron::Schedule;
use domain::{
    Marketplace,
    job::{self, Job},
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, str::FromStr, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};
use tokio_util::sync::CancellationToken;

/// How long a run may take to end after the process was asked to stop.
const SHUTDOWN_TIME: Duration = Duration::from_secs(30);

/// Why the worker could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A schedule of ours is none.
    #[error("the schedule {0:?} cannot be read")]
    Schedule(&'static str),
    /// The runner ended by itself.
    #[error("the runner of jobs ended: {0}")]
    Runner(String),
    /// Nothing can be sent from this machine.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(String),
}

/// A job and when it runs.
#[derive(Debug, Clone, Copy)]
struct Scheduled {
    job: Job,
    /// Seconds, minutes, hours, days, months, weekdays, in UTC.
    schedule: &'static str,
}

/// Runs the scheduled jobs and sends webhooks until the process is to stop; what has begun is finished.
///
/// # Errors
/// When a schedule cannot be read, the runner ends by itself, or nothing can be sent from this machine.
pub async fn run(market: Marketplace, stopping: CancellationToken) -> Result<(), Error> {
    let process = market.process_name();
    let post = webhooks::post(&market)?;
    let mut monitor = Monitor::new();
    for scheduled in jobs::ALL {
        let schedule =
            Schedule::from_str(scheduled.schedule).map_err(|_| Error::Schedule(scheduled.schedule))?;
        let (market, process) = (market.clone(), process.clone());
        let running = Running::default();
        monitor = monitor.register(move |restart| {
            // A name of its own for each start: a runner that takes over a dead one's name takes over its state.
            WorkerBuilder::new(format!("{}-{process}-{restart}", scheduled.job.name()))
                .backend(CronScheduler::new(schedule.clone()))
                .data(market.clone())
                .data(scheduled.job)
                .data(running.clone())
                .build(tick)
        });
    }
    let asked = stopping.clone();
    let runs =
        monitor.should_restart(|_, _| true).shutdown_timeout(SHUTDOWN_TIME).run_with_signal(async move {
            stopping.cancelled().await;
            Ok(())
        });
    let runs = async {
        let outcome = runs.await.map_err(|error| Error::Runner(error.to_string()));
        // Nothing else goes on when the alarm clock has ended.
        market.stop();
        outcome
    };
    let (ran, (), ()) = tokio::join!(runs, webhooks::run(&market, &post), catch_up::run(&market, &asked));
    ran
}

/// Held while a run of a job goes on in this process: a run that takes longer than a minute must not be joined by the next.
type Running = Arc<Mutex<()>>;

async fn tick(
    tick: Tick,
    market: Data<Marketplace>,
    job: Data<Job>,
    running: Data<Running>,
) -> Result<(), BoxDynError> {
    let Ok(_alone) = running.try_lock() else {
        tracing::debug!(job = job.name(), "the run before is still at it");
        return Ok(());
    };
    let scheduled_at =
        i64::try_from(tick.get_timestamp()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let Some(scheduled_at) = scheduled_at else { return Ok(()) };
    // A job that panics must not take its alarm clock with it.
    let ran = AssertUnwindSafe(run_once(&market, *job, scheduled_at)).catch_unwind().await;
    if ran.is_err() {
        tracing::error!(job = job.name(), "a run panicked");
    }
    Ok(())
}

/// Runs one job for one tick, and writes a line about it if it had work or failed.
async fn run_once(market: &Marketplace, job: Job, scheduled_at: DateTime<Utc>) {
    let started = Instant::now();
    let outcome = job::run_tick(market, job, scheduled_at).await;
    let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
    if let Ok(Some(report)) = &outcome {
        metrics::histogram!("tenure_job_duration_seconds", "job" => job.name()).record(duration_ms / 1000.0);
        for (result, rows) in
            [("changed", report.changed), ("skipped", report.skipped), ("failed", report.failed)]
        {
            let counter = metrics::counter!("tenure_job_rows_total", "job" => job.name(), "result" => result);
            counter.increment(rows.unsigned_abs());
        }
    }
    match outcome {
        Ok(Some(report)) if report.had_work() => tracing::info!(
            job = job.name(),
            changed = report.changed,
            skipped = report.skipped,
            failed = report.failed,
            error = report.error,
            duration_ms,
            "job run"
        ),
        Ok(Some(_) | None) => tracing::debug!(job = job.name(), duration_ms, "job run without work"),
        Err(error) => tracing::error!(job = job.name(), %error, duration_ms, "job run failed"),
    }
}
