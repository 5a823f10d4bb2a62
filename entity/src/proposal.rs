//! What the operator offers an organization, until a date.

use crate::{
    id::{OperatorId, OrganizationId, ProposalId, UserId},
    state::ProposalStatus,
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What the operator offers an organization, until a date.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposal")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProposalId,
    /// To whom.
    pub organization_id: OrganizationId,
    /// How far it has come.
    pub status: ProposalStatus,
    /// Which of its revisions stands, from 1.
    pub revision: i64,
    /// What the operator says to it.
    pub message: Option<String>,
    /// The ISO 4217 code of all its prices.
    pub currency: String,
    /// Until when it can be accepted, exclusive.
    pub expires_at: DateTime<Utc>,
    /// Which operator drafted it.
    pub drafted_by: Option<OperatorId>,
    /// When it was drafted.
    pub drafted_at: DateTime<Utc>,
    /// When the organization got it; none for a draft.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was answered, withdrawn or ran out.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who answered; none when a machine did, or nobody.
    pub answered_by: Option<UserId>,
    /// Why it was declined, if that was said.
    pub decline_reason: Option<String>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `organization_id` names.
    #[sea_orm(
        belongs_to = "super::organization::Entity",
        from = "Column::OrganizationId",
        to = "super::organization::Column::Id"
    )]
    Organization,
}

impl Related<super::organization::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organization.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
