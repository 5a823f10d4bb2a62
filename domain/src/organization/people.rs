//! What the operations on an organization's people share.

use crate::{Actor, Code, Error, Input, Member, Result, text::LONGEST, work::Work};
use entity::{
    id::{OrganizationId, UserId},
    organization,
    state::Role,
    user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, LockType},
};

/// Whether it looks like an e-mail address; whether it is one, the invitation shows.
pub(crate) fn email(path: Input, text: &str) -> Result<()> {
    let parts: Vec<&str> = text.split('@').collect();
    if !text.is_ascii() {
        return Err(Error::Invalid(path, "write the e-mail address in ASCII".into()));
    }
    let whole = matches!(parts.as_slice(), [local, domain] if !local.is_empty() && !domain.is_empty());
    if !whole
        || text.chars().count() > LONGEST
        || text.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return Err(Error::Invalid(path, "this is no e-mail address".into()));
    }
    Ok(())
}

/// Whether a living member of the organization has this address already.
pub(crate) async fn belongs(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    email: &str,
) -> Result<Option<user::Model>> {
    let lower = Expr::expr(Func::lower(Expr::col((user::Entity, user::Column::Email))));
    Ok(user::Entity::find()
        .filter(user::Column::OrganizationId.eq(organization))
        .filter(user::Column::RemovedAt.is_null())
        .filter(lower.eq(email.to_ascii_lowercase()))
        .one(db)
        .await?)
}

/// The organization of an owner, locked: whoever changes its people waits here.
///
/// # Errors
/// `Forbidden` for everybody but owners.
pub(crate) async fn owned(work: &Work<'_>) -> Result<organization::Model> {
    locked(work, owner_of(&work.by.actor)?).await
}

/// The same, and a living member of it, locked before it: what the member has begun holds them, and may be about to write the
/// organization's history.
///
/// # Errors
/// `Forbidden` for everybody but owners; `NotFound`.
pub(crate) async fn owned_with(work: &Work<'_>, id: UserId) -> Result<(organization::Model, user::Model)> {
    let organization = owner_of(&work.by.actor)?;
    let member = member(work, organization, id).await?;
    Ok((locked(work, organization).await?, member))
}

fn owner_of(actor: &Actor) -> Result<OrganizationId> {
    match actor {
        Actor::Member(Member { organization, role: Some(Role::Owner), .. }) => Ok(*organization),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => {
            Err(Error::Forbidden("only owners of the organization change its people".into()))
        }
    }
}

/// The organization, locked.
pub(crate) async fn locked(work: &Work<'_>, id: OrganizationId) -> Result<organization::Model> {
    organization::Entity::find_by_id(id)
        .lock(LockType::NoKeyUpdate)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::internal("an organization is gone"))
}

/// A living member of the organization, locked: what they begin waits, and what they began is waited for.
///
/// # Errors
/// `NotFound`.
async fn member(work: &Work<'_>, of: OrganizationId, id: UserId) -> Result<user::Model> {
    user::Entity::find_by_id(id)
        .filter(user::Column::OrganizationId.eq(of))
        .filter(user::Column::RemovedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("userId"))
}

/// Whether somebody else remains the owner when this one is none any more.
///
/// # Errors
/// `LAST_OWNER`.
pub(crate) async fn owner_remains(work: &Work<'_>, leaving: &user::Model) -> Result<()> {
    if leaving.role != Some(Role::Owner) {
        return Ok(());
    }
    let others = user::Entity::find()
        .filter(user::Column::OrganizationId.eq(leaving.organization_id))
        .filter(user::Column::Role.eq(Role::Owner))
        .filter(user::Column::RemovedAt.is_null())
        .filter(user::Column::Id.ne(leaving.id))
        .count(&work.tx)
        .await?;
    if others == 0 {
        return Err(crate::Refusal::from(Code::LastOwner).at(Input::field("userId")).into());
    }
    Ok(())
}
