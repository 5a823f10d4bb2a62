//! What lets a partner buy for an organization.

use crate::{
    id::{OrganizationId, PartnerId, PartnershipId},
    state::PartnershipStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What lets a partner buy for an organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partnership")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartnershipId,
    /// The customer.
    pub organization_id: OrganizationId,
    /// The partner.
    pub partner_id: PartnerId,
    /// How far it has come.
    pub status: PartnershipStatus,
    /// When the partner asked for it.
    pub requested_at: DateTime<Utc>,
    /// When an owner of the organization approved it.
    pub approved_at: Option<DateTime<Utc>>,
    /// When either side ended it.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
