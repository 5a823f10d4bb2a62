//! Creating an organization with its first owner: by the operator.

use super::people;
use crate::{By, Input, Marketplace, Result, access, country, text};
use entity::{
    id::{OrganizationId, UserId},
    organization,
    state::{EventType, Role},
    user,
};
use serde_json::json;

/// The organization to create.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// Its name.
    pub name: String,
    /// ISO 3166 alpha-2 code of its country.
    pub country: String,
    /// The name of its first owner.
    pub owner_name: String,
    /// The e-mail address of its first owner, who is recognized by it at first.
    pub owner_email: String,
}

/// Creates it. Its owner comes in with the e-mail address, and invites the others.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `Invalid`.
pub async fn create_organization(
    market: &Marketplace,
    by: &By,
    input: CreateOrganization,
) -> Result<OrganizationId> {
    access::operator(&by.actor)?;
    let owner = |field: &'static str| Input(vec!["input".into(), "owner".into(), field.into()]);
    text::one_line(Input::field("name"), &input.name)?;
    text::one_line(owner("name"), &input.owner_name)?;
    people::email(owner("email"), &input.owner_email)?;
    let country = country::parse(&input.country, Input::field("country"))?;
    let mut work = market.begin(by).await?;
    let mut row = organization::Model {
        id: work.id(),
        name: input.name,
        country,
        version: 0,
        event_hash: Vec::new(),
        created_at: work.at(),
    };
    let id = row.id;
    let user: UserId = work.id();
    work.insert(row.clone()).await?;
    work.insert(user::Model {
        id: user,
        organization_id: id,
        name: input.owner_name,
        email: input.owner_email,
        role: Some(Role::Owner),
        created_at: work.at(),
        issuer: None,
        subject: None,
        bound_at: None,
        removed_at: None,
        erased_at: None,
    })
    .await?;
    work.record_on_organization(&mut row, EventType::OrganizationCreated, json!({ "owner": user }));
    work.commit().await?;
    Ok(id)
}
