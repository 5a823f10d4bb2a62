//! Subscriptions as actors see them, with the to-one relations that are asked for joined into one statement.

use super::{
    also,
    invoice::LineView,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
};
use crate::{Actor, Error, Marketplace, Result};
use chrono::{DateTime, Utc};
use entity::{
    app, app_setup, billing_profile,
    id::{AppId, BillingProfileId, OrganizationId, PublisherId, SubscriptionId},
    organization, partner, plan, publisher,
    state::{PricingModel, PurchaseChannel, Standing, Status},
    subscription::{Column, Entity, Model, Relation},
    subscription_end, user,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, RelationTrait, Select,
    sea_query::{Expr, ExprTrait, Func},
};

/// Which relations to join.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Parts {
    /// Its organization.
    pub organization: bool,
    /// Its app and the app's publisher.
    pub app: bool,
    /// Its plan.
    pub plan: bool,
    /// Its billing profile.
    pub billing_profile: bool,
    /// Who bought it.
    pub purchaser: bool,
    /// When its app was set up.
    pub set_up: bool,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self {
        organization: true,
        app: true,
        plan: true,
        billing_profile: true,
        purchaser: true,
        set_up: true,
    };

    /// Those that either asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            organization: self.organization || other.organization,
            app: self.app || other.app,
            plan: self.plan || other.plan,
            billing_profile: self.billing_profile || other.billing_profile,
            purchaser: self.purchaser || other.purchaser,
            set_up: self.set_up || other.set_up,
        }
    }
}

/// A subscription with its end and the relations that were asked for.
#[derive(Debug, Clone)]
pub struct SubscriptionView {
    /// The subscription.
    pub row: Model,
    /// Its end, if it has one.
    pub end: Option<subscription_end::Model>,
    /// Its organization.
    pub organization: Option<organization::Model>,
    /// Its app.
    pub app: Option<app::Model>,
    /// The app's publisher.
    pub publisher: Option<publisher::Model>,
    /// Its plan.
    pub plan: Option<plan::Model>,
    /// Its billing profile.
    pub billing_profile: Option<billing_profile::Model>,
    /// The user who bought it.
    pub purchased_by: Option<user::Model>,
    /// The partner that bought it.
    pub partner: Option<partner::Model>,
    /// When the publisher set its app up for the organization: whether that was looked up, and what was found.
    pub set_up_at: Option<Option<DateTime<Utc>>>,
}

impl SubscriptionView {
    /// The subscription that an invoice line charges, as far as the line knows it.
    pub fn of_line(line: &LineView) -> Self {
        Self {
            row: line.subscription.clone(),
            end: line.end.clone(),
            organization: None,
            app: Some(line.app.clone()),
            publisher: Some(line.publisher.clone()),
            plan: None,
            billing_profile: None,
            purchased_by: None,
            partner: None,
            set_up_at: None,
        }
    }
}

impl FromQueryResult for SubscriptionView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        // A relation that was not joined has no columns, one that does not exist has nulls: both are none.
        fn part<M: FromQueryResult>(row: &QueryResult, prefix: &str) -> Option<M> {
            M::from_query_result_optional(row, prefix).ok().flatten()
        }
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            end: part(row, "end_"),
            organization: part(row, "organization_row_"),
            app: part(row, "app_row_"),
            publisher: part(row, "publisher_row_"),
            plan: part(row, "plan_row_"),
            billing_profile: part(row, "profile_row_"),
            purchased_by: part(row, "user_row_"),
            partner: part(row, "partner_row_"),
            set_up_at: row.try_get::<Option<DateTime<Utc>>>("", "set_up_completed_at").ok(),
        })
    }
}

/// The list of subscriptions, narrowed.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionFilter {
    /// In one of these statuses.
    pub statuses: Option<Vec<Status>>,
    /// With one of these standings.
    pub payment_standings: Option<Vec<Standing>>,
    /// Bought through one of these channels.
    pub purchase_channels: Option<Vec<PurchaseChannel>>,
    /// Of this app.
    pub app: Option<AppId>,
    /// Of this publisher.
    pub publisher: Option<PublisherId>,
    /// Of this organization.
    pub organization: Option<OrganizationId>,
    /// With this pricing model.
    pub pricing_model: Option<PricingModel>,
    /// Billed to this profile.
    pub billing_profile: Option<BillingProfileId>,
    /// Ending at or after this instant.
    pub ends_from: Option<DateTime<Utc>>,
    /// Ending before this instant.
    pub ends_before: Option<DateTime<Utc>>,
    /// With this text in the app's name, in any case of letters.
    pub text: Option<String>,
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SubscriptionOrder {
    /// The app's name.
    Name,
    /// The time of the purchase.
    #[default]
    PurchasedAt,
    /// When it ends or ended.
    EndsAt,
    /// The status, alphabetically.
    Status,
}

/// A page of the subscriptions that the actor sees. Without an order the newest purchase comes first.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn subscriptions(
    market: &Marketplace,
    actor: &Actor,
    filter: &SubscriptionFilter,
    (order, descending): (SubscriptionOrder, bool),
    slice: &Slice,
    parts: Parts,
    with_total: bool,
) -> Result<Page<SubscriptionView>> {
    let by_name = order == SubscriptionOrder::Name;
    let condition = condition(filter);
    let reads = market.reader(actor);
    let narrowed = || {
        let select = reads.find::<Entity>().filter(condition.clone());
        match &filter.text {
            Some(text) => select.join(JoinType::InnerJoin, Relation::App.def()).filter(contains(text)),
            None => select,
        }
    };
    let of_its_own = |column| Expr::col((Entity, column));
    let (name, first_key) = match order {
        SubscriptionOrder::Name => {
            ("subscriptions by name", (Expr::col((app::Entity, app::Column::Name)), KeyKind::Text))
        }
        SubscriptionOrder::PurchasedAt => {
            ("subscriptions by purchase", (of_its_own(Column::PurchasedAt), KeyKind::Instant))
        }
        SubscriptionOrder::EndsAt => ("subscriptions by end", (of_its_own(Column::EndsAt), KeyKind::Instant)),
        SubscriptionOrder::Status => ("subscriptions by status", (of_its_own(Column::Status), KeyKind::Text)),
    };
    let keys = KeySet::new(name, descending, [first_key, (of_its_own(Column::Id), KeyKind::Id)]);
    let parts = Parts { app: parts.app || by_name, ..parts };
    let select = with_parts(narrowed(), parts, filter.text.is_some());
    page::load(reads.db(), select, &keys, slice, with_total.then(narrowed), |view: &SubscriptionView| {
        use sea_orm::ActiveEnum;
        let first = match order {
            SubscriptionOrder::Name => {
                Key::Text(view.app.as_ref().map(|app| app.name.clone()).unwrap_or_default())
            }
            SubscriptionOrder::PurchasedAt => Key::Instant(view.row.purchased_at),
            SubscriptionOrder::EndsAt => Key::Instant(view.row.ends_at),
            SubscriptionOrder::Status => Key::Text(view.row.status.to_value()),
        };
        vec![first, Key::Id(view.row.id.0)]
    })
    .await
}

/// The subscription with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn subscription(
    market: &Marketplace,
    actor: &Actor,
    id: SubscriptionId,
    parts: Parts,
) -> Result<Option<SubscriptionView>> {
    let reads = market.reader(actor);
    let select = reads.find_by_id::<Entity>(id);
    Ok(with_parts(select, parts, false).into_model().one(reads.db()).await?)
}

/// The same, for an id that an operation has just returned.
///
/// # Errors
/// `Internal` when the actor does not see what it changed.
pub async fn changed(
    market: &Marketplace,
    actor: &Actor,
    id: SubscriptionId,
    parts: Parts,
) -> Result<SubscriptionView> {
    subscription(market, actor, id, parts)
        .await?
        .ok_or_else(|| Error::internal("an actor changed what it does not see"))
}

/// The subscriptions with these ids that the actor sees.
///
/// # Errors
/// What the database said.
pub async fn subscriptions_by_id(
    market: &Marketplace,
    actor: &Actor,
    ids: Vec<SubscriptionId>,
    parts: Parts,
) -> Result<Vec<SubscriptionView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let reads = market.reader(actor);
    let select = reads.find::<Entity>().filter(Column::Id.is_in(ids));
    Ok(with_parts(select, parts, false).into_model().all(reads.db()).await?)
}

/// The copies that replace one of these and that the actor sees, the latest last.
///
/// # Errors
/// What the database said.
pub async fn copies_of(
    market: &Marketplace,
    actor: &Actor,
    replaced: Vec<SubscriptionId>,
    parts: Parts,
) -> Result<Vec<SubscriptionView>> {
    if replaced.is_empty() {
        return Ok(Vec::new());
    }
    let reads = market.reader(actor);
    let select = reads
        .find::<Entity>()
        .filter(Column::ReplacesId.is_in(replaced))
        .order_by_asc(Column::PurchasedAt)
        .order_by_asc(Column::Id);
    Ok(with_parts(select, parts, false).into_model().all(reads.db()).await?)
}

fn condition(filter: &SubscriptionFilter) -> Condition {
    Condition::all()
        .add_option(filter.statuses.as_ref().map(|among| Column::Status.is_in(among.iter().copied())))
        .add_option(
            filter.payment_standings.as_ref().map(|among| Column::Standing.is_in(among.iter().copied())),
        )
        .add_option(
            filter
                .purchase_channels
                .as_ref()
                .map(|among| Column::PurchaseChannel.is_in(among.iter().copied())),
        )
        .add_option(filter.app.map(|id| Column::AppId.eq(id)))
        .add_option(filter.publisher.map(|id| Column::PublisherId.eq(id)))
        .add_option(filter.organization.map(|id| Column::OrganizationId.eq(id)))
        .add_option(filter.pricing_model.map(|model| Column::PricingModel.eq(model)))
        .add_option(filter.billing_profile.map(|id| Column::BillingProfileId.eq(id)))
        .add_option(filter.ends_from.map(|at| Column::EndsAt.gte(at)))
        .add_option(filter.ends_before.map(|at| Column::EndsAt.lt(at)))
}

fn contains(text: &str) -> Expr {
    contains_in(&[(app::Entity, app::Column::Name)], text)
}

/// That one of the columns contains the text, in any case of letters. Both sides are made lower case by the database, which
/// may know fewer letters than we do; what it takes out of the one is then in the other.
pub(crate) fn contains_in<E: EntityTrait>(columns: &[(E, E::Column)], text: &str) -> Expr {
    let contains = |(table, column): &(E, E::Column)| {
        let lower = |of: Expr| Expr::expr(Func::lower(of));
        let column = || lower(Expr::col((*table, *column)));
        let without = Func::cust("replace").args([column(), lower(Expr::val(text)), Expr::val("")]);
        column().ne(Expr::expr(without))
    };
    let any = columns.iter().map(contains).reduce(|any, this| any.or(this));
    any.filter(|_| !text.is_empty()).unwrap_or_else(|| Expr::val(true))
}

fn with_parts(mut select: Select<Entity>, parts: Parts, app_joined: bool) -> Select<Entity> {
    let end = Entity::belongs_to(subscription_end::Entity)
        .from(Column::Id)
        .to(subscription_end::Column::SubscriptionId)
        .into();
    select = also::<subscription_end::Entity, _>(select.join(JoinType::LeftJoin, end), "end_");
    if parts.organization {
        let joined = select.join(JoinType::InnerJoin, Relation::Organization.def());
        select = also::<organization::Entity, _>(joined, "organization_row_");
    }
    if parts.app {
        if !app_joined {
            select = select.join(JoinType::InnerJoin, Relation::App.def());
        }
        let joined =
            also::<app::Entity, _>(select, "app_row_").join(JoinType::InnerJoin, Relation::Publisher.def());
        select = also::<publisher::Entity, _>(joined, "publisher_row_");
    }
    if parts.plan {
        select = also::<plan::Entity, _>(select.join(JoinType::InnerJoin, Relation::Plan.def()), "plan_row_");
    }
    if parts.billing_profile {
        // A partner's is not for members to see.
        let joined = select.join(JoinType::LeftJoin, Relation::BillingProfile.def());
        select = also::<billing_profile::Entity, _>(joined, "profile_row_");
    }
    if parts.purchaser {
        select = also::<user::Entity, _>(select.join(JoinType::LeftJoin, Relation::User.def()), "user_row_");
        let partner =
            Entity::belongs_to(partner::Entity).from(Column::PartnerId).to(partner::Column::Id).into();
        select = also::<partner::Entity, _>(select.join(JoinType::LeftJoin, partner), "partner_row_");
    }
    if parts.set_up {
        let set_up: sea_orm::RelationDef = Entity::belongs_to(app_setup::Entity)
            .from((Column::OrganizationId, Column::AppId))
            .to((app_setup::Column::OrganizationId, app_setup::Column::AppId))
            .into();
        select = select
            .join(JoinType::LeftJoin, set_up)
            .expr_as(Expr::col((app_setup::Entity, app_setup::Column::CompletedAt)), "set_up_completed_at");
    }
    select
}
