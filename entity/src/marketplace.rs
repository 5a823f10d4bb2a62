//! The marketplace as a whole: the head of the event stream of what belongs to no subscription, billing profile or
//! organization.

use crate::id::Hash;
use sea_orm::entity::prelude::*;

/// The marketplace as a whole. There is one row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "marketplace")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The version of its event stream.
    pub version: i64,
    /// The hash of its last event.
    pub event_hash: Hash,
}

/// The id of the one row, and of its stream: the letters of its name.
pub const ID: Uuid = Uuid::from_bytes(*b"the-marketplace.");

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
