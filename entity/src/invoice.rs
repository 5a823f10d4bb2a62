//! A document that asks a billing profile for money. Only its status, amount due and payment follow-up ever change.

use crate::{
    id::{BillingProfileId, InvoiceId, OrganizationId, PartnerId},
    state::InvoiceStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A document that asks a billing profile for money. Only its status, amount due and payment follow-up ever change.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    /// Its number, without gaps.
    pub number: i64,
    /// Who is billed.
    pub billing_profile_id: BillingProfileId,
    /// The organization that the profile belongs to, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that the profile belongs to, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// ISO 4217 code of all its amounts.
    pub currency: String,
    /// Sum of the lines, in minor units.
    pub subtotal: i64,
    /// The rate of the tax, in thousandths of a percent: 19 % is 19000.
    pub tax_rate: i64,
    /// Tax on the subtotal, in minor units.
    pub tax: i64,
    /// Subtotal and tax.
    pub total: i64,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// The seller as it was then: JSON with name, address and tax id.
    pub seller: String,
    /// The profile as it was then: JSON with name, contact, address, tax id and order number.
    pub bill_to: String,
    /// How many lines it has: none is added afterwards.
    pub line_count: i64,
    /// What payments and credit notes have made of it.
    pub status: InvoiceStatus,
    /// What is still to be paid, in minor units.
    pub amount_due: i64,
    /// When it was paid in full.
    pub paid_at: Option<DateTime<Utc>>,
    /// When the next automatic charge falls due.
    pub collect_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `billing_profile_id` names.
    #[sea_orm(
        belongs_to = "super::billing_profile::Entity",
        from = "Column::BillingProfileId",
        to = "super::billing_profile::Column::Id"
    )]
    BillingProfile,
}

impl Related<super::billing_profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BillingProfile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
