//! One attempt to give money of a payment back; its id is the gateway's idempotency key.

use crate::{
    id::{CreditNoteId, InvoiceId, OrganizationId, PartnerId, PaymentId, RefundId},
    state::RefundStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// One attempt to give money of a payment back; its id is the gateway's idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refund")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefundId,
    /// The payment that is given back, in whole or in part.
    pub payment_id: PaymentId,
    /// The credit note that asks for it; none when a payment came for something that was credited meanwhile.
    pub credit_note_id: Option<CreditNoteId>,
    /// What had been paid.
    pub invoice_id: InvoiceId,
    /// The organization that had paid, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that had paid, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// How much, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// How it went.
    pub status: RefundStatus,
    /// Which attempt it is, from 1.
    pub attempt: i64,
    /// Since when this attempt is owed.
    pub requested_at: DateTime<Utc>,
    /// When its outcome was known.
    pub settled_at: Option<DateTime<Utc>>,
    /// When the gateway is called or asked about an open one; none when it has to be given back by hand.
    pub ask_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// The gateway's name for it.
    pub gateway_reference: Option<String>,
    /// What the operator wrote on one that was given back by hand.
    pub reference: Option<String>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
