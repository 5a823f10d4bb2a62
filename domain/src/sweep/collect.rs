//! Collecting payments: asks about attempts whose outcome did not arrive, then charges what is due.

use super::{
    Report,
    aside::{self, Mark},
};
use crate::{
    Error, Marketplace, Result,
    billing::{
        collect::{self, Collected},
        settle,
    },
    fault,
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

/// How many charges are under way at once. SQLite has one writer, and who goes carefully goes one by one.
fn at_once(market: &Marketplace) -> usize {
    if market.db().backend() == DbBackend::Sqlite || market.careful() { 1 } else { 4 }
}

/// Collects everything that is due. What stops it half-way is in the report too.
pub(crate) async fn collect(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = drain(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn drain(market: &Marketplace, report: &mut Report) -> Result<()> {
    let now = market.now().await?;
    let limit = market.settings().sweep_batch;
    while report.goes_on(market) {
        let ids = due::askable(market.db().read(), now.business, limit).await?;
        if ids.is_empty() {
            break;
        }
        // Each answer moves `ask_at` on, or the attempt is set aside: none comes twice.
        each(market, ids, Again::No, report).await?;
    }
    let mut behind = None;
    while report.goes_on(market) {
        let due = due::collectable(market.db().read(), now.business, behind, limit).await?;
        let Some(last) = due.last() else { break };
        behind = Some(*last);
        each(market, due.into_iter().map(|(_, id)| id).collect(), Again::No, report).await?;
    }
    let retries = aside::to_retry(market, Job::CollectPayments).await?;
    each(market, retries, Again::Yes, report).await
}

/// Whether it was set aside, and is tried again.
#[derive(Debug, Clone, Copy)]
enum Again {
    Yes,
    No,
}

/// Begins with a row, unless the process is to stop or somebody else is at it.
async fn begin(market: &Marketplace, id: Uuid, again: Again) -> Result<Option<Mark>> {
    if market.stopping() {
        return Ok(None);
    }
    match again {
        Again::Yes => aside::begin_again(market, Job::CollectPayments, id).await,
        Again::No => aside::begin(market, Job::CollectPayments, id).await,
    }
}

async fn each(market: &Marketplace, ids: Vec<Uuid>, again: Again, report: &mut Report) -> Result<()> {
    let mut outcomes = stream::iter(ids)
        .map(|id| async move {
            let Some(mark) = begin(market, id, again).await? else { return Ok(None) };
            Ok::<_, Error>(Some((id, mark, one(market, id).await)))
        })
        .buffer_unordered(at_once(market));
    while let Some(outcome) = outcomes.next().await {
        market.step();
        match outcome? {
            None => report.skipped += 1,
            Some((_, _, Ok(Collected::Changed))) => report.changed += 1,
            Some((_, _, Ok(Collected::Skipped))) => report.skipped += 1,
            Some((id, mark, Err(error))) => {
                aside::failed(market, Job::CollectPayments, id, &error, mark).await?;
                report.failure(&error);
            }
        }
    }
    report.goes_on(market);
    Ok(())
}

/// One invoice to collect, or one attempt to ask about.
async fn one(market: &Marketplace, id: Uuid) -> Result<Collected> {
    fault::touched(id).await;
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
