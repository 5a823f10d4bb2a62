//! What a user may do with a billing profile.

use crate::{
    id::{BillingProfileId, OrganizationId, UserId},
    state::BillingProfileRole,
};
use sea_orm::entity::prelude::*;

/// What a user may do with a billing profile.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_profile_role")]
pub struct Model {
    /// The profile.
    #[sea_orm(primary_key, auto_increment = false)]
    pub billing_profile_id: BillingProfileId,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The organization of both.
    pub organization_id: OrganizationId,
    /// What they may do.
    pub role: BillingProfileRole,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `billing_profile_id` names.
    #[sea_orm(
        belongs_to = "super::billing_profile::Entity",
        from = "Column::BillingProfileId",
        to = "super::billing_profile::Column::Id"
    )]
    BillingProfile,
}

impl Related<super::billing_profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BillingProfile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
