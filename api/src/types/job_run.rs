//! Runs of scheduled jobs.

use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, encode},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::view;
use entity::job_run::Model;

/// How far a run of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::JobRunStatus")]
pub(crate) enum JobRunStatus {
    /// A worker is at it, or takes it over soon from one that ended.
    Running,
    /// It did what was due, or set it aside.
    Done,
    /// Something stopped it; `error` says what. The next scheduled run goes on.
    Failed,
    /// It never came to an end: whoever ran it ended or hung, three times. The next scheduled run begins anew.
    Dead,
}

/// One run of a scheduled job. Runs without work are deleted after a day, all others after 90.
#[derive(Debug, Clone, Description)]
pub(crate) struct JobRun(pub(crate) Model);

#[Object(use_type_description)]
impl JobRun {
    /// The run's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::JobRun, self.0.id.0)
    }

    /// The job's name: `renew-subscriptions`, `expire-subscriptions`, `collect-payments`, `refund-payments`,
    /// `disable-lapsed-apps`, `announce-endings`, `expire-proposals`, `prune-records`.
    async fn job(&self) -> &str {
        &self.0.job
    }

    /// The tick that it ran for. In an advanced sandbox, the business time.
    async fn scheduled_at(&self) -> DateTime<Utc> {
        self.0.scheduled_at
    }

    /// When it began, by the real clock.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// How far it is.
    async fn status(&self) -> JobRunStatus {
        self.0.status.into()
    }

    /// How often it was begun, but for what a worker that stopped handed over. At most three times, then it is `DEAD`.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// How many scheduled times before it no worker was there for. It makes up for all of them.
    async fn missed_ticks(&self) -> i64 {
        self.0.missed_ticks
    }

    /// When it ended, by the real clock; null while it runs, or until somebody takes over what a dead process left.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// How many rows it changed.
    async fn changed(&self) -> i64 {
        self.0.changed
    }

    /// How many rows it left because someone else was there first.
    async fn skipped(&self) -> i64 {
        self.0.skipped
    }

    /// How many rows it set aside because they failed. They are tried again by themselves.
    async fn failed(&self) -> i64 {
        self.0.failed
    }

    /// What went wrong first.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}

#[derive(Default)]
pub(crate) struct JobRunQuery;

#[Object]
impl JobRunQuery {
    /// Runs of scheduled jobs, the latest first. For the operator.
    async fn job_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<JobRun>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = view::job_run::job_runs(&caller.market, caller.actor(), &slice, wants_total(ctx)).await;
        Ok(page.map_err(top_level)?.map(JobRun).into())
    }
}
