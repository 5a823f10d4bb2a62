//! The key of a machine that acts for an organization, a publisher or a partner. Only a hash of its secret is stored.

use crate::{
    id::{ApiKeyId, OrganizationId, PartnerId, PublisherId, UserId},
    state::{ApiKeyScope, Role},
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The key of a machine that acts for an organization, a publisher or a partner. Only a hash of its secret is stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// The organization that it acts for, or else somebody else.
    pub organization_id: Option<OrganizationId>,
    /// The publisher that it acts for, or else somebody else.
    pub publisher_id: Option<PublisherId>,
    /// The partner that it acts for, or else somebody else.
    pub partner_id: Option<PartnerId>,
    /// What it is for.
    pub name: String,
    /// The readable beginning of the secret, by which it is found.
    pub prefix: String,
    /// SHA-256 of the whole secret.
    pub hash: Vec<u8>,
    /// Whether it may change anything.
    pub scope: ApiKeyScope,
    /// The role in which it acts for an organization.
    pub role: Option<Role>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The member who created it.
    pub created_by: Option<UserId>,
    /// From when on it is not valid any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
