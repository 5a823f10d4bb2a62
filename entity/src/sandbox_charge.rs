//! The memory of the sandbox gateway: what it was asked to charge.

use crate::{
    id::{PaymentId, PaymentMethodId},
    state::SandboxOutcome,
};
use sea_orm::entity::prelude::*;

/// The memory of the sandbox gateway: what it was asked to charge.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sandbox_charge")]
pub struct Model {
    /// The idempotency key of the charge.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    /// The method that was charged.
    pub payment_method_id: PaymentMethodId,
    /// The token of the method.
    pub token: String,
    /// How much, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// How it went.
    pub outcome: SandboxOutcome,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
