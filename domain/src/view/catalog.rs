//! The catalogue as actors see it.

use super::{
    also,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
    subscription::contains_in,
};
use crate::{Actor, Marketplace, Result};
use entity::{
    app::{Column, Entity, Model, Relation},
    app_category, app_setup,
    id::{AppId, OrganizationId, PlanId, PublisherId},
    organization, plan, plan_country, publisher,
    state::{AppStatus, BillingInterval, PricingModel},
    supported_country,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, RelationDef, RelationTrait, Select, sea_query::Expr,
};

/// An app with its publisher.
#[derive(Debug, Clone)]
pub struct AppView {
    /// The app.
    pub row: Model,
    /// Who sells it.
    pub publisher: publisher::Model,
}

impl FromQueryResult for AppView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            publisher: publisher::Model::from_query_result(row, "publisher_row_")?,
        })
    }
}

/// The list of apps, narrowed.
#[derive(Debug, Clone, Default)]
pub struct AppFilter {
    /// With this text in the name or summary, in any case of letters.
    pub text: Option<String>,
    /// Of this publisher.
    pub publisher: Option<PublisherId>,
    /// In this category.
    pub category: Option<String>,
    /// With a plan of this pricing model.
    pub pricing_model: Option<PricingModel>,
    /// With a plan of this interval.
    pub billing_interval: Option<BillingInterval>,
    /// Whether a plan is sold in this country, and apps are sold there at all.
    pub available: Option<(bool, String)>,
}

/// A page of the apps that the actor sees, by name.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn apps(
    market: &Marketplace,
    actor: &Actor,
    filter: &AppFilter,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<AppView>> {
    let plans = |condition: Condition| {
        let plans = plan::Entity::find().select_only().column(plan::Column::AppId);
        Column::Id.in_subquery(plans.filter(plan::Column::RetiredAt.is_null()).filter(condition).into_query())
    };
    let in_category = |category: &String| {
        let categories = app_category::Entity::find().select_only().column(app_category::Column::AppId);
        Column::Id.in_subquery(categories.filter(app_category::Column::Category.eq(category)).into_query())
    };
    let terms = Condition::all()
        .add_option(filter.pricing_model.map(|model| plan::Column::PricingModel.eq(model)))
        .add_option(filter.billing_interval.map(|interval| plan::Column::BillingInterval.eq(interval)));
    let narrowed = Condition::all()
        .add_option(
            filter
                .text
                .as_ref()
                .map(|text| contains_in(&[(Entity, Column::Name), (Entity, Column::Summary)], text)),
        )
        .add_option(filter.publisher.map(|id| Column::PublisherId.eq(id)))
        .add_option(filter.category.as_ref().map(in_category))
        .add_option((!terms.is_empty()).then(|| plans(terms)))
        .add_option(filter.available.as_ref().map(|(wanted, country)| {
            let sold = Condition::all().add(sold_in(country));
            if *wanted { sold } else { sold.not() }
        }));
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(narrowed.clone());
    let keys = KeySet::new(
        "apps",
        false,
        [(Expr::col((Entity, Column::Name)), KeyKind::Text), (Expr::col((Entity, Column::Id)), KeyKind::Id)],
    );
    page::load(
        reads.db(),
        with_publisher(listed()),
        &keys,
        slice,
        with_total.then(listed),
        |view: &AppView| vec![Key::Text(view.row.name.clone()), Key::Id(view.row.id.0)],
    )
    .await
}

/// The app with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn app(market: &Marketplace, actor: &Actor, id: AppId) -> Result<Option<AppView>> {
    let reads = market.reader(actor);
    let select = reads.find_by_id::<Entity>(id);
    Ok(with_publisher(select).into_model().one(reads.db()).await?)
}

/// The apps of plans that the actor was shown: what was bought or offered shows its app, for sale or not.
///
/// # Errors
/// What the database said.
pub async fn apps_of_plans(market: &Marketplace, actor: &Actor, ids: &[AppId]) -> Result<Vec<AppView>> {
    let reads = market.reader(actor);
    let select = reads.within_tenant(Entity::find().filter(Column::Id.is_in(ids.iter().copied())));
    Ok(with_publisher(select).into_model().all(reads.db()).await?)
}

/// Which of the apps are for sale in the country.
///
/// # Errors
/// What the database said.
pub async fn available_in(
    market: &Marketplace,
    actor: &Actor,
    apps: &[AppId],
    country: &str,
) -> Result<Vec<AppId>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<Entity>()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(apps.iter().copied()))
        .filter(Column::Status.eq(AppStatus::Published))
        .filter(sold_in(country))
        .into_tuple()
        .all(reads.db())
        .await?)
}

/// The plan with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn plan(market: &Marketplace, actor: &Actor, id: PlanId) -> Result<Option<plan::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<plan::Entity>(id).one(reads.db()).await?)
}

/// The categories of some apps that were shown to the actor, in the order of their letters.
///
/// # Errors
/// What the database said.
pub async fn categories(
    market: &Marketplace,
    actor: &Actor,
    apps: &[AppId],
) -> Result<Vec<app_category::Model>> {
    use app_category::Column;
    let reads = market.reader(actor);
    let of_apps = app_category::Entity::find().filter(Column::AppId.is_in(apps.iter().copied()));
    let mut rows = reads.within_tenant(of_apps).all(reads.db()).await?;
    // Here, because each database has its own order.
    rows.sort_by(|one, other| one.category.cmp(&other.category));
    Ok(rows)
}

/// Where some plans that were shown to the actor are sold, in the order of the codes.
///
/// # Errors
/// What the database said.
pub async fn countries(
    market: &Marketplace,
    actor: &Actor,
    plans: &[PlanId],
) -> Result<Vec<plan_country::Model>> {
    use plan_country::Column;
    let reads = market.reader(actor);
    let of_plans = plan_country::Entity::find().filter(Column::PlanId.is_in(plans.iter().copied()));
    Ok(reads.within_tenant(of_plans).order_by_asc(Column::Country).all(reads.db()).await?)
}

/// The plans of some apps that the actor sees, the oldest first.
///
/// # Errors
/// What the database said.
pub async fn plans(market: &Marketplace, actor: &Actor, apps: &[AppId]) -> Result<Vec<plan::Model>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<plan::Entity>()
        .filter(plan::Column::AppId.is_in(apps.iter().copied()))
        .order_by_asc(plan::Column::CreatedAt)
        .order_by_asc(plan::Column::Id)
        .all(reads.db())
        .await?)
}

/// That the app has a plan for sale in the country, and that apps are sold there at all.
fn sold_in(country: &str) -> Expr {
    let supported = supported_country::Entity::find()
        .select_only()
        .column(supported_country::Column::Country)
        .filter(supported_country::Column::Country.eq(country));
    let plans = plan::Entity::find()
        .select_only()
        .column(plan::Column::AppId)
        .join(JoinType::InnerJoin, plan_country::Relation::Plan.def().rev())
        .filter(plan::Column::RetiredAt.is_null())
        .filter(plan_country::Column::Country.in_subquery(supported.into_query()));
    Column::Id.in_subquery(plans.into_query())
}

fn with_publisher(select: Select<Entity>) -> Select<Entity> {
    also::<publisher::Entity, _>(
        select.join(JoinType::InnerJoin, Relation::Publisher.def()),
        "publisher_row_",
    )
}

/// The countries in which apps are sold, by region and code.
///
/// # Errors
/// What the database said.
pub async fn supported_countries(
    market: &Marketplace,
    actor: &Actor,
) -> Result<Vec<supported_country::Model>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<supported_country::Entity>()
        .order_by_asc(supported_country::Column::Region)
        .order_by_asc(supported_country::Column::Country)
        .all(reads.db())
        .await?)
}

/// That an app was set up for an organization.
#[derive(Debug, Clone)]
pub struct SetUpView {
    /// The set-up.
    pub row: app_setup::Model,
    /// For whom.
    pub organization: organization::Model,
    /// Which app.
    pub app: AppView,
}

impl FromQueryResult for SetUpView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: app_setup::Model::from_query_result(row, prefix)?,
            organization: organization::Model::from_query_result(row, "organization_row_")?,
            app: AppView {
                row: Model::from_query_result(row, "app_row_")?,
                publisher: publisher::Model::from_query_result(row, "publisher_row_")?,
            },
        })
    }
}

/// The set-up of an app for an organization, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn set_up(
    market: &Marketplace,
    actor: &Actor,
    key: (OrganizationId, AppId),
) -> Result<Option<SetUpView>> {
    use app_setup::{Column as Of, Entity as SetUp};
    let of_organization: RelationDef =
        SetUp::belongs_to(organization::Entity).from(Of::OrganizationId).to(organization::Column::Id).into();
    let of_app: RelationDef = SetUp::belongs_to(Entity).from(Of::AppId).to(Column::Id).into();
    let reads = market.reader(actor);
    let select = reads
        .find_by_id::<SetUp>(key)
        .join(JoinType::InnerJoin, of_organization)
        .join(JoinType::InnerJoin, of_app)
        .join(JoinType::InnerJoin, Relation::Publisher.def());
    let select = also::<organization::Entity, _>(select, "organization_row_");
    let select = also::<publisher::Entity, _>(also::<Entity, _>(select, "app_row_"), "publisher_row_");
    Ok(select.into_model().one(reads.db()).await?)
}
