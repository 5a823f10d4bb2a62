//! A message to one endpoint: the body that every attempt sends, and what has become of it.

use crate::{
    id::{OrganizationId, WebhookDeliveryId, WebhookEndpointId},
    state::WebhookDeliveryStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A message to one endpoint: the body that every attempt sends, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// Where it goes.
    pub webhook_endpoint_id: WebhookEndpointId,
    /// The organization that the endpoint belongs to, if it does.
    pub organization_id: Option<OrganizationId>,
    /// The id by which receivers recognize it, the same in every attempt.
    pub message_id: String,
    /// The type of what it tells.
    pub r#type: String,
    /// What is sent.
    pub body: String,
    /// The stream of the event that it tells, if it tells one.
    pub stream_id: Option<Uuid>,
    /// The version of that stream.
    pub seq: Option<i64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What has become of it.
    pub status: WebhookDeliveryStatus,
    /// How many attempts were made.
    pub attempts: i64,
    /// How many of them count for the schedule: those since it was last sent again on request.
    pub tries: i64,
    /// When the next attempt is due; none when none is.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Until when a process has it to send; another takes it over then.
    pub leased_until: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
