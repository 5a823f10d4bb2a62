//! That a licence of a subscription is assigned to a user.

use crate::id::{LicenseAssignmentId, OrganizationId, PublisherId, SubscriptionId, UserId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// That a licence of a subscription is assigned to a user.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "license_assignment")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LicenseAssignmentId,
    /// Whose licence.
    pub subscription_id: SubscriptionId,
    /// The customer.
    pub organization_id: OrganizationId,
    /// The publisher of the app.
    pub publisher_id: PublisherId,
    /// To whom.
    pub user_id: UserId,
    /// Since when.
    pub assigned_at: DateTime<Utc>,
    /// Until when, if it has ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `user_id` names.
    #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
    User,
    /// The row that `subscription_id` names.
    #[sea_orm(
        belongs_to = "super::subscription::Entity",
        from = "Column::SubscriptionId",
        to = "super::subscription::Column::Id"
    )]
    Subscription,
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl Related<super::subscription::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Subscription.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
