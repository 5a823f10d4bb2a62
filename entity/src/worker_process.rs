//! A process that works, as long as it is seen.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A process that works, as long as it is seen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "worker_process")]
pub struct Model {
    /// Its name, which no other process has, now or later.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it said last that it is there.
    pub seen_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
