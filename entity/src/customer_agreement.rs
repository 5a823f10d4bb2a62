//! A version of the Customer Agreement; the newest published one is the current.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A version of the Customer Agreement; the newest published one is the current.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_agreement")]
pub struct Model {
    /// The version's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// Where its text can be read.
    pub url: String,
    /// When it became the current one.
    pub published_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
