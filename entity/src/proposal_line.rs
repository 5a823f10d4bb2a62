//! One thing that a revision of a proposal offers. Never changed: another offer is another revision.

use crate::id::{OrganizationId, PlanId, ProposalId, SubscriptionId};
use sea_orm::entity::prelude::*;

/// One thing that a revision of a proposal offers.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposal_line")]
pub struct Model {
    /// The proposal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub proposal_id: ProposalId,
    /// The revision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// Its place in it, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// To whom it is offered.
    pub organization_id: OrganizationId,
    /// What is offered.
    pub plan_id: PlanId,
    /// How many licences; none for a flat rate.
    pub license_quantity: Option<i64>,
    /// Price of a unit for a period, in minor units of the proposal's currency.
    pub unit_price: i64,
    /// What came of it.
    pub subscription_id: Option<SubscriptionId>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `proposal_id` names.
    #[sea_orm(
        belongs_to = "super::proposal::Entity",
        from = "Column::ProposalId",
        to = "super::proposal::Column::Id"
    )]
    Proposal,
    /// The row that `plan_id` names.
    #[sea_orm(belongs_to = "super::plan::Entity", from = "Column::PlanId", to = "super::plan::Column::Id")]
    Plan,
}

impl Related<super::proposal::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Proposal.def()
    }
}

impl Related<super::plan::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Plan.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
