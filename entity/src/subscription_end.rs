//! The end of a subscription: written once, never changed or deleted.

use crate::{
    id::{OrganizationId, PublisherId, SubscriptionId},
    state::DisabledReason,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The end of a subscription: written once, never changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_end")]
pub struct Model {
    /// What ended.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscription_id: SubscriptionId,
    /// Its customer.
    pub organization_id: OrganizationId,
    /// Its publisher.
    pub publisher_id: PublisherId,
    /// Why.
    pub reason: DisabledReason,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
