//! A card, known by the gateway's token, or check and wire.

use crate::{
    id::{OperatorId, OrganizationId, PartnerId, PaymentMethodId, UserId},
    state::{PaymentMethodKind, PaymentMethodStatus},
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A card, known by the gateway's token, or check and wire.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_method")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentMethodId,
    /// The organization that it belongs to, or else a partner.
    pub organization_id: Option<OrganizationId>,
    /// The partner that it belongs to, or else an organization.
    pub partner_id: Option<PartnerId>,
    /// Card, or check and wire.
    pub kind: PaymentMethodKind,
    /// What the operator said of it; whether a card has expired follows from its date.
    pub status: PaymentMethodStatus,
    /// The gateway's name for the card. Card numbers never reach us.
    pub gateway_token: Option<String>,
    /// The gateway's customer to whom the card is attached, if it has such.
    pub gateway_customer: Option<String>,
    /// The card's brand.
    pub brand: Option<String>,
    /// The last four digits of its number.
    pub last4: Option<String>,
    /// The last month of its validity, 1 to 12.
    pub expiry_month: Option<i64>,
    /// The year of that month.
    pub expiry_year: Option<i64>,
    /// Who added it.
    pub added_by: Option<UserId>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When the operator last approved or refused it.
    pub decided_at: Option<DateTime<Utc>>,
    /// The operator who did.
    pub decided_by: Option<OperatorId>,
    /// When it was removed. Payments that were made with it still point to it.
    pub removed_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
