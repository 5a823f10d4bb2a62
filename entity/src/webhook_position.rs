//! How far the feed of events has been turned into messages. One row.

use sea_orm::entity::prelude::*;

/// How far the feed of events has been turned into messages. One row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_position")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The place in the feed: the transaction.
    pub xid: i64,
    /// The place in the feed: the position.
    pub position: i64,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
