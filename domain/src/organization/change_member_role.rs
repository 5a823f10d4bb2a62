//! Changing somebody's role in the organization: by an owner. The last owner stays.

use super::people;
use crate::{By, Marketplace, Result};
use entity::{
    id::UserId,
    state::{EventType, Role},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;

/// Who shall have which role.
#[derive(Debug, Clone, Copy)]
pub struct ChangeMemberRole {
    /// The member.
    pub user: UserId,
    /// The role; without one they see only their own licences.
    pub role: Option<Role>,
}

/// Changes it, from their next request on. Giving the role that somebody has changes nothing.
///
/// # Errors
/// `LAST_OWNER`; `NotFound` and `Forbidden`.
pub async fn change_member_role(market: &Marketplace, by: &By, input: ChangeMemberRole) -> Result<UserId> {
    let mut work = market.begin(by).await?;
    let (mut organization, member) = people::owned_with(&work, input.user).await?;
    if member.role == input.role {
        return Ok(input.user);
    }
    people::owner_remains(&work, &member).await?;
    let body = json!({ "user": input.user, "from": member.role, "role": input.role });
    let mut row = member.into_active_model();
    row.role = Set(input.role);
    row.update(&work.tx).await?;
    work.record_on_organization(&mut organization, EventType::MemberRoleChanged, body);
    work.commit().await?;
    Ok(input.user)
}
