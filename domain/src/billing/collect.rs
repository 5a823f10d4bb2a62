//! Collecting one invoice: the automatic charge when it is due, and on the retry days.

use super::{
    payer::{Usability, approved_wire, usability},
    settle,
};
use crate::{By, Marketplace, Result};
use entity::id::InvoiceId;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collected {
    /// The money came, the charge was declined, or the invoice is overdue now.
    Changed,
    /// Somebody else had been there first, or there was nothing to do.
    Skipped,
}

/// Collects the invoice if that is due.
///
/// # Errors
/// What the database said; what was attempted stays open then, and the gateway is asked about it.
pub async fn collect(market: &Marketplace, id: InvoiceId) -> Result<Collected> {
    let by = By::system();
    let mut work = market.begin(&by).await?;
    let Some(mut ledger) = work.ledger(id, false).await? else {
        return Ok(Collected::Skipped);
    };
    let due = ledger.invoice.collect_at.is_some_and(|at| at <= work.at());
    if !due || ledger.open.is_some() || !ledger.unpaid() {
        return Ok(Collected::Skipped);
    }
    let method = ledger.payer.method.clone();
    let failure = match &method {
        None => "no_payment_method",
        Some(method) if approved_wire(method) => "not_received",
        Some(method) => match usability(method, work.at()) {
            Usability::Expired => "card_expired",
            Usability::Refused | Usability::PendingApproval => "payment_method_not_usable",
            Usability::Usable => "",
        },
    };
    match method {
        _ if ledger.all_lapsed() => ledger.overdue(&mut work).await?,
        Some(method) if failure.is_empty() => {
            let attempt = ledger.open_payment(&mut work, method.id).await?;
            work.commit().await?;
            settle::charge(market, &by, &attempt, &method).await?;
            // Also when its outcome is not known yet: an attempt was made.
            return Ok(Collected::Changed);
        }
        Some(method) if approved_wire(&method) => ledger.overdue(&mut work).await?,
        method => ledger.record_failure(&mut work, method.map(|method| method.id), failure).await?,
    }
    work.commit().await?;
    Ok(Collected::Changed)
}
