//! A customer: an organization whose people use apps.

use crate::id::{Hash, OrganizationId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A customer: an organization whose people use apps.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// ISO 3166 alpha-2 code of its country.
    pub country: String,
    /// The version of its event stream.
    pub version: i64,
    /// The hash of its last event.
    pub event_hash: Hash,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
