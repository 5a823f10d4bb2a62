//! One attempt to pay an invoice; its id is the gateway's idempotency key.

use crate::{
    id::{InvoiceId, OrganizationId, PartnerId, PaymentId, PaymentMethodId},
    state::PaymentStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One attempt to pay an invoice; its id is the gateway's idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    /// What is paid.
    pub invoice_id: InvoiceId,
    /// The organization that pays, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that pays, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// With what.
    pub payment_method_id: Option<PaymentMethodId>,
    /// How much, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// How it went.
    pub status: PaymentStatus,
    /// When it was attempted.
    pub attempted_at: DateTime<Utc>,
    /// When its outcome was known.
    pub settled_at: Option<DateTime<Utc>>,
    /// When the gateway is asked about an open one.
    pub ask_at: Option<DateTime<Utc>>,
    /// Why it was declined.
    pub failure_code: Option<String>,
    /// The gateway's name for the charge.
    pub gateway_reference: Option<String>,
    /// What the operator wrote on a check or wire that was booked.
    pub reference: Option<String>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
