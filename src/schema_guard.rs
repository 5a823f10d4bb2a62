//! The watch over the database's guards: at start, and every hour. While one of them is missing, or a row is there that none of
//! them would have let in, nothing is written.

use crate::program::{Failure, Result};
use domain::Database;
use migration::guard;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What an operator does next.
const NEXT: &str = "bring back what is missing as the owner of the tables, and look at what was written meanwhile with `tenure audit verify`: see the README, \"When a guard is missing\"";

/// How often it is looked.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// While all is well.
    pub well: Duration,
    /// While something is wrong, or the database did not answer.
    pub unwell: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { well: Duration::from_secs(60 * 60), unwell: Duration::from_secs(60) }
    }
}

/// Looks once, and refuses what is wrong.
///
/// # Errors
/// Everything that is wrong, or what the database said.
pub async fn insist(db: &Database) -> Result<()> {
    let findings = guard::findings(&db.read_whole()).await?;
    if findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("the database does not keep the law:\n- {}\n{NEXT}", findings.join("\n- "))))
}

/// Looks again and again. What it finds stops this process from writing, until it is gone.
pub async fn watch(db: Database, rhythm: Rhythm, stopping: CancellationToken) {
    let mut wait = rhythm.well;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = match guard::findings(&db.read_whole()).await {
            Ok(findings) => {
                heed(&db, &findings);
                if findings.is_empty() { rhythm.well } else { rhythm.unwell }
            }
            // What is not known changes nothing.
            Err(error) => {
                tracing::warn!(%error, "the guards of the database could not be looked at");
                rhythm.unwell
            }
        };
    }
}

/// Stops writing for what was found, or goes on.
fn heed(db: &Database, findings: &[String]) {
    say(findings);
    match findings.first() {
        Some(first) => {
            for finding in findings {
                tracing::error!(
                    finding,
                    next = NEXT,
                    "the database does not keep the law: nothing is written"
                );
            }
            db.stop_writing(&format!("the database does not keep the law ({first}); {NEXT}"));
        }
        None if db.writing_stopped().is_some() => {
            tracing::info!("the database keeps the law again: writing goes on");
            db.go_on_writing();
        }
        None => {}
    }
}

/// Tells what was found by metrics.
pub(crate) fn say(findings: &[String]) {
    metrics::gauge!("tenure_schema_guard_ok").set(if findings.is_empty() { 1.0 } else { 0.0 });
    metrics::gauge!("tenure_schema_guard_findings")
        .set(f64::from(u32::try_from(findings.len()).unwrap_or(u32::MAX)));
}
