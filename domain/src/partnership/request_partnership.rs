//! Asking an organization for a partnership.

use super::partner;
use crate::{By, Error, Marketplace, Result, organization::people};
use entity::{
    id::{OrganizationId, PartnershipId},
    organization, partnership,
    state::{EventType, PartnershipStatus},
};
use sea_orm::EntityTrait;
use serde_json::json;

/// Asks for a partnership, by the organization's id. Asking again while one lives changes nothing.
///
/// # Errors
/// `NotFound`; `Forbidden` for everybody but partners.
pub async fn request_partnership(
    market: &Marketplace,
    by: &By,
    customer: OrganizationId,
) -> Result<PartnershipId> {
    let partner = partner(&by.actor)?;
    let mut work = market.begin(by).await?;
    let found = organization::Entity::find_by_id(customer).one(&work.tx).await?;
    found.ok_or_else(|| Error::not_found("organizationId"))?;
    // Two requests at once: the second waits here, and finds the first's.
    let mut organization = people::locked(&work, customer).await?;
    if let Some(living) = work.living_partnership(customer, partner).await? {
        return Ok(living.id);
    }
    let id: PartnershipId = work.id();
    work.insert(partnership::Model {
        id,
        organization_id: customer,
        partner_id: partner,
        status: PartnershipStatus::Requested,
        requested_at: work.at(),
        approved_at: None,
        ended_at: None,
    })
    .await?;
    let body = json!({ "partnership": id, "partner": partner });
    work.record_on_organization(&mut organization, EventType::PartnershipRequested, body);
    work.commit().await?;
    Ok(id)
}
