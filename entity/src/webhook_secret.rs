//! A secret that signs what is sent to an endpoint: the one in force, or one that still signs along.

use crate::id::{OrganizationId, WebhookEndpointId, WebhookSecretId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A secret that signs what is sent to an endpoint: the one in force, or one that still signs along.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_secret")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookSecretId,
    /// Whose it is.
    pub webhook_endpoint_id: WebhookEndpointId,
    /// The organization that the endpoint belongs to, if it does.
    pub organization_id: Option<OrganizationId>,
    /// The key of the signature.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it signs along; none for the one in force.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
