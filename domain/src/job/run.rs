//! Running what is held: the lease is extended as long as the run makes progress, and a run that makes none is cut off.

use super::{Held, Job, tick};
use crate::{
    Error, Marketplace, Result,
    failpoint::{self, Step},
    sweep::Report,
};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio::time::{Instant, sleep};

/// What became of a run in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It came to its end.
    Ended(Report),
    /// The process is to stop, or somebody else has taken the run over: others go on.
    HandedOver(Report),
    /// It was cut off, or it panicked: it is begun again, or dead.
    GivenUp(String),
}

/// Runs what is held to its end, or as far as it comes.
///
/// # Errors
/// What the database said when the end was to be recorded: then the run is taken over when its lease has ended.
pub async fn run(market: &Marketplace, held: Held) -> Result<Ran> {
    failpoint::at(Step::TickTaken).await?;
    let within = market.telling(held.progress.clone());
    let running = AssertUnwindSafe(held.job.run(&within)).catch_unwind();
    // Side by side, so that a run which waits for a connection of the database keeps its lease, and the other way round.
    let ran = tokio::select! {
        ran = running => ran,
        () = keep(market, &held) => {
            let why = format!("it did nothing for {} s and was cut off", market.settings().jobs.patience.as_secs());
            held.give_up(market, &why).await?;
            return Ok(Ran::GivenUp(why));
        }
    };
    failpoint::at(Step::JobEnded).await?;
    match ran {
        Ok(report) if report.unfinished => {
            held.hand_over(market, &report).await?;
            Ok(Ran::HandedOver(report))
        }
        Ok(report) => {
            held.finish(market, &report).await?;
            Ok(Ran::Ended(report))
        }
        Err(_) => {
            let why = "it panicked".to_owned();
            held.give_up(market, &why).await?;
            Ok(Ran::GivenUp(why))
        }
    }
}

/// Extends the lease; returns when the run has made no progress for as long as it may.
async fn keep(market: &Marketplace, held: &Held) {
    let jobs = &market.settings().jobs;
    let (mut steps, mut since) = (held.progress.steps(), Instant::now());
    loop {
        sleep((jobs.lease / 3).min(jobs.patience / 2)).await;
        let now = held.progress.steps();
        if now != steps {
            (steps, since) = (now, Instant::now());
        }
        if since.elapsed() >= jobs.patience {
            return;
        }
        match held.extend(market).await {
            Ok(true) => {}
            Ok(false) => held.progress.lose(),
            Err(error) => tracing::warn!(job = held.job.name(), %error, "a lease cannot be extended"),
        }
    }
}

/// Runs a job now, for whoever asks by hand, and records the run. None when there was one at this very instant.
///
/// # Errors
/// What the database said when the run was recorded, or that it had to be cut off. What went wrong in it is in the report.
pub async fn run_tick(market: &Marketplace, job: Job, at: DateTime<Utc>) -> Result<Option<Report>> {
    let Some(held) = tick::by_hand(market, job, at).await? else { return Ok(None) };
    match run(market, held).await? {
        Ran::Ended(report) | Ran::HandedOver(report) => Ok(Some(report)),
        Ran::GivenUp(why) => Err(Error::internal(format!("the run of {} was given up: {why}", job.name()))),
    }
}
