//! A country in which organizations may buy and be billed: data, not code.

use sea_orm::entity::prelude::*;

/// A country in which organizations may buy and be billed: data, not code.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "supported_country")]
pub struct Model {
    /// ISO 3166 alpha-2 code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub country: String,
    /// The named region that the country belongs to.
    pub region: String,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
