//! Taking a proposal back before it is answered.

use super::lifecycle::Change;
use crate::{By, Marketplace, Result, access};
use entity::{id::ProposalId, state::EventType};
use serde_json::json;

/// Withdraws it. Withdrawing a withdrawn one changes nothing.
///
/// # Errors
/// `PROPOSAL_CLOSED` once it was answered or ran out; `Forbidden` for everybody but operators; `NotFound`.
pub async fn withdraw_proposal(market: &Marketplace, by: &By, id: ProposalId) -> Result<ProposalId> {
    access::operator(&by.actor)?;
    let mut work = market.begin(by).await?;
    let mut locked = work.proposal(id).await?;
    if let Some(status) = locked.decide(&work, Change::Withdraw)? {
        locked.close(&work, status, None).await?;
        locked.record(&mut work, EventType::ProposalWithdrawn, json!({}));
        work.commit().await?;
    }
    Ok(id)
}
