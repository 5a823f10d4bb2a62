//! Collecting payments: asks about attempts whose outcome did not arrive, then charges what is due.

use super::{Report, aside};
use crate::{
    Marketplace, Result,
    billing::{
        collect::{self, Collected},
        settle,
    },
    job::Job,
    store::due,
};
use entity::{
    id::{InvoiceId, PaymentId},
    invoice, payment,
    state::PaymentStatus,
};
use futures::{StreamExt, stream};
use sea_orm::{DbBackend, EntityTrait};
use uuid::Uuid;

/// How many charges are under way at once. SQLite has one writer.
fn at_once(market: &Marketplace) -> usize {
    if market.db().backend() == DbBackend::Sqlite { 1 } else { 4 }
}

/// Collects everything that is due. What stops it half-way is in the report too.
pub(crate) async fn collect(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = drain(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn drain(market: &Marketplace, report: &mut Report) -> Result<()> {
    let now = market.now().await?;
    let retries = aside::to_retry(market, Job::CollectPayments).await?;
    each(market, retries, report).await?;
    let limit = market.settings().sweep_batch;
    while !market.stopping() {
        let ids = due::askable(market.db().read(), now.business, limit).await?;
        if ids.is_empty() {
            break;
        }
        // Each answer moves `ask_at` on, or the attempt is set aside: none comes twice.
        each(market, ids, report).await?;
    }
    let mut behind = None;
    while !market.stopping() {
        let due = due::collectable(market.db().read(), now.business, behind, limit).await?;
        let Some(last) = due.last() else { break };
        behind = Some(*last);
        each(market, due.into_iter().map(|(_, id)| id).collect(), report).await?;
    }
    Ok(())
}

async fn each(market: &Marketplace, ids: Vec<Uuid>, report: &mut Report) -> Result<()> {
    let mut outcomes = stream::iter(ids)
        .map(|id| async move { (id, one(market, id).await) })
        .buffer_unordered(at_once(market));
    while let Some((id, outcome)) = outcomes.next().await {
        match outcome {
            Ok(Collected::Changed) => report.changed += 1,
            Ok(Collected::Skipped) => report.skipped += 1,
            Err(error) => {
                aside::put(market, Job::CollectPayments, id, &error).await?;
                report.failure(&error);
            }
        }
    }
    Ok(())
}

/// One invoice to collect, or one attempt to ask about.
async fn one(market: &Marketplace, id: Uuid) -> Result<Collected> {
    let db = market.db().read();
    let outcome = if payment::Entity::find_by_id(PaymentId(id)).one(db).await?.is_some() {
        match settle::ask(market, PaymentId(id)).await? {
            PaymentStatus::Succeeded | PaymentStatus::Declined => Collected::Changed,
            PaymentStatus::Pending | PaymentStatus::Unknown | PaymentStatus::Refunded => Collected::Skipped,
        }
    } else if invoice::Entity::find_by_id(InvoiceId(id)).one(db).await?.is_some() {
        collect::collect(market, InvoiceId(id)).await?
    } else {
        Collected::Skipped
    };
    aside::forget(market, Job::CollectPayments, id).await?;
    Ok(outcome)
}
