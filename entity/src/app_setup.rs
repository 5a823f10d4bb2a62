//! That a publisher set an app up for an organization, once for all its copies.

use crate::id::{AppId, OrganizationId, PublisherId};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// That a publisher set an app up for an organization, once for all its copies.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_setup")]
pub struct Model {
    /// For whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: OrganizationId,
    /// Which app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: AppId,
    /// By whom.
    pub publisher_id: PublisherId,
    /// When.
    pub completed_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
