//! What decides which products are on an invoice, to whom it goes and how it is paid.

use crate::id::{BillingProfileId, Hash, OrganizationId, PartnerId, PaymentMethodId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What decides which products are on an invoice, to whom it goes and how it is paid.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_profile")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BillingProfileId,
    /// The organization that it belongs to, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that it belongs to, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// Its name.
    pub name: String,
    /// ISO 4217 code, fixed when it was created.
    pub currency: String,
    /// The customer's tax id, shown on invoices.
    pub tax_id: Option<String>,
    /// The customer's order number, shown on invoices.
    pub purchase_order_number: Option<String>,
    /// Whom invoices are addressed to.
    pub contact_name: String,
    /// Where that person is reached.
    pub contact_email: String,
    /// First line of the billing address.
    pub line1: String,
    /// Second line of the billing address.
    pub line2: Option<String>,
    /// City of the billing address.
    pub city: String,
    /// State, province or region of the billing address.
    pub region: Option<String>,
    /// Postal code of the billing address.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2 code of the billing address.
    pub country: String,
    /// How its invoices are paid.
    pub payment_method_id: Option<PaymentMethodId>,
    /// The version of its event stream.
    pub version: i64,
    /// The hash of its last event.
    pub event_hash: Hash,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `payment_method_id` names.
    #[sea_orm(
        belongs_to = "super::payment_method::Entity",
        from = "Column::PaymentMethodId",
        to = "super::payment_method::Column::Id"
    )]
    PaymentMethod,
}

impl Related<super::payment_method::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::PaymentMethod.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
