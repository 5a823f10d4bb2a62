//! Erasing a person who was removed: their name, address and identity go, the history stays. It never held any of them.

use super::people;
use crate::{Actor, By, Error, Marketplace, Member, Result, access};
use entity::{
    id::{OrganizationId, UserId},
    state::{EventType, Role},
    user,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use serde_json::json;

/// Erases them: by an owner of the organization, or by the operator. Erasing them again changes nothing.
///
/// # Errors
/// `Invalid` for somebody who still belongs to the organization; `NotFound` and `Forbidden`.
pub async fn erase_user(market: &Marketplace, by: &By, id: UserId) -> Result<UserId> {
    let scope = match by.actor {
        Actor::Member(Member { organization, role: Some(Role::Owner), .. }) => {
            Condition::all().add(user::Column::OrganizationId.eq(organization))
        }
        _ => {
            access::operator(&by.actor)?;
            Condition::all()
        }
    };
    let mut work = market.begin(by).await?;
    let seen = user::Entity::find_by_id(id).filter(scope.clone()).one(&work.tx).await?;
    let organization: OrganizationId = seen.ok_or_else(|| Error::not_found("userId"))?.organization_id;
    let mut organization = people::locked(&work, organization).await?;
    let row = user::Entity::find_by_id(id).filter(scope).lock_exclusive().one(&work.tx).await?;
    let row = row.ok_or_else(|| Error::not_found("userId"))?;
    if row.removed_at.is_none() {
        return Err(Error::invalid("userId", "they belong to the organization: remove them first"));
    }
    if row.erased_at.is_some() {
        return Ok(id);
    }
    let mut erased = row.into_active_model();
    erased.name = Set("Erased".into());
    erased.email = Set(format!("{}@erased.invalid", id.0.simple()));
    erased.issuer = Set(None);
    erased.subject = Set(None);
    erased.bound_at = Set(None);
    erased.erased_at = Set(Some(work.at()));
    erased.update(&work.tx).await?;
    work.record_on_organization(&mut organization, EventType::UserErased, json!({ "user": id }));
    work.commit().await?;
    Ok(id)
}
