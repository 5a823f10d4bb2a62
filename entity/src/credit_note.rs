//! A document that takes back a charge of an invoice.

use crate::id::{CreditNoteId, InvoiceId, OrganizationId, PartnerId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A document that takes back a charge of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_note")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditNoteId,
    /// Its number, without gaps.
    pub number: i64,
    /// The invoice that it corrects.
    pub invoice_id: InvoiceId,
    /// The organization that was billed, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that was billed, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// ISO 4217 code.
    pub currency: String,
    /// The part of the total that is tax, in minor units.
    pub tax: i64,
    /// How much with tax, in minor units.
    pub total: i64,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// How many lines it has: none is added afterwards.
    pub line_count: i64,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
