//! A person who runs the marketplace.

use crate::id::OperatorId;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A person who runs the marketplace.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operator")]
pub struct Model {
    /// Their id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OperatorId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// The identity provider that they came from first.
    pub issuer: Option<String>,
    /// Who they are there.
    pub subject: Option<String>,
    /// When they first came.
    pub bound_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
