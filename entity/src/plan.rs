//! What an app costs. Price, currency, interval and pricing model never change: another price is another plan.

use crate::{
    id::{AppId, PlanId},
    state::{BillingInterval, PricingModel},
};
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What an app costs. Price, currency, interval and pricing model never change: another price is another plan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanId,
    /// The app.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// What is counted.
    pub pricing_model: PricingModel,
    /// The length of a period.
    pub billing_interval: BillingInterval,
    /// ISO 4217 code.
    pub currency: String,
    /// Price of one unit for one period, in minor units, without tax.
    pub unit_price: i64,
    /// The fewest licences that can be bought; none for a flat rate.
    pub min_licenses: Option<i64>,
    /// The most licences that can be bought; none for a flat rate.
    pub max_licenses: Option<i64>,
    /// When it ceased to be sold.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What the table's rows point to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The row that `app_id` names.
    #[sea_orm(belongs_to = "super::app::Entity", from = "Column::AppId", to = "super::app::Column::Id")]
    App,
}

impl Related<super::app::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::App.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
