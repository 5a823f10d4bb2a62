//! Inviting somebody into the organization: by an owner.

use super::people;
use crate::{By, Error, Input, Marketplace, Result, text};
use entity::{
    id::UserId,
    state::{EventType, Role},
    user,
};
use serde_json::json;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct InviteMember {
    /// Their name.
    pub name: String,
    /// Their e-mail address, by which they are recognized the first time they come.
    pub email: String,
    /// Their role; without one they see only their own licences.
    pub role: Option<Role>,
}

/// Invites them. They belong to the organization from now on: licences can be assigned to them before they come.
///
/// # Errors
/// `Forbidden` for everybody but owners; `Invalid`, also for somebody who belongs to the organization already.
pub async fn invite_member(market: &Marketplace, by: &By, input: InviteMember) -> Result<UserId> {
    text::one_line(Input::field("name"), &input.name)?;
    people::email(Input::field("email"), &input.email)?;
    let mut work = market.begin(by).await?;
    let mut organization = people::owned(&work).await?;
    if people::belongs(&work.tx, organization.id, &input.email).await?.is_some() {
        let message = "somebody with this e-mail address belongs to your organization already";
        return Err(Error::invalid("email", message));
    }
    let id: UserId = work.id();
    work.insert(user::Model {
        id,
        organization_id: organization.id,
        name: input.name,
        email: input.email,
        role: input.role,
        created_at: work.at(),
        issuer: None,
        subject: None,
        bound_at: None,
        removed_at: None,
        erased_at: None,
    })
    .await?;
    let body = json!({ "user": id, "role": input.role });
    work.record_on_organization(&mut organization, EventType::MemberInvited, body);
    work.commit().await?;
    Ok(id)
}
