//! Collecting payments: asks about attempts whose outcome did not arrive, then charges what is due.

use super::{Report, aside};
use crate::{
    Marketplace, Now, Result,
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

/// Collects everything that is due.
pub(crate) async fn collect(market: &Marketplace, now: Now) -> Result<Report> {
    let mut report = Report::default();
    let retries = aside::to_retry(market, now, Job::CollectPayments).await?;
    each(market, now, retries, &mut report).await?;
    let limit = market.settings().sweep_batch;
    loop {
        let ids = due::askable(market.db().read(), now.business, limit).await?;
        if ids.is_empty() {
            break;
        }
        // Each answer moves `ask_at` on, or the attempt is set aside: none comes twice.
        each(market, now, ids, &mut report).await?;
    }
    let mut behind = None;
    loop {
        let due = due::collectable(market.db().read(), now.business, behind, limit).await?;
        let Some(last) = due.last() else { return Ok(report) };
        behind = Some(*last);
        each(market, now, due.into_iter().map(|(_, id)| id).collect(), &mut report).await?;
    }
}

async fn each(market: &Marketplace, now: Now, ids: Vec<Uuid>, report: &mut Report) -> Result<()> {
    let mut outcomes =
        stream::iter(ids).map(|id| async move { (id, one(market, now, id).await) }).buffer_unordered(at_once(market));
    while let Some((id, outcome)) = outcomes.next().await {
        match outcome {
            Ok(Collected::Changed) => report.changed += 1,
            Ok(Collected::Skipped) => report.skipped += 1,
            Err(error) => {
                tracing::error!(job = Job::CollectPayments.name(), subject = %id, %error, "set aside");
                aside::put(market, now, Job::CollectPayments, id, &error).await?;
                report.failure(&error);
            }
        }
    }
    Ok(())
}

/// One invoice to collect, or one attempt to ask about.
async fn one(market: &Marketplace, now: Now, id: Uuid) -> Result<Collected> {
    let db = market.db().read();
    let outcome = if payment::Entity::find_by_id(PaymentId(id)).one(db).await?.is_some() {
        match settle::ask(market, now, PaymentId(id)).await? {
            PaymentStatus::Succeeded | PaymentStatus::Declined => Collected::Changed,
            PaymentStatus::Pending | PaymentStatus::Unknown | PaymentStatus::Refunded => Collected::Skipped,
        }
    } else if invoice::Entity::find_by_id(InvoiceId(id)).one(db).await?.is_some() {
        collect::collect(market, now, InvoiceId(id)).await?
    } else {
        Collected::Skipped
    };
    aside::forget(market, Job::CollectPayments, id).await?;
    Ok(outcome)
}
