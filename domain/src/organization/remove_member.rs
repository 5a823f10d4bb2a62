//! Removing somebody from the organization: by an owner. Their licences and roles end with it; the last owner stays.

use super::people;
use crate::{By, Marketplace, Result, subscription::due, work::Work};
use entity::{
    billing_profile_role,
    id::{SubscriptionId, UserId},
    license_assignment,
    state::{EventType, Status},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::Expr,
};
use serde_json::json;

/// Removes them. From this moment on they write nothing: what they began ends before, what they begin later is refused.
///
/// # Errors
/// `LAST_OWNER`; `NotFound` and `Forbidden`.
pub async fn remove_member(market: &Marketplace, by: &By, id: UserId) -> Result<UserId> {
    let mut work = market.begin(by).await?;
    let (mut organization, member) = people::owned_with(&work, id).await?;
    people::owner_remains(&work, &member).await?;
    end_licenses(&mut work, id).await?;
    end_profile_roles(&mut work, id).await?;
    let mut row = member.into_active_model();
    row.removed_at = Set(Some(work.at()));
    row.role = Set(None);
    row.update(&work.tx).await?;
    work.record_on_organization(&mut organization, EventType::MemberRemoved, json!({ "user": id }));
    work.commit().await?;
    Ok(id)
}

async fn end_licenses(work: &mut Work<'_>, user: UserId) -> Result<()> {
    use license_assignment::{Column, Entity};
    let ids: Vec<SubscriptionId> = Entity::find()
        .select_only()
        .column(Column::SubscriptionId)
        .filter(Column::UserId.eq(user))
        .filter(Column::EndedAt.is_null())
        .into_tuple()
        .all(&work.tx)
        .await?;
    for mut subscription in work.locked_subscriptions(&ids, false).await? {
        due::apply(work, &mut subscription).await?;
        if subscription.row.status != Status::Active {
            // It has just ended, and its licences end with it.
            continue;
        }
        Entity::update_many()
            .col_expr(Column::EndedAt, Expr::value(work.at()))
            .filter(Column::SubscriptionId.eq(subscription.row.id))
            .filter(Column::UserId.eq(user))
            .filter(Column::EndedAt.is_null())
            .exec(&work.tx)
            .await?;
        subscription.row.assigned -= 1;
        work.save(&mut subscription, EventType::LicensesUnassigned, json!({ "users": [user] }));
    }
    Ok(())
}

async fn end_profile_roles(work: &mut Work<'_>, user: UserId) -> Result<()> {
    use billing_profile_role::{Column, Entity};
    let held = Entity::find().filter(Column::UserId.eq(user)).all(&work.tx).await?;
    for role in held {
        let mut profile = work.profile(role.billing_profile_id).await?;
        let body = json!({ "user": user, "role": role.role });
        work.record_on_profile(&mut profile, EventType::ProfileRoleRevoked, body);
    }
    Entity::delete_many().filter(Column::UserId.eq(user)).exec(&work.tx).await?;
    Ok(())
}
