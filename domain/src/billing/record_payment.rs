//! Booking a check or wire that was received: by the operator, in whole or in part.

use crate::{
    By, Code, Error, Input, Marketplace, Money, Result, access, idempotency::Operation, text::one_line,
};
use entity::{
    id::{InvoiceId, PaymentId},
    state::EventType,
};
use serde::Serialize;
use serde_json::json;

/// What was received, for which invoice.
#[derive(Debug, Clone, Serialize)]
pub struct RecordPayment {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, as a decimal in the invoice's currency.
    pub amount: String,
    /// What the bank calls it.
    pub reference: String,
    /// The caller's idempotency key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Books it. What is left stays due.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `NotFound`, `Invalid`, `INVOICE_NOT_PAYABLE`, `AMOUNT_EXCEEDS_DUE`;
/// `PAYMENT_PENDING` while the outcome of a charge is awaited.
pub async fn record_payment(market: &Marketplace, by: &By, input: RecordPayment) -> Result<InvoiceId> {
    access::operator(&by.actor)?;
    one_line(Input::field("reference"), &input.reference)?;
    let mut work = market.begin(by).await?;
    let mut ledger = work.ledger(input.invoice, true).await?.ok_or_else(|| Error::not_found("invoiceId"))?;
    let amount = Money::parse(&input.amount, &ledger.invoice.currency, "amount")?;
    if amount.minor == 0 {
        return Err(Error::invalid("amount", "nothing was received: write an amount above zero"));
    }
    let id: PaymentId = work.id();
    let key = input.idempotency_key.as_deref();
    if work.repeated(Operation::RecordPayment, key, &input, id.0).await?.is_some() {
        return Ok(input.invoice);
    }
    if !ledger.unpaid() {
        return Err(Code::InvoiceNotPayable.into());
    }
    if ledger.open.is_some() {
        return Err(Code::PaymentPending.into());
    }
    if amount.minor > ledger.invoice.amount_due {
        let due = Money { minor: ledger.invoice.amount_due, ..amount };
        let message = format!("Only {due} are due on the invoice. Record at most that.");
        return Err(Code::AmountExceedsDue.because(message).at(Input::field("amount")).into());
    }
    let body = json!({
        "invoice": ledger.invoice.id, "payment": id, "amount": amount.minor, "currency": ledger.invoice.currency,
    });
    work.record_on_profile(&mut ledger.payer.profile, EventType::PaymentRecorded, body);
    ledger.record_payment(&mut work, id, amount.minor, input.reference).await?;
    work.commit().await?;
    Ok(input.invoice)
}
