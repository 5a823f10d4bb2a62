//! A company that sells apps.

use crate::id::PublisherId;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A company that sells apps.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "publisher")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PublisherId,
    /// Its short name, unique.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where its customers find support.
    pub support_url: String,
    /// Its portal, where purchases are activated; a token is appended to it.
    pub portal_url: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
