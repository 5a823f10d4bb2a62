//! That an organization accepted a version of the Customer Agreement.

use crate::id::{OrganizationId, UserId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// That an organization accepted a version of the Customer Agreement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement_acceptance")]
pub struct Model {
    /// Who is bound.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// What was accepted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// When.
    pub accepted_at: DateTime<Utc>,
    /// By whom.
    pub accepted_by: Option<UserId>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
