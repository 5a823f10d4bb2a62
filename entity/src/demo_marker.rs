//! That the database holds sample data and may be replaced by the next demo.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// That the database holds sample data and may be replaced by the next demo.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "demo_marker")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// When the demo was made.
    pub made_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
