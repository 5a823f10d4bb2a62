//! Roles on a billing profile: granting and revoking. The last owner stays.

use super::profile_of;
use crate::{By, Code, Error, Input, Marketplace, Refusal, Result, access, work::Work};
use entity::{
    billing_profile, billing_profile_role,
    id::{BillingProfileId, UserId},
    state::{BillingProfileRole, EventType},
    user,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, Set,
};
use serde_json::json;

/// Who shall have which role.
#[derive(Debug, Clone, Copy)]
pub struct GrantBillingProfileRole {
    /// The profile.
    pub billing_profile: BillingProfileId,
    /// The user.
    pub user: UserId,
    /// The role; it replaces the one that they have.
    pub role: BillingProfileRole,
}

/// Grants it. Granting the role that somebody has already changes nothing.
///
/// # Errors
/// `USER_NOT_IN_ORGANIZATION`; `LAST_OWNER` when the last owner would become something else; `NotFound` and `Forbidden`.
pub async fn grant_billing_profile_role(
    market: &Marketplace,
    by: &By,
    input: GrantBillingProfileRole,
) -> Result<BillingProfileId> {
    let mut work = market.begin(by).await?;
    let mut profile = granting(&work, input.billing_profile).await?;
    let user = user::Entity::find_by_id(input.user).one(&work.tx).await?;
    let user = user.filter(|user| user.removed_at.is_none());
    let organization =
        user.map(|user| user.organization_id).filter(|id| Some(*id) == profile.organization_id);
    let Some(organization_id) = organization else {
        return Err(Refusal::from(Code::UserNotInOrganization).at(Input::field("userId")).into());
    };
    let held = billing_profile_role::Entity::find_by_id((profile.id, input.user)).one(&work.tx).await?;
    match held {
        Some(held) if held.role == input.role => return Ok(profile.id),
        Some(held) => {
            owner_remains(&work, &held).await?;
            let mut row = held.into_active_model();
            row.role = Set(input.role);
            row.update(&work.tx).await?;
        }
        None => {
            work.insert(billing_profile_role::Model {
                billing_profile_id: profile.id,
                user_id: input.user,
                organization_id,
                role: input.role,
            })
            .await?;
        }
    }
    let body = json!({ "user": input.user, "role": input.role });
    work.record_on_profile(&mut profile, EventType::ProfileRoleGranted, body);
    work.commit().await?;
    Ok(input.billing_profile)
}

/// Whose role to take back.
#[derive(Debug, Clone, Copy)]
pub struct RevokeBillingProfileRole {
    /// The profile.
    pub billing_profile: BillingProfileId,
    /// The user.
    pub user: UserId,
}

/// Takes it back. Nothing changes when they have none.
///
/// # Errors
/// `LAST_OWNER`; `NotFound` and `Forbidden`.
pub async fn revoke_billing_profile_role(
    market: &Marketplace,
    by: &By,
    input: RevokeBillingProfileRole,
) -> Result<BillingProfileId> {
    let mut work = market.begin(by).await?;
    let mut profile = granting(&work, input.billing_profile).await?;
    let held = billing_profile_role::Entity::find_by_id((profile.id, input.user)).one(&work.tx).await?;
    let Some(held) = held else { return Ok(profile.id) };
    owner_remains(&work, &held).await?;
    let body = json!({ "user": input.user, "role": held.role });
    held.delete(&work.tx).await?;
    work.record_on_profile(&mut profile, EventType::ProfileRoleRevoked, body);
    work.commit().await?;
    Ok(input.billing_profile)
}

/// The profile, locked, if the actor may give roles on it.
async fn granting(work: &Work<'_>, id: BillingProfileId) -> Result<billing_profile::Model> {
    let (profile, role) = profile_of(work, id).await?;
    if access::grants(role) {
        Ok(profile)
    } else {
        Err(Error::Forbidden("giving roles needs the role of an owner on the billing profile".into()))
    }
}

/// Whether there is another owner than the one who gives up this role, if it is an owner's.
async fn owner_remains(work: &Work<'_>, held: &billing_profile_role::Model) -> Result<()> {
    use billing_profile_role::{Column, Entity};
    if held.role != BillingProfileRole::Owner {
        return Ok(());
    }
    let others = Entity::find()
        .filter(Column::BillingProfileId.eq(held.billing_profile_id))
        .filter(Column::Role.eq(BillingProfileRole::Owner))
        .filter(Column::UserId.ne(held.user_id))
        .count(&work.tx)
        .await?;
    if others == 0 {
        return Err(Refusal::from(Code::LastOwner).at(Input::field("userId")).into());
    }
    Ok(())
}
