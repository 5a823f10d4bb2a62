//! Declining a proposal, with a reason if there is one to give.

use super::lifecycle::Change;
use crate::{By, Input, Marketplace, Result, access, text};
use entity::{id::ProposalId, state::EventType};
use serde_json::json;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

/// What to decline, and why.
#[derive(Debug, Clone)]
pub struct DeclineProposal {
    /// The proposal.
    pub proposal: ProposalId,
    /// Why, for the operator to read.
    pub reason: Option<String>,
}

/// Declines it, whatever its revision. Declining a declined one changes nothing.
///
/// # Errors
/// `PROPOSAL_CLOSED` once it was accepted, withdrawn or ran out; `Invalid`, `NotFound` and `Forbidden`.
pub async fn decline_proposal(market: &Marketplace, by: &By, input: DeclineProposal) -> Result<ProposalId> {
    if let Some(reason) = &input.reason {
        text::lines(Input::field("reason"), reason, LONGEST_REASON)?;
    }
    let mut work = market.begin(by).await?;
    let mut locked = work.proposal(input.proposal).await?;
    access::may_answer(&by.actor)?;
    if let Some(status) = locked.decide(&work, Change::Decline)? {
        locked.close(&work, status, Some((by, input.reason))).await?;
        locked.record(&mut work, EventType::ProposalDeclined, json!({}));
        work.commit().await?;
    }
    Ok(input.proposal)
}
