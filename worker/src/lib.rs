//! The worker: an alarm clock for the scheduled jobs. No rules; each job is one call into the domain.
//!
//! Every worker process ticks; the run of a tick is a row in the database, so one of them takes it and the others pass. A
//! tick that is lost costs a minute, one that comes twice changes nothing.

mod alarm;
mod jobs;
mod schedule;
mod watch;
mod webhooks;

use alarm::{Alarm, Wake};
use apalis::prelude::{BoxDynError, Data, Monitor, WorkerBuilder};
use cron::Schedule;
use domain::{
    Marketplace,
    job::{self, Held, Job, Ran, held, tick},
    sweep::Report,
};
use futures::{FutureExt, StreamExt};
use schedule::When;
use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, Notify},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use watch::Watchdog;

/// How long a run may take to end after the process was asked to stop.
const SHUTDOWN_TIME: Duration = Duration::from_secs(30);

/// Why the worker could not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A schedule of ours is none.
    #[error("the schedule {0:?} cannot be read")]
    Schedule(String),
    /// The runner ended by itself.
    #[error("the runner of jobs ended: {0}")]
    Runner(String),
    /// Nothing can be sent from this machine.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(String),
    /// There is no thread for the watchdog.
    #[error("nobody can watch over the jobs: {0}")]
    Watchdog(#[from] std::io::Error),
}

/// A job and when it runs.
#[derive(Debug, Clone, Copy)]
struct Scheduled {
    job: Job,
    when: When,
}

/// What the runner of a job needs.
#[derive(Clone)]
struct Runner {
    market: Marketplace,
    job: Job,
    schedule: Arc<Schedule>,
    watchdog: Watchdog,
    /// Held while a run of the job goes on in this process: one that takes longer than a minute must not be joined by the next.
    running: Arc<Mutex<()>>,
}

/// Runs the scheduled jobs and sends webhooks until the process is to stop; what has begun is finished, or handed over.
///
/// # Errors
/// When a schedule cannot be read, the runner ends by itself, or nothing can be sent from this machine.
pub async fn run(market: Marketplace, stopping: CancellationToken) -> Result<(), Error> {
    let post = webhooks::post(&market)?;
    let settings = market.settings().jobs.clone();
    let watchdog = Watchdog::start(settings.patience)?;
    market.pulse().begin(market.real_now());
    let mut monitor = Monitor::new();
    let mut left_behind = BTreeMap::new();
    for Scheduled { job, when } in jobs::ALL {
        let schedule = Arc::new(when.schedule(settings.sweep_every).map_err(Error::Schedule)?);
        let left = Arc::new(Notify::new());
        left_behind.insert(job, left.clone());
        let looks = when.looks_at_start();
        let alarm = Alarm { market: market.clone(), job, schedule: schedule.clone(), left, looks };
        let runner = Runner {
            market: market.clone(),
            job,
            schedule,
            watchdog: watchdog.clone(),
            running: Arc::default(),
        };
        let process = market.process_name().to_owned();
        monitor = monitor.register(move |restart| {
            // A name of its own for each start: a runner that takes over a dead one's name takes over its state.
            WorkerBuilder::new(format!("{}-{process}-{restart}", job.name()))
                .backend(alarm.clone().wakes().boxed())
                .data(runner.clone())
                .build(woken)
        });
    }
    let asked = stopping.clone();
    // Begins to count when the process is asked to stop.
    let late = async { tokio::time::sleep(SHUTDOWN_TIME).await };
    let runs = monitor.should_restart(|_, _| true).with_terminator(late).run_with_signal(async move {
        asked.cancelled().await;
        Ok(())
    });
    let runs = async {
        let outcome = runs.await.map_err(|error| Error::Runner(error.to_string()));
        // Nothing else goes on when the alarm clock has ended.
        market.stop();
        stopping.cancel();
        outcome
    };
    let looks = watch::look_after(&market, &left_behind, &stopping);
    let (ran, (), ()) = tokio::join!(runs, webhooks::run(&market, &post), looks);
    ran
}

async fn woken(wake: Wake, runner: Data<Runner>) -> Result<(), BoxDynError> {
    let Ok(_alone) = runner.running.try_lock() else {
        tracing::debug!(job = runner.job.name(), "the run before is still at it");
        return Ok(());
    };
    // A job that panics must not take its alarm clock with it.
    if AssertUnwindSafe(runner.follow(wake)).catch_unwind().await.is_err() {
        tracing::error!(job = runner.job.name(), "a run panicked");
    }
    runner.watchdog.forget(runner.job);
    Ok(())
}

impl Runner {
    /// Does what it was woken for, if nobody else was faster.
    async fn follow(&self, wake: Wake) {
        let (market, job) = (&self.market, self.job);
        let taken = match wake {
            Wake::Tick(at) => {
                let between = |from, to| alarm::between(&self.schedule, from, to);
                tick::take(market, job, at, &between).await
            }
            Wake::Look => tick::by_hand(market, job, market.real_now()).await,
            Wake::Left => held::take_over(market, job).await,
        };
        match taken {
            Ok(Some(held)) => self.run(held).await,
            Ok(None) => tracing::debug!(job = job.name(), "somebody else was faster"),
            Err(error) => tracing::error!(job = job.name(), %error, "a run cannot be taken"),
        }
    }

    /// Runs what it holds, and writes a line about it if it had work or failed.
    async fn run(&self, held: Held) {
        let (started, job, attempts) = (Instant::now(), self.job, held.attempts());
        self.watchdog.watch(job, held.progress().clone());
        let outcome = job::run(&self.market, held).await;
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Ran::Ended(report)) => {
                tell(job, &report, seconds, "ended");
                if !report.broken {
                    self.market.pulse().swept(self.market.real_now());
                }
            }
            Ok(Ran::HandedOver(report)) => {
                tell(job, &report, seconds, "handed over");
            }
            Ok(Ran::GivenUp(why)) => {
                tracing::error!(job = job.name(), attempts, why, seconds, "job run given up");
            }
            Err(error) => tracing::error!(job = job.name(), %error, seconds, "job run failed"),
        }
    }
}

/// Tells of a run in the metrics, and in the log if it had work.
fn tell(job: Job, report: &Report, seconds: f64, how: &str) {
    metrics::histogram!("tenure_job_duration_seconds", "job" => job.name()).record(seconds);
    let size = u32::try_from(report.changed + report.skipped + report.failed).unwrap_or(u32::MAX);
    metrics::histogram!("tenure_job_rows", "job" => job.name()).record(size);
    for (result, rows) in
        [("changed", report.changed), ("skipped", report.skipped), ("failed", report.failed)]
    {
        let counter = metrics::counter!("tenure_job_rows_total", "job" => job.name(), "result" => result);
        counter.increment(rows.unsigned_abs());
    }
    if !report.had_work() && !report.unfinished {
        tracing::debug!(job = job.name(), duration_ms = seconds * 1000.0, "job run without work");
        return;
    }
    tracing::info!(
        job = job.name(),
        changed = report.changed,
        skipped = report.skipped,
        failed = report.failed,
        error = report.error,
        how,
        duration_ms = seconds * 1000.0,
        "job run"
    );
}
