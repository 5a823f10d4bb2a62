//! The outcome of a payment, whoever tells it, and however often.

use crate::{
    By, Marketplace, Result,
    failpoint::{self, Step},
    gateway::{Charge, Outcome},
    settings::WAIT_FOR_FIRST,
    work::Purpose,
};
use chrono::TimeDelta;
use entity::{
    id::PaymentId,
    invoice, payment, payment_method,
    state::{EventType, PaymentStatus},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

/// Why an attempt was given up that never reached the gateway: something was credited or paid meanwhile.
const AMOUNT_CHANGED: &str = "amount_changed";

/// How long after an answer that was none the gateway is asked again.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Charges a stored attempt and stores its outcome. Nothing is called inside a transaction: if the process ends in
/// between, the gateway is asked about the attempt later.
///
/// # Errors
/// What the database said; the attempt stays open then.
pub(crate) async fn charge(
    market: &Marketplace,
    by: &By,
    attempt: &payment::Model,
    method: &payment_method::Model,
) -> Result<PaymentStatus> {
    failpoint::at(Step::AttemptStored).await?;
    let charge = charge_of(attempt, method);
    let call = market.gateway().charge(&charge);
    let patience = market.settings().gateway_timeout.min(WAIT_FOR_FIRST);
    let outcome = tokio::time::timeout(patience, call).await.unwrap_or(Outcome::Unknown);
    failpoint::at(Step::Charged).await?;
    settle(market, by, attempt.id, outcome).await
}

fn charge_of(attempt: &payment::Model, method: &payment_method::Model) -> Charge {
    Charge {
        id: attempt.id,
        payment_method: method.id,
        token: method.gateway_token.clone().unwrap_or_default(),
        customer: method.gateway_customer.clone(),
        amount: attempt.amount,
        currency: attempt.currency.clone(),
    }
}

/// Asks the gateway about an attempt whose outcome did not arrive, and stores the answer. An attempt that never reached
/// it is made now, under the same id: it cannot be charged twice.
///
/// # Errors
/// What the database said; the attempt stays open then.
pub(crate) async fn ask(market: &Marketplace, id: PaymentId) -> Result<PaymentStatus> {
    let db = market.db().read();
    let Some(attempt) = payment::Entity::find_by_id(id).one(db).await? else {
        return Ok(PaymentStatus::Declined);
    };
    let method = match attempt.payment_method_id {
        Some(method) => payment_method::Entity::find_by_id(method).one(db).await?,
        None => None,
    };
    let Some(method) = method else {
        let outcome = Outcome::Declined { code: "no_payment_method".into() };
        return settle(market, &By::system(), id, outcome).await;
    };
    tracing::info!(payment = %id.0, "asking what became of a charge");
    failpoint::at(Step::Asking).await?;
    let charged = charge_of(&attempt, &method);
    let call = market.gateway().lookup(&charged);
    let answer =
        tokio::time::timeout(market.settings().gateway_timeout, call).await.unwrap_or(Some(Outcome::Unknown));
    if let Some(outcome) = answer {
        return settle(market, &By::system(), id, outcome).await;
    }
    // It never arrived. Is the same still due?
    let invoice = invoice::Entity::find_by_id(attempt.invoice_id).one(db).await?;
    if invoice.is_some_and(|invoice| invoice.amount_due == attempt.amount) {
        charge(market, &By::system(), &attempt, &method).await
    } else {
        settle(market, &By::system(), id, Outcome::Impossible { code: AMOUNT_CHANGED.into() }).await
    }
}

/// Stores the outcome of an attempt. One that is settled already stays as it is: a late or repeated answer changes
/// nothing. But for one: money that came although it was declined is booked, and given back if nothing is due any more.
///
/// # Errors
/// What the database said.
pub(crate) async fn settle(
    market: &Marketplace,
    by: &By,
    id: PaymentId,
    outcome: Outcome,
) -> Result<PaymentStatus> {
    store(market, by, id, outcome, false).await
}

/// The same, for an operator who looked the outcome up: the history says who did.
///
/// # Errors
/// What the database said.
pub(crate) async fn resolve(
    market: &Marketplace,
    by: &By,
    id: PaymentId,
    outcome: Outcome,
) -> Result<PaymentStatus> {
    store(market, by, id, outcome, true).await
}

async fn store(
    market: &Marketplace,
    by: &By,
    id: PaymentId,
    outcome: Outcome,
    resolves: bool,
) -> Result<PaymentStatus> {
    // Whoever asked may have been removed meanwhile: what became of the money is stored all the same.
    let mut work = market.begin_for(by, Purpose::Look).await?;
    let Some(seen) = payment::Entity::find_by_id(id).one(&work.tx).await? else {
        return Ok(PaymentStatus::Declined);
    };
    let Some(mut ledger) = work.ledger(seen.invoice_id, false).await? else {
        return Ok(seen.status);
    };
    // Looked at again under the lock of the invoice.
    let Some(attempt) = payment::Entity::find_by_id(id).one(&work.tx).await? else {
        return Ok(seen.status);
    };
    match (attempt.status, &outcome) {
        (PaymentStatus::Pending | PaymentStatus::Unknown, _) => {}
        (PaymentStatus::Declined, Outcome::Succeeded { .. }) => {}
        (PaymentStatus::Declined | PaymentStatus::Succeeded | PaymentStatus::Refunded, _) => {
            return Ok(attempt.status);
        }
    }
    let (status, reference, failure) = match outcome {
        Outcome::Succeeded { ref reference } => (PaymentStatus::Succeeded, Some(reference.clone()), None),
        Outcome::Declined { ref code } | Outcome::Impossible { ref code } => {
            (PaymentStatus::Declined, None, Some(code.clone()))
        }
        Outcome::Unknown => (PaymentStatus::Unknown, None, None),
    };
    let open = status == PaymentStatus::Unknown;
    let mut row = attempt.clone().into_active_model();
    row.status = Set(status);
    row.settled_at = Set((!open).then_some(work.at()));
    row.ask_at = Set(open.then_some(work.at() + ASK_AGAIN));
    row.gateway_reference = Set(reference);
    row.failure_code = Set(failure);
    row.update(&work.tx).await?;
    if resolves {
        let body = json!({ "invoice": attempt.invoice_id, "payment": id, "status": status });
        work.record_on_profile(&mut ledger.payer.profile, EventType::PaymentResolved, body);
    }
    match outcome {
        Outcome::Succeeded { .. } => ledger.book(&mut work, &attempt).await?,
        Outcome::Declined { .. } => {
            ledger.closed(id);
            ledger.overdue(&mut work).await?;
        }
        Outcome::Impossible { code } => {
            ledger.closed(id);
            ledger.not_charged(&mut work, code == AMOUNT_CHANGED).await?;
        }
        Outcome::Unknown => {}
    }
    work.commit().await?;
    Ok(status)
}
