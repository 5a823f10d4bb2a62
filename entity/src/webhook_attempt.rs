//! An attempt to send a message, and what was answered.

use crate::id::{OrganizationId, WebhookDeliveryId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// An attempt to send a message, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempt")]
pub struct Model {
    /// The message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub webhook_delivery_id: WebhookDeliveryId,
    /// Which attempt, counted from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The organization that the endpoint belongs to, if it does.
    pub organization_id: Option<OrganizationId>,
    /// When it began.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The HTTP status of the answer, if there was one.
    pub status_code: Option<i64>,
    /// What went wrong, if no answer came or it was not read to its end.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub response: Option<String>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
