//! Accepting the Customer Agreement: without it nothing can be bought.

use crate::{
    Actor, By, Code, Error, Input, Marketplace, Refusal, Result, access,
    subscription::buying::current_agreement,
};
use entity::{agreement_acceptance, id::OrganizationId, organization, state::EventType};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::json;

/// Accepts the version for the member's organization. Accepting it again is a harmless repetition.
///
/// # Errors
/// `AGREEMENT_VERSION_OUTDATED` for a version that is not the current one; `Forbidden`.
pub async fn accept_customer_agreement(
    market: &Marketplace,
    by: &By,
    version: &str,
) -> Result<OrganizationId> {
    let Actor::Member(member) = &by.actor else {
        return Err(Error::Forbidden("only members of an organization accept for it".into()));
    };
    access::may_buy(&by.actor)?;
    let mut work = market.begin(by).await?;
    let mut organization = organization::Entity::find_by_id(member.organization)
        .lock_exclusive()
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::internal("a member without an organization"))?;
    let current = current_agreement(&work.reader()).await?;
    if current.version != version {
        return Err(Refusal::from(Code::AgreementVersionOutdated).at(Input::field("version")).into());
    }
    let key = (organization.id, current.version.clone());
    if agreement_acceptance::Entity::find_by_id(key).one(&work.tx).await?.is_none() {
        work.insert(agreement_acceptance::Model {
            organization_id: organization.id,
            version: current.version.clone(),
            accepted_at: work.at(),
            accepted_by: member.user,
            attested_by: None,
            attested_at: None,
            attested_name: None,
            attested_email: None,
        })
        .await?;
        let body = json!({ "version": current.version });
        work.record_on_organization(&mut organization, EventType::AgreementAccepted, body);
    }
    work.commit().await?;
    Ok(member.organization)
}
