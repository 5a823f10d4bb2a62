//! A person of an organization. Everybody belongs to one organization.

use crate::{
    id::{OrganizationId, UserId},
    state::Role,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A person of an organization. Everybody belongs to one organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    /// Their id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Their organization.
    pub organization_id: OrganizationId,
    /// Their name.
    pub name: String,
    /// Their e-mail address, unique in any case of letters.
    pub email: String,
    /// Their role in the organization; without one they see only their own licences.
    pub role: Option<Role>,
    /// When they were added.
    pub created_at: DateTime<Utc>,
    /// The identity provider that they came from first; none while they are only invited.
    pub issuer: Option<String>,
    /// Who they are there.
    pub subject: Option<String>,
    /// When they first came.
    pub bound_at: Option<DateTime<Utc>>,
    /// When they were removed from the organization.
    pub removed_at: Option<DateTime<Utc>>,
    /// When their name and e-mail address were erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
