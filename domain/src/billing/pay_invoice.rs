//! Paying an invoice by hand: now, with the profile's card or another.

use super::{
    details::not_yours,
    payer::{Usability, usability},
    settle,
};
use crate::{
    By, Code, Error, Marketplace, Result, access,
    idempotency::Operation,
    settings::WAIT_FOR_FIRST,
    view::billing::{held_by, pays_with},
    work::Work,
};
use entity::{
    id::{InvoiceId, PaymentId, PaymentMethodId},
    payment, payment_method,
    state::{EventType, InvoiceStatus, PaymentMethodKind, PaymentStatus},
};
use sea_orm::{EntityTrait, QuerySelect};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// What to pay, and with what.
#[derive(Debug, Clone, Serialize)]
pub struct PayInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The payment method; without one, the profile's.
    pub payment_method: Option<PaymentMethodId>,
    /// The caller's idempotency key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// How often a repetition looks whether the first request is done.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Charges all that is due on the invoice.
///
/// # Errors
/// `NotFound`, `Forbidden`, `INVOICE_NOT_PAYABLE`, `PAYMENT_METHOD_NOT_USABLE`; `PAYMENT_PENDING` while the outcome of a
/// charge is awaited, `PAYMENT_DECLINED`; these two leave their attempt.
pub async fn pay_invoice(market: &Marketplace, by: &By, input: PayInvoice) -> Result<InvoiceId> {
    let mut work = market.begin(by).await?;
    let mut ledger = work.ledger(input.invoice, true).await?.ok_or_else(|| Error::not_found("invoiceId"))?;
    let role = held_by(&work.tx, &by.actor, &ledger.payer.profile).await?;
    if !access::pays_for(role) {
        return Err(Error::Forbidden(
            "paying needs the role of an owner, contributor or invoice manager on the billing profile".into(),
        ));
    }
    // Without an attempt of its own, the request stands for the one that is under way.
    let id: PaymentId = ledger.open.as_ref().map_or_else(|| work.id(), |open| open.id);
    let key = input.idempotency_key.as_deref();
    if let Some(first) = work.repeated(Operation::PayInvoice, key, &input, id.0).await? {
        drop(work);
        return outcome_of_first(market, PaymentId(first), input.invoice).await;
    }
    if ledger.open.is_some() {
        work.commit().await?;
        return Err(Code::PaymentPending.into());
    }
    match ledger.invoice.status {
        InvoiceStatus::Due | InvoiceStatus::Overdue => {}
        InvoiceStatus::Paid | InvoiceStatus::Void => return Err(Code::InvoiceNotPayable.into()),
    }
    let method = chosen_method(&work, &input, ledger.payer.method.clone()).await?;
    let attempt = ledger.open_payment_with_id(&mut work, id, method.id).await?;
    // What becomes of it may be told by a job, much later: who began it stands here.
    let body = json!({ "invoice": input.invoice, "payment": id, "paymentMethod": method.id });
    work.record_on_profile(&mut ledger.payer.profile, EventType::PaymentAttempted, body);
    work.commit().await?;
    told(settle::charge(market, by, &attempt, &method).await?, input.invoice)
}

async fn chosen_method(
    work: &Work<'_>,
    input: &PayInvoice,
    of_profile: Option<payment_method::Model>,
) -> Result<payment_method::Model> {
    let refused = || {
        Code::PaymentMethodNotUsable.because(
        "There is no usable card to charge. Name one with paymentMethodId, or pay the way the invoice says.",
    )
    };
    let method = match input.payment_method {
        None => of_profile.ok_or_else(refused)?,
        Some(id) => work
            .reader()
            .find_by_id::<payment_method::Entity>(id)
            .lock_shared()
            .one(&work.tx)
            .await?
            .ok_or_else(|| Error::not_found("paymentMethodId"))?,
    };
    if input.payment_method.is_some() && !pays_with(&work.tx, &work.by.actor, &method, true).await? {
        return Err(not_yours());
    }
    if method.kind == PaymentMethodKind::Card && usability(&method, work.at()) == Usability::Usable {
        Ok(method)
    } else {
        Err(refused().into())
    }
}

/// Waits for the first request with this key, and answers as it did.
async fn outcome_of_first(market: &Marketplace, first: PaymentId, invoice: InvoiceId) -> Result<InvoiceId> {
    let looks = WAIT_FOR_FIRST.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        match payment::Entity::find_by_id(first).one(market.db().read()).await? {
            Some(payment) if payment.status != PaymentStatus::Pending => {
                return told(payment.status, invoice);
            }
            Some(_) | None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
    Err(Error::Conflict)
}

fn told(status: PaymentStatus, invoice: InvoiceId) -> Result<InvoiceId> {
    match status {
        PaymentStatus::Succeeded | PaymentStatus::Refunded => Ok(invoice),
        PaymentStatus::Declined => Err(Code::PaymentDeclined.into()),
        PaymentStatus::Pending | PaymentStatus::Unknown => Err(Code::PaymentPending.into()),
    }
}
