//! That an organization accepted a version of the Customer Agreement.

use crate::id::{OrganizationId, PartnerId, UserId};
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
    /// By whom, of the organization's own people.
    pub accepted_by: Option<UserId>,
    /// The partner that attested it.
    pub attested_by: Option<PartnerId>,
    /// When the partner did.
    pub attested_at: Option<DateTime<Utc>>,
    /// Who accepted it, as the partner says: their name.
    pub attested_name: Option<String>,
    /// Their e-mail address.
    pub attested_email: Option<String>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
