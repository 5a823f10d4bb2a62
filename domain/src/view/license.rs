//! Licences: to whom they are assigned, and to whom they could be.

use super::{
    also, children,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
    ranked,
    subscription::contains_in,
};
use crate::{Actor, Marketplace, Result, access};
use entity::{
    id::SubscriptionId,
    license_assignment::{Column, Entity, Model, Relation},
    subscription, user,
};
use sea_orm::{
    ColumnTrait, DbErr, FromQueryResult, JoinType, QueryFilter, QueryResult, QuerySelect, RelationTrait,
    sea_query::Expr,
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
    KeySet::new(false, [(Expr::col((Entity, Column::Id)), KeyKind::Id)])
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
    slice: &Slice,
) -> Result<Vec<AssignmentView>> {
    let reads = market.reader(actor);
    let select = reads
        .find::<Entity>()
        .join(JoinType::InnerJoin, Relation::User.def())
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
) -> Result<Vec<(SubscriptionId, i64)>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<Entity>()
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
        false,
        [(Expr::col((Entity, Column::Name)), KeyKind::Text), (Expr::col((Entity, Column::Id)), KeyKind::Id)],
    );
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &user::Model| {
        vec![Key::Text(row.name.clone()), Key::Id(row.id.0)]
    })
    .await
}
