//! Changing what is offered before it is answered, or sending a draft.

use super::{
    Locked, ProposedLine,
    lifecycle::Change,
    standing_lines,
    terms::{Terms, expiry, message},
};
use crate::{By, Error, Marketplace, Result, access, clock::to_micros, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    id::ProposalId,
    state::{EventType, ProposalStatus},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::{Value as Json, json};

/// What changes; what is none stays as it is.
#[derive(Debug, Clone)]
pub struct ReviseProposal {
    /// The proposal.
    pub proposal: ProposalId,
    /// What the operator says to it; none within takes the message away.
    pub message: Option<Option<String>>,
    /// Until when it can be accepted, exclusive.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether a draft is sent now. What was sent stays sent.
    pub send: Option<bool>,
    /// What is offered instead, all or nothing.
    pub lines: Option<Vec<ProposedLine>>,
}

/// Revises it: what was seen before cannot be accepted any more. A revision that changes nothing is none.
///
/// # Errors
/// `PROPOSAL_CLOSED` once it was answered, withdrawn or ran out; `Forbidden` for everybody but operators; `NotFound`;
/// `Invalid`; those of the lines.
pub async fn revise_proposal(market: &Marketplace, by: &By, input: ReviseProposal) -> Result<ProposalId> {
    access::operator(&by.actor)?;
    message(input.message.as_ref().and_then(Option::as_deref))?;
    let mut work = market.begin(by).await?;
    let mut locked = work.proposal(input.proposal).await?;
    locked.decide(&work, Change::Revise)?;
    let sent = locked.row.status == ProposalStatus::Open;
    if sent && input.send == Some(false) {
        return Err(Error::invalid("send", "it was sent already: withdraw it to take it back"));
    }
    let sends = !sent && input.send == Some(true);
    let recorded = revise(&mut locked, &work, &input).await?;
    if sent || sends {
        expiry(locked.row.expires_at, work.at())?;
    }
    if sends && let Some(status) = locked.decide(&work, Change::Send)? {
        let mut row = locked.row.clone().into_active_model();
        row.status = Set(status);
        row.sent_at = Set(Some(work.at()));
        locked.row = row.update(&work.tx).await?;
    }
    let kind = if sends { EventType::ProposalSent } else { EventType::ProposalRevised };
    if sends || recorded.is_some() {
        locked.record(&mut work, kind, recorded.unwrap_or_else(|| json!({})));
        work.commit().await?;
    }
    Ok(input.proposal)
}

/// Writes the next revision, if anything differs, and says for the record what stands then.
async fn revise(locked: &mut Locked, work: &Work<'_>, input: &ReviseProposal) -> Result<Option<Json>> {
    let row = &locked.row;
    let before = standing_lines(&work.tx, row).await?;
    let standing = Terms::standing(&row.currency, &before);
    let message = input.message.clone().unwrap_or_else(|| row.message.clone());
    let expires_at = input.expires_at.map_or(row.expires_at, to_micros);
    let words_differ = message != row.message || expires_at != row.expires_at;
    // What is not offered anew stands as it is, whatever has become of it: it is judged when the proposal is accepted.
    let wanted = match &input.lines {
        Some(lines) => Some(Terms::checked(work, lines).await?).filter(|terms| !terms.same(&standing)),
        None => None,
    };
    if !words_differ && wanted.is_none() {
        return Ok(None);
    }
    let terms = wanted.unwrap_or(standing);
    let revision = row.revision + 1;
    terms.write(work, row.id, revision, row.organization_id).await?;
    let mut revised = row.clone().into_active_model();
    revised.revision = Set(revision);
    revised.message = Set(message);
    revised.expires_at = Set(expires_at);
    revised.currency = Set(terms.currency.clone());
    locked.row = revised.update(&work.tx).await?;
    Ok(Some(terms.recorded()))
}
