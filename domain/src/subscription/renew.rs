//! Renewal: the next period begins, and a scheduled lower number of licences takes effect.

use super::{Subscription, lifecycle::Change};
use crate::{
    Error, Result,
    billing::charge::{Offers, whole_period},
    work::Work,
};
use entity::{invoice_line, state::EventType};
use serde_json::json;

/// Begins the next period and returns its charge. Changes nothing when it returns an error.
pub(crate) fn renew(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    offers: &Offers,
) -> Result<invoice_line::Model> {
    let next = subscription.next_period()?;
    if subscription.decide(Change::Renew(next), work.at())?.is_none() {
        return Err(Error::internal("a renewal is never done already"));
    }
    let (renewed, line) = renewed(subscription, offers)?;
    *subscription = renewed;
    let body = json!({
        "period": next.number, "start": next.start, "end": next.end, "quantity": subscription.row.quantity,
    });
    work.save(subscription, EventType::Renewed, body);
    Ok(line)
}

/// The subscription in its next period, and the charge of that period.
///
/// # Errors
/// `Internal` before the activation, past the end of the calendar, or when the amount overflows.
pub(crate) fn renewed(
    subscription: &Subscription,
    offers: &Offers,
) -> Result<(Subscription, invoice_line::Model)> {
    let mut renewed = subscription.clone();
    renewed.enter(subscription.next_period()?);
    if let Some(scheduled) = renewed.row.scheduled_quantity.take() {
        renewed.row.quantity = Some(scheduled);
    }
    let line = whole_period(&renewed, offers)?;
    Ok((renewed, line))
}
