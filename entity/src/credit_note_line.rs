//! What a credit note takes back: one line of its invoice, whole. A line is credited once.

use crate::id::{CreditNoteId, InvoiceId, OrganizationId, PartnerId, SubscriptionId};
use sea_orm::entity::prelude::*;

/// What a credit note takes back: one line of its invoice, whole. A line is credited once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_note_line")]
pub struct Model {
    /// The invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub invoice_id: InvoiceId,
    /// The position of the line on the invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The credit note that takes it back.
    pub credit_note_id: CreditNoteId,
    /// What had been charged.
    pub subscription_id: SubscriptionId,
    /// The organization that was billed, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that was billed, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// The line's amount, in minor units, without tax.
    pub amount: i64,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
