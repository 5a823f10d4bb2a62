//! Drafting a proposal, and sending it if that is wanted.

use super::{
    Locked, ProposedLine,
    terms::{Terms, expiry, message},
};
use crate::{Actor, By, Error, Marketplace, Result, access, clock::to_micros, organization::people};
use chrono::{DateTime, Utc};
use entity::{
    id::{OrganizationId, ProposalId},
    organization, proposal,
    state::{EventType, ProposalStatus},
};
use sea_orm::EntityTrait;

/// What to offer whom, until when.
#[derive(Debug, Clone)]
pub struct CreateProposal {
    /// To whom.
    pub organization: OrganizationId,
    /// What the operator says to it.
    pub message: Option<String>,
    /// Until when it can be accepted, exclusive.
    pub expires_at: DateTime<Utc>,
    /// Whether the organization gets it at once; otherwise it is a draft.
    pub send: bool,
    /// What is offered, all or nothing.
    pub lines: Vec<ProposedLine>,
}

/// Drafts it, and sends it if that is wanted.
///
/// # Errors
/// `Forbidden` for everybody but operators; `NotFound`; `Invalid`; those of the lines.
pub async fn create_proposal(market: &Marketplace, by: &By, input: CreateProposal) -> Result<ProposalId> {
    access::operator(&by.actor)?;
    message(input.message.as_deref())?;
    let mut work = market.begin(by).await?;
    let customer = organization::Entity::find_by_id(input.organization).one(&work.tx).await?;
    customer.ok_or_else(|| Error::not_found("organizationId"))?;
    expiry(input.expires_at, work.at())?;
    let terms = Terms::checked(&work, &input.lines).await?;
    let organization = people::locked(&work, input.organization).await?;
    let drafted_by = match by.actor {
        Actor::Operator(id) => Some(id),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::System => None,
    };
    let row = proposal::Model {
        id: work.id(),
        organization_id: input.organization,
        status: if input.send { ProposalStatus::Open } else { ProposalStatus::Draft },
        revision: 1,
        message: input.message,
        currency: terms.currency.clone(),
        expires_at: to_micros(input.expires_at),
        drafted_by,
        drafted_at: work.at(),
        sent_at: input.send.then(|| work.at()),
        closed_at: None,
        answered_by: None,
        decline_reason: None,
    };
    work.insert(row.clone()).await?;
    terms.write(&work, row.id, row.revision, row.organization_id).await?;
    let id = row.id;
    let kind = if input.send { EventType::ProposalSent } else { EventType::ProposalDrafted };
    Locked { row, organization }.record(&mut work, kind, terms.recorded());
    work.commit().await?;
    Ok(id)
}
