//! Closing proposals that nobody answered in time.

use super::{
    Report,
    aside::{self, Mark},
};
use crate::{Marketplace, Result, fault, job::Job, proposal::expire::expire_proposal, store::due};
use entity::id::ProposalId;
use uuid::Uuid;

/// Closes every proposal that ran out. What stops it half-way is in the report too.
pub(crate) async fn expire_proposals(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = drain(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn drain(market: &Marketplace, report: &mut Report) -> Result<()> {
    while report.goes_on(market) {
        let now = market.now().await?.business;
        let ids = due::run_out(market.db().read(), now, market.settings().sweep_batch).await?;
        if ids.is_empty() {
            break;
        }
        // Each is closed, or set aside: none comes twice.
        for id in ids {
            if !report.goes_on(market) {
                break;
            }
            if let Some(mark) = aside::begin(market, Job::ExpireProposals, id).await? {
                one(market, id, mark, report).await?;
            }
        }
    }
    for id in aside::to_retry(market, Job::ExpireProposals).await? {
        if !report.goes_on(market) {
            break;
        }
        if let Some(mark) = aside::begin_again(market, Job::ExpireProposals, id).await? {
            one(market, id, mark, report).await?;
        }
    }
    Ok(())
}

async fn one(market: &Marketplace, id: Uuid, mark: Mark, report: &mut Report) -> Result<()> {
    fault::touched(id).await;
    let outcome = expire_proposal(market, ProposalId(id)).await;
    market.step();
    match outcome {
        Ok(true) => report.changed += 1,
        Ok(false) => report.skipped += 1,
        Err(error) => {
            report.failure(&error);
            return aside::failed(market, Job::ExpireProposals, id, &error, mark).await;
        }
    }
    aside::forget(market, Job::ExpireProposals, id).await
}
