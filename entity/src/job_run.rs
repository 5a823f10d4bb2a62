//! One run of a scheduled job, unique by job and scheduled time.

use crate::{id::JobRunId, state::JobRunStatus};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One run of a scheduled job, unique by job and scheduled time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobRunId,
    /// The job's name.
    pub job: String,
    /// The tick that it ran for.
    pub scheduled_at: DateTime<Utc>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; none while it runs, or if it was left by a program that knew no leases.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many rows it changed.
    pub changed: i64,
    /// How many it left because someone else had been there first.
    pub skipped: i64,
    /// How many it set aside.
    pub failed: i64,
    /// What went wrong first.
    pub error: Option<String>,
    /// How far it is.
    pub status: JobRunStatus,
    /// How often it was begun, but for what was handed over.
    pub attempts: i64,
    /// How many ticks before it nobody was there for: it makes up for them.
    pub missed_ticks: i64,
    /// The process that holds it, or held it last.
    pub worker: Option<String>,
    /// Until when that holds it, if it is still running: who finds a later time takes it over.
    pub lease_until: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
