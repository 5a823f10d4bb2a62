//! A question to the publisher of an app.

use crate::id::{OrganizationId, PartnerId, PublisherId, SubscriptionId, SupportRequestId, UserId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A question to the publisher of an app.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_request")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SupportRequestId,
    /// About which subscription.
    pub subscription_id: SubscriptionId,
    /// The customer.
    pub organization_id: OrganizationId,
    /// Who is asked.
    pub publisher_id: PublisherId,
    /// The partner that asks, if one does.
    pub partner_id: Option<PartnerId>,
    /// The user who asks, if one does.
    pub requested_by: Option<UserId>,
    /// What it is about.
    pub subject: String,
    /// The question.
    pub message: String,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
