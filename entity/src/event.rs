//! Something that happened, in the stream of the object that it happened to. Append-only and chained by hash.

use crate::{
    id::{ApiKeyId, Hash, OrganizationId, PartnerId, PublisherId},
    state::{ActorKind, EventType, StreamKind},
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Something that happened, in the stream of the object that it happened to. Append-only and chained by hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The object.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream_id: Uuid,
    /// The stream's version after the event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// What kind of object it is.
    pub stream_kind: StreamKind,
    /// What happened.
    pub r#type: EventType,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What kind of actor did it.
    pub actor_kind: ActorKind,
    /// Which one; none for the system.
    pub actor_id: Option<Uuid>,
    /// The API key with which it was done, if it was.
    pub api_key_id: Option<ApiKeyId>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The organization that may see it.
    pub organization_id: Option<OrganizationId>,
    /// The publisher that may see it.
    pub publisher_id: Option<PublisherId>,
    /// The partner that may see it.
    pub partner_id: Option<PartnerId>,
    /// Facts of the event as a JSON object; ids of people, never names.
    pub body: String,
    /// SHA-256 over the event and the hash before it.
    pub hash: Hash,
    /// Its place in the feed, given by the database.
    pub position: i64,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
