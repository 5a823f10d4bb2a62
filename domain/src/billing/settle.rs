//! The outcome of a payment, whoever tells it, and however often.

use crate::{
    By, Marketplace, Result,
    gateway::{Charge, Outcome},
};
use chrono::TimeDelta;
use entity::{id::PaymentId, payment, payment_method, state::PaymentStatus};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};

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
    let charge = Charge {
        id: attempt.id,
        payment_method: method.id,
        token: method.gateway_token.clone().unwrap_or_default(),
        amount: attempt.amount,
        currency: attempt.currency.clone(),
    };
    let call = market.gateway().charge(&charge);
    let outcome =
        tokio::time::timeout(market.settings().gateway_timeout, call).await.unwrap_or(Outcome::Unknown);
    settle(market, by, attempt.id, outcome).await
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
    let call = market.gateway().lookup(id);
    let answer =
        tokio::time::timeout(market.settings().gateway_timeout, call).await.unwrap_or(Some(Outcome::Unknown));
    match answer {
        Some(outcome) => settle(market, &By::system(), id, outcome).await,
        None => {
            let method = match attempt.payment_method_id {
                Some(method) => payment_method::Entity::find_by_id(method).one(db).await?,
                None => None,
            };
            match method {
                Some(method) => charge(market, &By::system(), &attempt, &method).await,
                None => {
                    settle(market, &By::system(), id, Outcome::Declined { code: "no_payment_method".into() })
                        .await
                }
            }
        }
    }
}

/// Stores the outcome of an attempt. One that is settled already stays as it is: a late or repeated answer changes
/// nothing.
///
/// # Errors
/// What the database said.
pub(crate) async fn settle(
    market: &Marketplace,
    by: &By,
    id: PaymentId,
    outcome: Outcome,
) -> Result<PaymentStatus> {
    let mut work = market.begin(by).await?;
    let Some(seen) = payment::Entity::find_by_id(id).one(&work.tx).await? else {
        return Ok(PaymentStatus::Declined);
    };
    let Some(mut ledger) = work.ledger(seen.invoice_id, false).await? else {
        return Ok(seen.status);
    };
    // Looked at again under the lock of the invoice.
    let Some(attempt) = ledger.open.clone().filter(|open| open.id == id) else {
        return Ok(payment::Entity::find_by_id(id)
            .one(&work.tx)
            .await?
            .map_or(seen.status, |row| row.status));
    };
    let (status, reference, failure) = match outcome {
        Outcome::Succeeded { reference } => (PaymentStatus::Succeeded, Some(reference), None),
        Outcome::Declined { code } => (PaymentStatus::Declined, None, Some(code)),
        Outcome::Unknown => (PaymentStatus::Unknown, None, None),
    };
    let amount = attempt.amount;
    let open = status == PaymentStatus::Unknown;
    let mut row = attempt.into_active_model();
    row.status = Set(status);
    row.settled_at = Set((!open).then_some(work.at()));
    row.ask_at = Set(open.then_some(work.at() + ASK_AGAIN));
    row.gateway_reference = Set(reference);
    row.failure_code = Set(failure);
    row.update(&work.tx).await?;
    match status {
        PaymentStatus::Succeeded => ledger.book(&mut work, amount).await?,
        PaymentStatus::Declined => ledger.overdue(&mut work).await?,
        PaymentStatus::Pending | PaymentStatus::Unknown | PaymentStatus::Refunded => {}
    }
    work.commit().await?;
    Ok(status)
}
