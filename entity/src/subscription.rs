//! One copy of an app that an organization bought. Its status only moves forward; what was bought never changes.

use crate::{
    id::{
        AppId, BillingProfileId, Hash, OrganizationId, PartnerId, PlanId, PublisherId, SubscriptionId, UserId,
    },
    state::{BillingInterval, DueChange, PricingModel, PurchaseChannel, Standing, Status},
};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One copy of an app that an organization bought. Its status only moves forward; what was bought never changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionId,
    /// The customer.
    pub organization_id: OrganizationId,
    /// Who sells the app.
    pub publisher_id: PublisherId,
    /// The partner that bought and manages it, if any.
    pub partner_id: Option<PartnerId>,
    /// The app.
    pub app_id: AppId,
    /// The plan it was bought at.
    pub plan_id: PlanId,
    /// Who is billed from now on.
    pub billing_profile_id: BillingProfileId,
    /// The disabled subscription that this copy replaces.
    pub replaces_id: Option<SubscriptionId>,
    /// How it was bought.
    pub purchase_channel: PurchaseChannel,
    /// When it was bought.
    pub purchased_at: DateTime<Utc>,
    /// Which user bought it; none when a partner did.
    pub purchased_by: Option<UserId>,
    /// The plan's pricing model.
    pub pricing_model: PricingModel,
    /// The plan's interval.
    pub billing_interval: BillingInterval,
    /// ISO 4217 code of the price.
    pub currency: String,
    /// The price it was bought at, for one unit and one period, in minor units, without tax.
    pub unit_price: i64,
    /// Where it is in its life.
    pub status: Status,
    /// Whether a next period begins when the current one ends.
    pub auto_renew: bool,
    /// Licences bought at the purchase; none for a flat rate.
    pub bought_quantity: Option<i64>,
    /// Licences purchased by now; none for a flat rate.
    pub quantity: Option<i64>,
    /// The lower quantity that the next renewal brings.
    pub scheduled_quantity: Option<i64>,
    /// How many licences are assigned to users.
    pub assigned: i64,
    /// Until when it can be activated, exclusive.
    pub activate_by: DateTime<Utc>,
    /// When the publisher's portal was first opened for it.
    pub portal_opened_at: Option<DateTime<Utc>>,
    /// When the publisher activated it.
    pub activated_at: Option<DateTime<Utc>>,
    /// The day of activation, from which all periods are counted.
    pub anchor_on: Option<NaiveDate>,
    /// The current period, counted from 0.
    pub period_number: Option<i64>,
    /// Its first day.
    pub period_start: Option<NaiveDate>,
    /// The day after its last.
    pub period_end: Option<NaiveDate>,
    /// Whether its payments are current.
    pub standing: Standing,
    /// When a past-due one lapses.
    pub grace_ends_at: Option<DateTime<Utc>>,
    /// Whether the outcome of a charge of a past-due invoice is awaited: nothing lapses meanwhile.
    pub charge_open: bool,
    /// Pending: `activate_by`; active: the end of the period; disabled: when it was disabled.
    pub ends_at: DateTime<Utc>,
    /// When the next thing falls due.
    pub due_at: Option<DateTime<Utc>>,
    /// What falls due then.
    pub due_change: Option<DueChange>,
    /// When its customer is told next that it ends soon.
    pub remind_at: Option<DateTime<Utc>>,
    /// The version of its event stream.
    pub version: i64,
    /// The hash of its last event.
    pub event_hash: Hash,
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
    /// The row that `publisher_id` names.
    #[sea_orm(
        belongs_to = "super::publisher::Entity",
        from = "Column::PublisherId",
        to = "super::publisher::Column::Id"
    )]
    Publisher,
    /// The row that `app_id` names.
    #[sea_orm(belongs_to = "super::app::Entity", from = "Column::AppId", to = "super::app::Column::Id")]
    App,
    /// The row that `plan_id` names.
    #[sea_orm(belongs_to = "super::plan::Entity", from = "Column::PlanId", to = "super::plan::Column::Id")]
    Plan,
    /// The row that `billing_profile_id` names.
    #[sea_orm(
        belongs_to = "super::billing_profile::Entity",
        from = "Column::BillingProfileId",
        to = "super::billing_profile::Column::Id"
    )]
    BillingProfile,
    /// The row that `purchased_by` names.
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::PurchasedBy",
        to = "super::user::Column::Id"
    )]
    User,
}

impl Related<super::organization::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organization.def()
    }
}

impl Related<super::publisher::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Publisher.def()
    }
}

impl Related<super::app::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::App.def()
    }
}

impl Related<super::plan::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Plan.def()
    }
}

impl Related<super::billing_profile::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BillingProfile.def()
    }
}

impl Related<super::user::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
