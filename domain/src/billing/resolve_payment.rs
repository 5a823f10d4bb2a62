//! Settling a charge whose outcome stays unknown: by the operator, who looked it up at the gateway.

use super::{refund::GIVEN_UP, settle::resolve};
use crate::{By, Error, Input, Marketplace, Result, access, gateway::Outcome, text::one_line};
use entity::{
    id::{InvoiceId, PaymentId},
    payment,
    state::PaymentStatus,
};
use sea_orm::EntityTrait;

/// What became of a charge.
#[derive(Debug, Clone)]
pub struct ResolvePayment {
    /// The attempt.
    pub payment: PaymentId,
    /// Whether the money came.
    pub succeeded: bool,
    /// The gateway's name for the charge, or where it was looked up.
    pub reference: String,
}

/// Settles it. The gateway may still say otherwise later: money that comes after all is booked.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `NotFound`; `Invalid` when its outcome is known, or was asked for since less
/// than a day.
pub async fn resolve_payment(market: &Marketplace, by: &By, input: ResolvePayment) -> Result<InvoiceId> {
    access::operator(&by.actor)?;
    one_line(Input::field("reference"), &input.reference)?;
    let found = payment::Entity::find_by_id(input.payment).one(market.db().read()).await?;
    let attempt = found.ok_or_else(|| Error::not_found("paymentId"))?;
    let open = matches!(attempt.status, PaymentStatus::Pending | PaymentStatus::Unknown);
    let now = market.now().await?.business;
    if !open {
        return Err(Error::invalid("paymentId", "the outcome of this payment is known"));
    }
    if now < attempt.attempted_at + GIVEN_UP {
        let message = "the gateway is still asked about it: wait until a day after the attempt";
        return Err(Error::invalid("paymentId", message));
    }
    let outcome = if input.succeeded {
        Outcome::Succeeded { reference: input.reference }
    } else {
        Outcome::Declined { code: "resolved_by_operator".into() }
    };
    resolve(market, by, input.payment, outcome).await?;
    Ok(attempt.invoice_id)
}
