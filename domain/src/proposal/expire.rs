//! What becomes of a proposal whose time ran out.

use super::lifecycle::Change;
use crate::{By, Error, Marketplace, Result};
use entity::{id::ProposalId, state::EventType};
use serde_json::json;

/// Closes it, if it is still open and its time ran out; whether it was.
///
/// # Errors
/// What the database said.
pub(crate) async fn expire_proposal(market: &Marketplace, id: ProposalId) -> Result<bool> {
    let mut work = market.begin(&By::system()).await?;
    let mut locked = work.proposal(id).await?;
    match locked.decide(&work, Change::Expire) {
        Ok(Some(status)) => {
            locked.close(&work, status, None).await?;
            locked.record(&mut work, EventType::ProposalExpired, json!({}));
            work.commit().await?;
            Ok(true)
        }
        // Somebody answered meanwhile.
        Ok(None) | Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
