//! Giving money back: what a credit note takes off a paid invoice goes back the way it was paid. Each attempt is a row; one
//! that fails is followed by another, and after the last one by somebody who does it by hand.

use crate::{
    By, Error, Input, Marketplace, Result, access,
    failpoint::{self, Step},
    gateway::{Outcome, Refund},
    text::one_line,
    work::Work,
};
use chrono::TimeDelta;
use entity::{
    id::{CreditNoteId, RefundId},
    invoice, payment, refund,
    state::{EventType, PaymentStatus, RefundStatus},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// How often the gateway is tried: after that the operator gives the money back by hand.
const ATTEMPTS: i64 = 5;

/// How long after an answer that was none the gateway is asked again.
const ASK_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// After how long an unknown outcome can be settled by hand.
pub(crate) const GIVEN_UP: TimeDelta = TimeDelta::hours(24);

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidBack {
    /// The money went back, or the attempt failed.
    Changed,
    /// There was nothing to do, or the gateway did not say.
    Skipped,
}

/// Money of a payment that is owed from now on. What came past the gateway goes back past it.
pub(crate) fn owed(
    work: &Work<'_>,
    payment: &payment::Model,
    amount: i64,
    credit_note: Option<CreditNoteId>,
) -> refund::Model {
    refund::Model {
        id: work.id(),
        payment_id: payment.id,
        credit_note_id: credit_note,
        invoice_id: payment.invoice_id,
        organization_id: payment.organization_id,
        partner_id: payment.partner_id,
        amount,
        currency: payment.currency.clone(),
        status: RefundStatus::Pending,
        attempt: 1,
        requested_at: work.at(),
        settled_at: None,
        ask_at: payment.payment_method_id.map(|_| work.at()),
        failure_code: None,
        gateway_reference: None,
        reference: None,
    }
}

/// Makes one attempt, or asks what became of it. Nothing is called inside a transaction.
///
/// # Errors
/// What the database said; the attempt stays open then.
pub(crate) async fn pay_back(market: &Marketplace, id: RefundId) -> Result<PaidBack> {
    let db = market.db().read();
    let now = market.now().await?.business;
    let found = refund::Entity::find_by_id(id).one(db).await?;
    let Some(row) = found.filter(|row| row.ask_at.is_some_and(|at| at <= now)) else {
        return Ok(PaidBack::Skipped);
    };
    let Some(payment) = payment::Entity::find_by_id(row.payment_id).one(db).await? else {
        return Err(Error::internal(format!("refund {} has no payment", id.0)));
    };
    let asked = Refund {
        id,
        charge: payment.id,
        reference: payment.gateway_reference.unwrap_or_default(),
        amount: row.amount,
        currency: row.currency,
    };
    let patience = market.settings().gateway_timeout;
    failpoint::at(Step::Refunding).await?;
    // Looked up first: the process may have ended between the call and its answer.
    let known = tokio::time::timeout(patience, market.gateway().lookup_refund(&asked)).await;
    let outcome = match known.unwrap_or(Some(Outcome::Unknown)) {
        Some(outcome) => outcome,
        None => {
            tokio::time::timeout(patience, market.gateway().refund(&asked)).await.unwrap_or(Outcome::Unknown)
        }
    };
    failpoint::at(Step::Refunded).await?;
    settle_refund(market, id, outcome).await
}

/// Stores the outcome of an attempt, whoever tells it, and however often. A gateway may take back that it succeeded; what
/// failed stays so, because an older success may arrive late.
///
/// # Errors
/// What the database said.
pub(crate) async fn settle_refund(market: &Marketplace, id: RefundId, outcome: Outcome) -> Result<PaidBack> {
    let mut work = market.begin(&By::system()).await?;
    let Some(row) = refund::Entity::find_by_id(id).lock_exclusive().one(&work.tx).await? else {
        return Ok(PaidBack::Skipped);
    };
    match (row.status, &outcome) {
        (RefundStatus::Pending | RefundStatus::Unknown, _) => {}
        (RefundStatus::Succeeded, Outcome::Declined { .. } | Outcome::Impossible { .. }) => {}
        (RefundStatus::Succeeded | RefundStatus::Failed, _) => return Ok(PaidBack::Skipped),
    }
    match outcome {
        Outcome::Succeeded { reference } => {
            let mut done = row.clone().into_active_model();
            done.gateway_reference = Set(Some(reference));
            succeeded(&mut work, row, done).await?;
        }
        Outcome::Declined { code } | Outcome::Impossible { code } => failed(&mut work, row, code).await?,
        Outcome::Unknown => {
            let mut open = row.into_active_model();
            open.status = Set(RefundStatus::Unknown);
            open.ask_at = Set(Some(work.at() + ASK_AGAIN));
            open.update(&work.tx).await?;
            work.commit().await?;
            return Ok(PaidBack::Skipped);
        }
    }
    work.commit().await?;
    Ok(PaidBack::Changed)
}

/// What was given back by hand.
#[derive(Debug, Clone)]
pub struct RecordRefund {
    /// The refund.
    pub refund: RefundId,
    /// What the bank calls it.
    pub reference: String,
}

/// Records that the operator gave the money back by hand. Recording it again changes nothing.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `NotFound`; `Invalid` when the gateway gives it back, unless it has not said
/// for a day whether it did.
pub async fn record_refund(market: &Marketplace, by: &By, input: RecordRefund) -> Result<RefundId> {
    access::operator(&by.actor)?;
    one_line(Input::field("reference"), &input.reference)?;
    let mut work = market.begin(by).await?;
    let found = refund::Entity::find_by_id(input.refund).lock_exclusive().one(&work.tx).await?;
    let row = found.ok_or_else(|| Error::not_found("refundId"))?;
    let settled = matches!(row.status, RefundStatus::Succeeded | RefundStatus::Failed);
    // The gateway was asked for a day and does not know: whoever looked there knows better.
    let unknown = row.status == RefundStatus::Unknown && work.at() >= row.requested_at + GIVEN_UP;
    if !settled && (row.ask_at.is_none() || unknown) {
        let mut done = row.clone().into_active_model();
        done.reference = Set(Some(input.reference));
        succeeded(&mut work, row, done).await?;
        work.commit().await?;
    } else if row.reference.as_ref() != Some(&input.reference) {
        let message = if row.reference.is_some() {
            "it was recorded before, with another reference"
        } else {
            "the payment gateway gives this money back: only refunds by hand are recorded"
        };
        return Err(Error::invalid("refundId", message));
    }
    Ok(input.refund)
}

async fn succeeded(work: &mut Work<'_>, row: refund::Model, mut done: refund::ActiveModel) -> Result<()> {
    done.status = Set(RefundStatus::Succeeded);
    done.settled_at = Set(Some(work.at()));
    done.ask_at = Set(None);
    done.failure_code = Set(None);
    done.update(&work.tx).await?;
    told(work, &row, EventType::PaymentRefunded, json!({ "amount": row.amount })).await
}

/// The attempt failed: the next one follows, an hour later at first, then twice as long each time. After the last one it is
/// owed by hand.
async fn failed(work: &mut Work<'_>, row: refund::Model, code: String) -> Result<()> {
    tracing::error!(refund = %row.id.0, attempt = row.attempt, code, "a refund failed");
    let mut done = row.clone().into_active_model();
    done.status = Set(RefundStatus::Failed);
    done.settled_at = Set(Some(work.at()));
    done.ask_at = Set(None);
    done.failure_code = Set(Some(code.clone()));
    done.update(&work.tx).await?;
    let wait = TimeDelta::hours(1_i64 << row.attempt.clamp(1, ATTEMPTS).saturating_sub(1));
    work.owe(refund::Model {
        id: work.id(),
        status: RefundStatus::Pending,
        attempt: row.attempt + 1,
        requested_at: work.at(),
        settled_at: None,
        ask_at: (row.attempt < ATTEMPTS).then(|| work.at() + wait),
        failure_code: None,
        gateway_reference: None,
        reference: None,
        ..row.clone()
    });
    told(work, &row, EventType::RefundFailed, json!({ "amount": row.amount, "failureCode": code })).await
}

/// Brings the payment up to date, and records the event on the stream of the profile that had paid.
async fn told(
    work: &mut Work<'_>,
    row: &refund::Model,
    kind: EventType,
    mut body: serde_json::Value,
) -> Result<()> {
    // Locked before the sum: another of its refunds may succeed at the same time.
    let payment = payment::Entity::find_by_id(row.payment_id).lock_exclusive().one(&work.tx).await?;
    let payment = payment.ok_or_else(|| Error::internal("a refund has no payment"))?;
    let given: Vec<i64> = refund::Entity::find()
        .select_only()
        .column(refund::Column::Amount)
        .filter(refund::Column::PaymentId.eq(row.payment_id))
        .filter(refund::Column::Status.eq(RefundStatus::Succeeded))
        .into_tuple()
        .all(&work.tx)
        .await?;
    let all = crate::money::sum(given)? == payment.amount;
    let mut changed = payment.into_active_model();
    changed.status = Set(if all { PaymentStatus::Refunded } else { PaymentStatus::Succeeded });
    changed.update(&work.tx).await?;
    let invoice = invoice::Entity::find_by_id(row.invoice_id).one(&work.tx).await?;
    let invoice = invoice.ok_or_else(|| Error::internal("a refund has no invoice"))?;
    let mut profile = work.profile(invoice.billing_profile_id).await?;
    body["refund"] = json!(row.id);
    body["payment"] = json!(row.payment_id);
    body["invoice"] = json!(row.invoice_id);
    work.record_on_profile(&mut profile, kind, body);
    Ok(())
}
