//! The state of a run of a job.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a run of a job is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum JobRunStatus {
    /// A worker is at it, or takes it over when its lease has ended.
    #[sea_orm(string_value = "RUNNING")]
    #[serde(rename = "RUNNING")]
    Running,
    /// It did what was due.
    #[sea_orm(string_value = "DONE")]
    #[serde(rename = "DONE")]
    Done,
    /// Something stopped it, and it said so. The next tick goes on.
    #[sea_orm(string_value = "FAILED")]
    #[serde(rename = "FAILED")]
    Failed,
    /// It never came to an end, however often it was begun.
    #[sea_orm(string_value = "DEAD")]
    #[serde(rename = "DEAD")]
    Dead,
}
