//! Where events are sent: an HTTPS address of an organization, a publisher or a partner.

use crate::{
    id::{OrganizationId, PartnerId, PublisherId, WebhookEndpointId},
    state::WebhookDisabledReason,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Where events are sent: an HTTPS address of an organization, a publisher or a partner.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoint")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    /// The organization that it belongs to, or else somebody else.
    pub organization_id: Option<OrganizationId>,
    /// The publisher that it belongs to, or else somebody else.
    pub publisher_id: Option<PublisherId>,
    /// The partner that it belongs to, or else somebody else.
    pub partner_id: Option<PartnerId>,
    /// The address.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// The types of events that it gets, with spaces between.
    pub event_types: String,
    /// The place in the feed behind which its events begin: the transaction.
    pub begins_xid: i64,
    /// The place in the feed behind which its events begin: the position.
    pub begins_position: i64,
    /// When the first of the attempts was made that have all failed since.
    pub failing_since: Option<DateTime<Utc>>,
    /// Since when nothing is sent to it.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Why nothing is sent to it.
    pub disabled_reason: Option<WebhookDisabledReason>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was removed.
    pub removed_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
