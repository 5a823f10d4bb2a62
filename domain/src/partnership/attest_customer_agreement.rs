//! A partner says that its customer has accepted the Customer Agreement: who did, and when.

use super::partner;
use crate::{
    By, Code, Error, Input, Marketplace, Refusal, Result, organization::people,
    subscription::buying::current_agreement, text::one_line,
};
use chrono::NaiveDate;
use entity::{agreement_acceptance, id::OrganizationId, state::EventType};
use sea_orm::EntityTrait;
use serde_json::json;

/// What the partner attests.
#[derive(Debug, Clone)]
pub struct AttestCustomerAgreement {
    /// Its customer.
    pub organization: OrganizationId,
    /// The version that was accepted: the current one.
    pub version: String,
    /// Who accepted it at the customer: the person's name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The day on which they did, UTC.
    pub accepted_on: NaiveDate,
}

/// Records it. What was accepted before stays as it was recorded.
///
/// # Errors
/// `NotFound` for an organization that did not approve the partner; `AGREEMENT_VERSION_OUTDATED`; `Invalid`, also for a day
/// in the future or before the version was published; `Forbidden` for everybody but partners.
pub async fn attest_customer_agreement(
    market: &Marketplace,
    by: &By,
    input: AttestCustomerAgreement,
) -> Result<OrganizationId> {
    let partner = partner(&by.actor)?;
    one_line(Input::field("name"), &input.name)?;
    people::email(Input::field("email"), &input.email)?;
    let mut work = market.begin(by).await?;
    if !work.is_approved(input.organization, partner).await? {
        return Err(Error::not_found("organizationId"));
    }
    let mut organization = people::locked(&work, input.organization).await?;
    let current = current_agreement(&work.reader()).await?;
    if current.version != input.version {
        return Err(Refusal::from(Code::AgreementVersionOutdated).at(Input::field("version")).into());
    }
    if input.accepted_on > work.at().date_naive() {
        return Err(Error::invalid("acceptedOn", "this day is in the future"));
    }
    if input.accepted_on < current.published_at.date_naive() {
        let message = format!("this version was published on {}", current.published_at.date_naive());
        return Err(Error::invalid("acceptedOn", message));
    }
    let key = (organization.id, current.version.clone());
    if agreement_acceptance::Entity::find_by_id(key).one(&work.tx).await?.is_none() {
        work.insert(agreement_acceptance::Model {
            organization_id: organization.id,
            version: current.version.clone(),
            accepted_at: crate::calendar::midnight(input.accepted_on).max(current.published_at),
            accepted_by: None,
            attested_by: Some(partner),
            attested_at: Some(work.at()),
            attested_name: Some(input.name),
            attested_email: Some(input.email),
        })
        .await?;
        let body = json!({ "version": current.version, "attestedBy": partner });
        work.record_on_organization(&mut organization, EventType::AgreementAccepted, body);
        work.commit().await?;
    }
    Ok(input.organization)
}
