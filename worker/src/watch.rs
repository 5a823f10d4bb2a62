//! What a worker does beside running jobs: it says that it is there, wakes the runners of what others left behind, and ends its
//! process when a run hangs that cannot be cut off.

use chrono::{DateTime, Utc};
use domain::{
    Marketplace,
    job::{Job, Progress, health, held},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

/// The longest that nobody looks for runs that were left behind.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How often a worker says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(15);

/// What the process exits with when a run blocks it.
const BLOCKED: i32 = 70;

/// Says that this worker is there, and wakes the runners of jobs of which runs were left behind, until it is to stop.
pub(crate) async fn look_after(
    market: &Marketplace,
    runners: &BTreeMap<Job, Arc<Notify>>,
    stopping: &CancellationToken,
) {
    let started: DateTime<Utc> = market.real_now();
    let every = (market.settings().jobs.lease / 3).min(LONGEST_WAIT);
    let mut beaten: Option<Instant> = None;
    loop {
        if beaten.is_none_or(|at| at.elapsed() >= BEAT_EVERY.min(every * 3)) {
            match health::beat(market, started).await {
                Ok(()) => beaten = Some(Instant::now()),
                Err(error) => tracing::warn!(%error, "this worker cannot say that it is there"),
            }
        }
        match held::abandoned(market).await {
            Ok(jobs) => {
                for runner in jobs.iter().filter_map(|job| runners.get(job)) {
                    runner.notify_one();
                }
            }
            Err(error) => tracing::warn!(%error, "runs that were left behind cannot be looked for"),
        }
        tokio::select! {
            () = stopping.cancelled() => break,
            () = sleep(every) => {}
        }
    }
    if let Err(error) = health::leave(market).await {
        tracing::warn!(%error, "this worker cannot say that it is gone");
    }
}

/// A thread of its own that ends the process when a run blocks: nothing on the runtime's threads could.
#[derive(Debug, Clone)]
pub(crate) struct Watchdog {
    runs: Arc<Mutex<BTreeMap<Job, Watched>>>,
}

#[derive(Debug)]
struct Watched {
    progress: Arc<Progress>,
    steps: u64,
    since: Instant,
}

impl Watchdog {
    /// Begins to watch: a run that makes no progress for this long, although it was cut off before, ends the process.
    pub(crate) fn start(patience: Duration) -> std::io::Result<Self> {
        let runs = Arc::new(Mutex::default());
        let watched = Arc::downgrade(&runs);
        let every = (patience / 4).clamp(Duration::from_millis(100), Duration::from_secs(1));
        // What can be cut off is cut off at the end of its patience.
        let patience = patience + (patience / 2).clamp(Duration::from_secs(5), Duration::from_secs(10));
        thread::Builder::new().name("watchdog".into()).spawn(move || watch(&watched, patience, every))?;
        Ok(Self { runs })
    }

    /// Watches a run until it is forgotten.
    pub(crate) fn watch(&self, job: Job, progress: Arc<Progress>) {
        let watched = Watched { steps: progress.steps(), progress, since: Instant::now() };
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(job, watched);
    }

    /// The run is over.
    pub(crate) fn forget(&self, job: Job) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
    }
}

fn watch(runs: &Weak<Mutex<BTreeMap<Job, Watched>>>, patience: Duration, every: Duration) {
    while let Some(runs) = runs.upgrade() {
        for (job, run) in runs.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            let steps = run.progress.steps();
            if steps != run.steps {
                (run.steps, run.since) = (steps, Instant::now());
            }
            if run.since.elapsed() >= patience {
                tracing::error!(job = job.name(), "a run hangs and cannot be cut off: the process ends");
                std::process::exit(BLOCKED);
            }
        }
        drop(runs);
        thread::sleep(every);
    }
}
