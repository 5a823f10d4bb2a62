//! One charge on an invoice, for one subscription.

use crate::{
    id::{InvoiceId, OrganizationId, PublisherId, SubscriptionId},
    state::InvoiceLineKind,
};
use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// One charge on an invoice, for one subscription.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_line")]
pub struct Model {
    /// The invoice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub invoice_id: InvoiceId,
    /// Its place on it, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// What is charged.
    pub subscription_id: SubscriptionId,
    /// The customer of that subscription.
    pub organization_id: OrganizationId,
    /// Its publisher.
    pub publisher_id: PublisherId,
    /// What for.
    pub kind: InvoiceLineKind,
    /// What is charged, in words.
    pub description: String,
    /// The publisher's name then.
    pub publisher_name: String,
    /// How many units.
    pub quantity: i64,
    /// Price of a unit for a whole period, in minor units.
    pub unit_price: i64,
    /// What is charged, in minor units.
    pub amount: i64,
    /// The subscription's period that it belongs to.
    pub period_number: i64,
    /// First day that is charged.
    pub period_start: NaiveDate,
    /// Day after the last.
    pub period_end: NaiveDate,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `invoice_id` names.
    #[sea_orm(
        belongs_to = "super::invoice::Entity",
        from = "Column::InvoiceId",
        to = "super::invoice::Column::Id"
    )]
    Invoice,
    /// The row that `subscription_id` names.
    #[sea_orm(
        belongs_to = "super::subscription::Entity",
        from = "Column::SubscriptionId",
        to = "super::subscription::Column::Id"
    )]
    Subscription,
}

impl Related<super::invoice::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Invoice.def()
    }
}

impl Related<super::subscription::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Subscription.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
