//! The sandbox clock.

use crate::{
    caller::Caller,
    error::{UserError, answered},
};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::sandbox;

/// How far to advance the clock.
#[derive(Debug, InputObject)]
pub(crate) struct AdvanceClockInput {
    /// The time that the clock shall show. It only goes forward.
    to: DateTime<Utc>,
}

/// A run of a job that the clock passed and that had work.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AdvanceClockJobRun {
    /// The job's name.
    job: &'static str,
    /// The business time at which it ran.
    scheduled_at: DateTime<Utc>,
    /// How many rows it changed.
    changed: i64,
    /// How many rows it set aside because they failed.
    failed: i64,
}

/// What came of advancing the clock.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct AdvanceClockPayload {
    /// The business time now.
    now: Option<DateTime<Utc>>,
    /// The runs that had work, in their order: at most 1,000.
    job_runs: Vec<AdvanceClockJobRun>,
    /// How many runs had work.
    job_run_count: u64,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct SandboxMutation;

#[Object]
impl SandboxMutation {
    /// Advances the sandbox's clock, and runs everything that falls due on the way: renewals, expiries, charges, lapses. For
    /// the operator, in a sandbox.
    async fn advance_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How far.")] input: AdvanceClockInput,
    ) -> Result<AdvanceClockPayload> {
        let caller = Caller::of(ctx);
        let advanced = sandbox::advance_clock(&caller.market, &caller.by, input.to).await;
        Ok(match answered(advanced)? {
            Ok(advanced) => AdvanceClockPayload {
                now: Some(advanced.now),
                job_runs: advanced
                    .runs
                    .into_iter()
                    .map(|run| AdvanceClockJobRun {
                        job: run.job.name(),
                        scheduled_at: run.scheduled_at,
                        changed: run.report.changed,
                        failed: run.report.failed,
                    })
                    .collect(),
                job_run_count: advanced.total_runs as u64,
                user_errors: Vec::new(),
            },
            Err(user_errors) => AdvanceClockPayload { user_errors, ..AdvanceClockPayload::default() },
        })
    }
}
