//! A row whose change failed: it is tried again by itself and blocks no other.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A row whose change failed: it is tried again by itself and blocks no other.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "set_aside")]
pub struct Model {
    /// The job that failed on it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: String,
    /// The row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// How often it failed in a row.
    pub failures: i64,
    /// How it failed last.
    pub error: String,
    /// When it is tried again, by the real clock.
    pub retry_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
