//! Assigning licences to users, and taking them back. All of a call or nothing.

use super::{Subscription, licensed, lifecycle::Change};
use crate::{
    By, Code, Error, Input, Marketplace, Refusal, Result,
    access::{self, Action},
    work::Work,
};
use entity::{
    id::{SubscriptionId, UserId},
    license_assignment,
    state::EventType,
    user,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;
use std::collections::BTreeSet;

/// The most users in one call.
const MOST: usize = 500;

/// Whose licences change.
#[derive(Debug, Clone)]
pub struct ChangeAssignments {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The users.
    pub users: Vec<UserId>,
}

/// Assigns a licence to each user who has none yet.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `NOT_ACTIVE`, `LICENSES_NOT_APPLICABLE`, `USER_NOT_IN_ORGANIZATION`, `NO_LICENSE_AVAILABLE`;
/// `Invalid`, `NotFound` and `Forbidden`.
pub async fn assign_licenses(
    market: &Marketplace,
    by: &By,
    input: ChangeAssignments,
) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    // Before the subscription, as whoever removes one of them does: they cannot go until this has ended.
    let people = user::Entity::find()
        .filter(user::Column::Id.is_in(input.users.iter().take(MOST).copied()))
        .filter(user::Column::RemovedAt.is_null())
        .order_by_asc(user::Column::Id)
        .lock_shared()
        .all(&work.tx)
        .await?;
    let (mut subscription, asked) = begin(&mut work, &input).await?;
    let organization = subscription.row.organization_id;
    let belonging: BTreeSet<UserId> =
        people.into_iter().filter(|user| user.organization_id == organization).map(|user| user.id).collect();
    let strangers = input.users.iter().enumerate().filter(|(_, user)| !belonging.contains(user));
    let strangers: Vec<_> = strangers
        .map(|(index, _)| Refusal::from(Code::UserNotInOrganization).at(Input::element("userIds", index)))
        .collect();
    if !strangers.is_empty() {
        return Err(Error::RefusedParts(strangers));
    }
    let assigned = assigned_among(&work, &subscription, &asked).await?;
    let new: Vec<UserId> = asked.into_iter().filter(|user| !assigned.contains(user)).collect();
    let wanted = new.len() as i64;
    let available = subscription.available().unwrap_or(0);
    if wanted > available {
        let message = format!(
            "{available} licences are available, and {wanted} are needed. Unassign some, or buy more."
        );
        return Err(Code::NoLicenseAvailable.because(message).into());
    }
    if wanted > 0 {
        let rows = new.iter().map(|user| {
            license_assignment::Model {
                id: work.id(),
                subscription_id: subscription.row.id,
                organization_id: organization,
                publisher_id: subscription.row.publisher_id,
                user_id: *user,
                assigned_at: work.at(),
                ended_at: None,
            }
            .into_active_model()
        });
        license_assignment::Entity::insert_many(rows.collect::<Vec<_>>())
            .exec_without_returning(&work.tx)
            .await?;
        subscription.row.assigned += wanted;
        work.save(&mut subscription, EventType::LicensesAssigned, json!({ "users": new }));
    }
    work.commit().await?;
    Ok(input.subscription)
}

/// Takes the licence back from each user who has one.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `NOT_ACTIVE`, `LICENSES_NOT_APPLICABLE`; `Invalid`, `NotFound` and `Forbidden`.
pub async fn unassign_licenses(
    market: &Marketplace,
    by: &By,
    input: ChangeAssignments,
) -> Result<SubscriptionId> {
    let mut work = market.begin(by).await?;
    let (mut subscription, asked) = begin(&mut work, &input).await?;
    let losing = assigned_among(&work, &subscription, &asked).await?;
    if !losing.is_empty() {
        license_assignment::Entity::update_many()
            .col_expr(license_assignment::Column::EndedAt, Expr::value(work.at()))
            .filter(license_assignment::Column::SubscriptionId.eq(subscription.row.id))
            .filter(license_assignment::Column::UserId.is_in(losing.iter().copied()))
            .filter(license_assignment::Column::EndedAt.is_null())
            .exec(&work.tx)
            .await?;
        subscription.row.assigned -= losing.len() as i64;
        work.save(&mut subscription, EventType::LicensesUnassigned, json!({ "users": losing }));
    }
    work.commit().await?;
    Ok(input.subscription)
}

/// What both begin with: the subscription, and the users without repetitions.
async fn begin(work: &mut Work<'_>, input: &ChangeAssignments) -> Result<(Subscription, BTreeSet<UserId>)> {
    if input.users.is_empty() || input.users.len() > MOST {
        return Err(Error::invalid("userIds", format!("name 1 to {MOST} users")));
    }
    let subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&work.by.actor, Action::AssignLicenses, &subscription.row)?;
    subscription.decide(Change::ChangeLicenses, work.at())?;
    licensed(&subscription.row)?;
    Ok((subscription, input.users.iter().copied().collect()))
}

async fn assigned_among(
    work: &Work<'_>,
    subscription: &Subscription,
    users: &BTreeSet<UserId>,
) -> Result<Vec<UserId>> {
    let rows = license_assignment::Entity::find()
        .filter(license_assignment::Column::SubscriptionId.eq(subscription.row.id))
        .filter(license_assignment::Column::UserId.is_in(users.iter().copied()))
        .filter(license_assignment::Column::EndedAt.is_null())
        .all(&work.tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.user_id).collect())
}
