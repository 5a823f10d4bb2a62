//! Words of whoever cancelled a subscription: beside the chain of events, not in it, so that they can be erased.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::id::{OrganizationId, SubscriptionId};

/// Words of whoever cancelled a subscription.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cancellation_note")]
pub struct Model {
    /// What was cancelled.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscription_id: SubscriptionId,
    /// Its customer.
    pub organization_id: OrganizationId,
    /// The words.
    pub note: String,
    /// When they were written.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
