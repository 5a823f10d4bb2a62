//! Licences: to whom they are assigned, and to whom they could be.

use super::catalog::AppView;
use super::{
    also, children,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
    ranked,
    subscription::contains_in,
};
use crate::{Actor, Marketplace, Member, Result, access};
use entity::{
    app,
    id::{LicenseAssignmentId, SubscriptionId},
    license_assignment::{Column, Entity, Model, Relation},
    publisher, subscription, user,
};
use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, JoinType, QueryFilter, QueryResult, QuerySelect, RelationTrait,
    Select, sea_query::Expr,
};

/// A licence that is assigned, with its user.
#[derive(Debug, Clone)]
pub struct AssignmentView {
    /// The assignment.
    pub row: Model,
    /// Its user.
    pub user: user::Model,
}

impl FromQueryResult for AssignmentView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            user: user::Model::from_query_result(row, "user_row_")?,
        })
    }
}

/// The order of assignments in lists: the earliest first.
pub fn earliest_first() -> KeySet {
    KeySet::new("licences", false, [(Expr::col((Entity, Column::Id)), KeyKind::Id)])
}

/// The keys of an assignment in that order.
pub fn keys(view: &AssignmentView) -> Vec<Key> {
    vec![Key::Id(view.row.id.0)]
}

/// The licences of each of some subscriptions that are assigned, with one statement: behind the cursor, one more than the
/// slice holds if there is one more. For whoever sees the subscriptions.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn assignments_of_subscriptions(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
    search: Option<&str>,
    slice: &Slice,
) -> Result<Vec<AssignmentView>> {
    let reads = market.reader(actor);
    let select = searched(reads.find::<Entity>(), search)
        .filter(Column::SubscriptionId.is_in(subscriptions.iter().copied()))
        .filter(Column::EndedAt.is_null());
    let select = earliest_first().narrow(also::<user::Entity, _>(select, "user_row_"), slice)?;
    let window = children::<Entity>(Column::SubscriptionId, &[Column::Id], earliest_first().direction(slice));
    ranked(reads.db(), select, window, slice.size + 1).await
}

/// How many licences of each of some subscriptions are assigned.
///
/// # Errors
/// What the database said.
pub async fn count_assignments(
    market: &Marketplace,
    actor: &Actor,
    subscriptions: &[SubscriptionId],
    search: Option<&str>,
) -> Result<Vec<(SubscriptionId, i64)>> {
    let reads = market.reader(actor);
    Ok(searched(reads.find::<Entity>(), search)
        .select_only()
        .column(Column::SubscriptionId)
        .expr_as(Expr::cust("count(*)"), "count")
        .filter(Column::SubscriptionId.is_in(subscriptions.iter().copied()))
        .filter(Column::EndedAt.is_null())
        .group_by(Column::SubscriptionId)
        .into_tuple()
        .all(reads.db())
        .await?)
}

/// The licence with this id that is assigned, if the actor sees to whom.
///
/// # Errors
/// What the database said.
pub async fn assignment(
    market: &Marketplace,
    actor: &Actor,
    id: LicenseAssignmentId,
) -> Result<Option<AssignmentView>> {
    let reads = market.reader(actor);
    let select = searched(reads.find_by_id::<Entity>(id), None).filter(Column::EndedAt.is_null());
    Ok(also::<user::Entity, _>(select, "user_row_").into_model().one(reads.db()).await?)
}

/// Those of users with this text in their name or e-mail address, with the users.
fn searched(select: Select<Entity>, search: Option<&str>) -> Select<Entity> {
    let select = select.join(JoinType::InnerJoin, Relation::User.def());
    match search {
        Some(text) => {
            let columns = [(user::Entity, user::Column::Name), (user::Entity, user::Column::Email)];
            select.filter(contains_in(&columns, text))
        }
        None => select,
    }
}

/// A licence of the viewer's own, with the app that it is for.
#[derive(Debug, Clone)]
pub struct OwnLicense {
    /// The assignment.
    pub row: Model,
    /// The app.
    pub app: AppView,
}

impl FromQueryResult for OwnLicense {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            app: AppView {
                row: app::Model::from_query_result(row, "app_row_")?,
                publisher: publisher::Model::from_query_result(row, "publisher_row_")?,
            },
        })
    }
}

/// A page of the licences that are assigned to the user who asks, the earliest first; nothing for machines and others.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn own_licenses(
    market: &Marketplace,
    actor: &Actor,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<OwnLicense>> {
    let Actor::Member(Member { user: Some(user), .. }) = actor else { return Ok(Page::empty()) };
    let reads = market.reader(actor);
    let own = || reads.find::<Entity>().filter(Column::UserId.eq(*user)).filter(Column::EndedAt.is_null());
    page::load(
        reads.db(),
        with_app(own()),
        &earliest_first(),
        slice,
        with_total.then(own),
        |view: &OwnLicense| vec![Key::Id(view.row.id.0)],
    )
    .await
}

/// The licence with this id, if it is assigned to the user who asks.
///
/// # Errors
/// What the database said.
pub async fn own_license(
    market: &Marketplace,
    actor: &Actor,
    id: LicenseAssignmentId,
) -> Result<Option<OwnLicense>> {
    let Actor::Member(Member { user: Some(user), .. }) = actor else { return Ok(None) };
    let reads = market.reader(actor);
    let own =
        reads.find_by_id::<Entity>(id).filter(Column::UserId.eq(*user)).filter(Column::EndedAt.is_null());
    Ok(with_app(own).into_model().one(reads.db()).await?)
}

fn with_app(select: Select<Entity>) -> Select<Entity> {
    let select = select
        .join(JoinType::InnerJoin, Relation::Subscription.def())
        .join(JoinType::InnerJoin, subscription::Relation::App.def())
        .join(JoinType::InnerJoin, subscription::Relation::Publisher.def());
    also::<publisher::Entity, _>(also::<app::Entity, _>(select, "app_row_"), "publisher_row_")
}

/// A page of the users to whom licences of a subscription can go: those of its organization, for the publisher of the app
/// and the organization's licence admins; nobody for others.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn assignable_users(
    market: &Marketplace,
    actor: &Actor,
    subscription: &subscription::Model,
    search: Option<&str>,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<user::Model>> {
    // For whom the role allows it, whatever the subscription's status.
    if access::may(actor, access::Action::AssignLicenses, subscription).is_err() {
        return Ok(Page::empty());
    }
    users(market, actor, subscription.organization_id, search, slice, with_total).await
}

/// A page of an organization's users by name. For whoever may list them.
pub(crate) async fn users(
    market: &Marketplace,
    actor: &Actor,
    organization: entity::id::OrganizationId,
    search: Option<&str>,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<user::Model>> {
    use user::{Column, Entity};
    let reads = market.reader(actor);
    let listed = || {
        let select = reads
            .find::<Entity>()
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::RemovedAt.is_null());
        match search {
            Some(text) => {
                select.filter(contains_in(&[(Entity, Column::Name), (Entity, Column::Email)], text))
            }
            None => select,
        }
    };
    let keys = KeySet::new(
        "users",
        false,
        [(Expr::col((Entity, Column::Name)), KeyKind::Text), (Expr::col((Entity, Column::Id)), KeyKind::Id)],
    );
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &user::Model| {
        vec![Key::Text(row.name.clone()), Key::Id(row.id.0)]
    })
    .await
}
