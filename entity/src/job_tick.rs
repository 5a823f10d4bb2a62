//! How far the ticks of a job were told: one row for each job that has a schedule.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// How far the ticks of a job were told: one row for each job that has a schedule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_tick")]
pub struct Model {
    /// The job's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: String,
    /// The last tick that a worker took, by the real clock.
    pub ticked_at: DateTime<Utc>,
    /// How many ticks nobody was there for, ever.
    pub missed_ticks: i64,
    /// When a run of it was done last.
    pub done_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
