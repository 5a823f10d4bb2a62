//! Giving money back: every refund that is to be made or asked about.

use super::{
    Report,
    aside::{self, Mark},
};
use crate::{
    Marketplace, Result,
    billing::refund::{PaidBack, pay_back},
    fault,
    job::Job,
    store::due,
};
use entity::id::RefundId;
use uuid::Uuid;

/// Makes every refund that is due. What stops it half-way is in the report too.
pub(crate) async fn refund(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = drain(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn drain(market: &Marketplace, report: &mut Report) -> Result<()> {
    let now = market.now().await?.business;
    while report.goes_on(market) {
        let ids = due::refundable(market.db().read(), now, market.settings().sweep_batch).await?;
        if ids.is_empty() {
            break;
        }
        // Each attempt moves `ask_at` on, or is set aside: none comes twice.
        for id in ids {
            if !report.goes_on(market) {
                break;
            }
            if let Some(mark) = aside::begin(market, Job::RefundPayments, id).await? {
                one(market, id, mark, report).await?;
            }
        }
    }
    for id in aside::to_retry(market, Job::RefundPayments).await? {
        if !report.goes_on(market) {
            break;
        }
        if let Some(mark) = aside::begin_again(market, Job::RefundPayments, id).await? {
            one(market, id, mark, report).await?;
        }
    }
    Ok(())
}

async fn one(market: &Marketplace, id: Uuid, mark: Mark, report: &mut Report) -> Result<()> {
    fault::touched(id).await;
    let outcome = pay_back(market, RefundId(id)).await;
    market.step();
    match outcome {
        Ok(PaidBack::Changed) => report.changed += 1,
        Ok(PaidBack::Skipped) => report.skipped += 1,
        Err(error) => {
            report.failure(&error);
            return aside::failed(market, Job::RefundPayments, id, &error, mark).await;
        }
    }
    aside::forget(market, Job::RefundPayments, id).await
}
