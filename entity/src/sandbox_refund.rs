//! What the sandbox gateway was asked to give back, and whether it did.

use crate::{
    id::{PaymentId, RefundId},
    state::SandboxOutcome,
};
use sea_orm::entity::prelude::*;

/// What the sandbox gateway was asked to give back, and whether it did.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sandbox_refund")]
pub struct Model {
    /// The refund.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    /// The charge.
    pub charge_id: PaymentId,
    /// How much, in minor units.
    pub amount: i64,
    /// Whether it did.
    pub outcome: SandboxOutcome,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
