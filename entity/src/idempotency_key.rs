//! A key under which a caller sent an operation.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A key under which a caller sent an operation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The caller's tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// The operation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the input.
    pub input_hash: Vec<u8>,
    /// The object that the operation made or changed.
    pub result_id: Uuid,
    /// When it was used first, by the real clock.
    pub created_at: DateTime<Utc>,
    /// When it is forgotten, by the real clock; none: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
