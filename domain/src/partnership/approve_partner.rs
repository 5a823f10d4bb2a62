//! Giving a partner what it asked for.

use crate::{By, Error, Marketplace, Result, organization::people};
use entity::{
    id::{PartnerId, PartnershipId},
    state::{EventType, PartnershipStatus},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;

/// Approves the partner's request: it may buy for the organization from now on. Approving it again changes nothing.
///
/// # Errors
/// `NotFound` when this partner did not ask; `Forbidden` for everybody but owners.
pub async fn approve_partner(market: &Marketplace, by: &By, partner: PartnerId) -> Result<PartnershipId> {
    let mut work = market.begin(by).await?;
    let mut organization = people::owned(&work).await?;
    let living = work.living_partnership(organization.id, partner).await?;
    let partnership = living.ok_or_else(|| Error::not_found("partnerId"))?;
    let id = partnership.id;
    if partnership.status == PartnershipStatus::Requested {
        let mut row = partnership.into_active_model();
        row.status = Set(PartnershipStatus::Approved);
        row.approved_at = Set(Some(work.at()));
        row.update(&work.tx).await?;
        let body = json!({ "partnership": id, "partner": partner });
        work.record_on_organization(&mut organization, EventType::PartnershipApproved, body);
        work.commit().await?;
    }
    Ok(id)
}
