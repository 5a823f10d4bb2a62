//! Giving money back: every refund that is to be made or asked about.

use super::{Report, aside};
use crate::{
    Marketplace, Result,
    billing::refund::{PaidBack, pay_back},
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
    for id in aside::to_retry(market, Job::RefundPayments).await? {
        one(market, id, report).await?;
    }
    while !market.stopping() {
        let ids = due::refundable(market.db().read(), now, market.settings().sweep_batch).await?;
        if ids.is_empty() {
            break;
        }
        // Each attempt moves `ask_at` on, or is set aside: none comes twice.
        for id in ids {
            one(market, id, report).await?;
        }
    }
    Ok(())
}

async fn one(market: &Marketplace, id: Uuid, report: &mut Report) -> Result<()> {
    match pay_back(market, RefundId(id)).await {
        Ok(PaidBack::Changed) => report.changed += 1,
        Ok(PaidBack::Skipped) => report.skipped += 1,
        Err(error) => {
            report.failure(&error);
            return aside::put(market, Job::RefundPayments, id, &error).await;
        }
    }
    aside::forget(market, Job::RefundPayments, id).await
}
