//! Invoices as actors see them, with their lines.

use super::{
    also,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
};
use crate::{Actor, Marketplace, Result, store::same};
use chrono::{DateTime, Utc};
use entity::{
    app, billing_profile, event,
    id::{BillingProfileId, InvoiceId, SubscriptionId},
    invoice::{Column, Entity, Model, Relation},
    invoice_line, publisher,
    state::InvoiceStatus,
    subscription, subscription_end,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, RelationTrait, Select,
    sea_query::{Expr, WindowStatement},
};
use serde::Deserialize;

/// An invoice with its billing profile.
#[derive(Debug, Clone)]
pub struct InvoiceView {
    /// The invoice.
    pub row: Model,
    /// Who is billed.
    pub billing_profile: billing_profile::Model,
}

impl FromQueryResult for InvoiceView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            billing_profile: billing_profile::Model::from_query_result(row, "profile_row_")?,
        })
    }
}

/// An invoice line with the subscription that it charges.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The line.
    pub row: invoice_line::Model,
    /// What is charged.
    pub subscription: subscription::Model,
    /// Its end, if it has one.
    pub end: Option<subscription_end::Model>,
    /// Its app.
    pub app: app::Model,
    /// The app's publisher.
    pub publisher: publisher::Model,
}

impl FromQueryResult for LineView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: invoice_line::Model::from_query_result(row, prefix)?,
            subscription: subscription::Model::from_query_result(row, "subscription_row_")?,
            end: subscription_end::Model::from_query_result_optional(row, "end_")?,
            app: app::Model::from_query_result(row, "app_row_")?,
            publisher: publisher::Model::from_query_result(row, "publisher_row_")?,
        })
    }
}

/// The list of invoices, narrowed.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFilter {
    /// In one of these statuses.
    pub statuses: Option<Vec<InvoiceStatus>>,
    /// Billed to this profile.
    pub billing_profile: Option<BillingProfileId>,
    /// With a line for this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Issued at or after this instant.
    pub issued_from: Option<DateTime<Utc>>,
    /// Issued before this instant.
    pub issued_before: Option<DateTime<Utc>>,
    /// With this number.
    pub number: Option<i64>,
}

/// A page of the invoices that the actor sees, the newest first.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn invoices(
    market: &Marketplace,
    actor: &Actor,
    filter: &InvoiceFilter,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<InvoiceView>> {
    let of_subscription = |id: SubscriptionId| {
        let lines = invoice_line::Entity::find()
            .select_only()
            .column(invoice_line::Column::InvoiceId)
            .filter(invoice_line::Column::SubscriptionId.eq(id));
        Column::Id.in_subquery(lines.into_query())
    };
    let narrowed = Condition::all()
        .add_option(filter.statuses.as_ref().map(|among| Column::Status.is_in(among.iter().copied())))
        .add_option(filter.billing_profile.map(|id| Column::BillingProfileId.eq(id)))
        .add_option(filter.subscription.map(of_subscription))
        .add_option(filter.issued_from.map(|at| Column::IssuedAt.gte(at)))
        .add_option(filter.issued_before.map(|at| Column::IssuedAt.lt(at)))
        .add_option(filter.number.map(|number| Column::Number.eq(number)));
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(narrowed.clone());
    let select = with_profile(listed());
    page::load(reads.db(), select, &newest_first(), slice, with_total.then(listed), keys).await
}

/// The invoice with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn invoice(market: &Marketplace, actor: &Actor, id: InvoiceId) -> Result<Option<InvoiceView>> {
    let reads = market.reader(actor);
    let select = reads.find_by_id::<Entity>(id);
    Ok(with_profile(select).into_model().one(reads.db()).await?)
}

/// The invoice that an event is about, if it is about one.
pub fn of_event(event: &event::Model) -> Option<InvoiceId> {
    #[derive(Deserialize)]
    struct Body {
        invoice: InvoiceId,
    }
    serde_json::from_str::<Body>(&event.body).ok().map(|body| body.invoice)
}

struct OfSubscription {
    subscription_id: SubscriptionId,
    view: InvoiceView,
}

impl FromQueryResult for OfSubscription {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            subscription_id: row.try_get("", "of_subscription")?,
            view: InvoiceView::from_query_result(row, prefix)?,
        })
    }
}

/// The newest invoices of each of some subscriptions that the actor sees, with one statement: behind the cursor, one more
/// than the slice holds if there is one more.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn invoices_of_subscriptions(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
    slice: &Slice,
) -> Result<Vec<(SubscriptionId, InvoiceView)>> {
    // One row for an invoice and subscription, however many lines it has for it.
    let pairs = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::SubscriptionId)
        .column(invoice_line::Column::InvoiceId)
        .distinct()
        .filter(invoice_line::Column::SubscriptionId.is_in(subscriptions.iter().copied()));
    let reads = market.reader(actor);
    let mut select = with_profile(reads.find::<Entity>())
        .expr_as(Expr::col(("pair", invoice_line::Column::SubscriptionId)), "of_subscription");
    QuerySelect::query(&mut select).join_subquery(
        JoinType::InnerJoin,
        pairs.into_query(),
        "pair",
        same(("pair", invoice_line::Column::InvoiceId), (Entity, Column::Id)),
    );
    let select = newest_first().narrow(select, slice)?;
    let mut window = WindowStatement::partition_by(("pair", invoice_line::Column::SubscriptionId));
    let direction = newest_first().direction(slice);
    window
        .order_by((Entity, Column::IssuedAt), direction.clone())
        .order_by((Entity, Column::Number), direction);
    let rows: Vec<OfSubscription> = super::ranked(reads.db(), select, window, slice.size + 1).await?;
    Ok(rows.into_iter().map(|row| (row.subscription_id, row.view)).collect())
}

/// How many invoices each of some subscriptions has that the actor sees.
///
/// # Errors
/// What the database said.
pub async fn count_invoices(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
) -> Result<Vec<(SubscriptionId, i64)>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<invoice_line::Entity>()
        .select_only()
        .column(invoice_line::Column::SubscriptionId)
        .expr_as(Expr::cust("count(distinct invoice_line.invoice_id)"), "count")
        .filter(invoice_line::Column::SubscriptionId.is_in(subscriptions.iter().copied()))
        .group_by(invoice_line::Column::SubscriptionId)
        .into_tuple()
        .all(reads.db())
        .await?)
}

/// The lines of some invoices, in their order.
///
/// # Errors
/// What the database said.
pub async fn lines(market: &Marketplace, actor: &Actor, invoices: &[InvoiceId]) -> Result<Vec<LineView>> {
    let reads = market.reader(actor);
    let end: sea_orm::RelationDef = subscription::Entity::belongs_to(subscription_end::Entity)
        .from(subscription::Column::Id)
        .to(subscription_end::Column::SubscriptionId)
        .into();
    let select = reads
        .find::<invoice_line::Entity>()
        .join(JoinType::InnerJoin, invoice_line::Relation::Subscription.def())
        .join(JoinType::InnerJoin, subscription::Relation::App.def())
        .join(JoinType::InnerJoin, subscription::Relation::Publisher.def())
        .join(JoinType::LeftJoin, end)
        .filter(invoice_line::Column::InvoiceId.is_in(invoices.iter().copied()))
        .order_by_asc(invoice_line::Column::Position);
    let select = also::<subscription::Entity, _>(select, "subscription_row_");
    let select = also::<subscription_end::Entity, _>(select, "end_");
    let select = also::<publisher::Entity, _>(also::<app::Entity, _>(select, "app_row_"), "publisher_row_");
    Ok(select.into_model().all(reads.db()).await?)
}

/// The order of invoices in lists.
pub fn newest_first() -> KeySet {
    KeySet::new(
        "invoices",
        true,
        [
            (Expr::col((Entity, Column::IssuedAt)), KeyKind::Instant),
            (Expr::col((Entity, Column::Number)), KeyKind::Number),
        ],
    )
}

/// The keys of an invoice in that order.
pub fn keys(view: &InvoiceView) -> Vec<Key> {
    vec![Key::Instant(view.row.issued_at), Key::Number(view.row.number)]
}

fn with_profile(select: Select<Entity>) -> Select<Entity> {
    let joined = select.join(JoinType::InnerJoin, Relation::BillingProfile.def());
    also::<billing_profile::Entity, _>(joined, "profile_row_")
}
