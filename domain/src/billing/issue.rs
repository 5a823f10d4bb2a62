//! Issuing an invoice: the document, as it will stay.

use super::payer::Payer;
use crate::{
    Error, Result, money,
    settings::{Settings, WIRE_TIME},
    work::{Issue, Work},
};
use entity::{billing_profile, id::InvoiceId, invoice, invoice_line, state::InvoiceStatus};
use serde_json::json;

/// Issues an invoice over the lines to the profile. Issue and due time are the real moment, never a past one: a card is
/// charged at once, a check or wire has 30 days of 24 hours.
///
/// # Errors
/// `Internal` when the sum overflows.
pub(crate) fn invoice(
    work: &mut Work<'_>,
    payer: &Payer,
    lines: Vec<invoice_line::Model>,
) -> Result<InvoiceId> {
    let id = work.id();
    invoice_with_id(work, id, payer, lines)
}

/// The same, with an id that was made before.
///
/// # Errors
/// `Internal` when the sum overflows.
pub(crate) fn invoice_with_id(
    work: &mut Work<'_>,
    id: InvoiceId,
    payer: &Payer,
    mut lines: Vec<invoice_line::Model>,
) -> Result<InvoiceId> {
    for (position, line) in (0..).zip(&mut lines) {
        line.invoice_id = id;
        line.position = position;
    }
    let Totals { subtotal, tax_rate, tax, total } = totals(work.settings(), &payer.profile.country, &lines)?;
    let issued_at = work.at();
    let due_at = if payer.pays_at_once() { issued_at } else { issued_at + WIRE_TIME };
    let nothing_due = total == 0;
    let profile = &payer.profile;
    let invoice = invoice::Model {
        id,
        number: 0,
        billing_profile_id: profile.id,
        organization_id: profile.organization_id,
        partner_id: profile.partner_id,
        currency: profile.currency.clone(),
        subtotal,
        tax_rate,
        tax,
        total,
        issued_at,
        due_at,
        seller: serde_json::to_string(&work.settings().seller).map_err(Error::internal)?,
        bill_to: bill_to(profile).to_string(),
        line_count: count(&lines)?,
        status: if nothing_due { InvoiceStatus::Paid } else { InvoiceStatus::Due },
        amount_due: total,
        paid_at: nothing_due.then_some(issued_at),
        collect_at: (!nothing_due).then_some(due_at),
        version: 1,
    };
    Ok(work.issue(Issue { invoice, lines }))
}

/// What the lines of an invoice come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) subtotal: i64,
    pub(crate) tax_rate: i64,
    pub(crate) tax: i64,
    pub(crate) total: i64,
}

/// The sums of an invoice over these lines to a billing address in this country, whose tax is on the subtotal.
///
/// # Errors
/// `Internal` when a sum overflows.
pub(crate) fn totals(settings: &Settings, country: &str, lines: &[invoice_line::Model]) -> Result<Totals> {
    let subtotal = money::sum(lines.iter().map(|line| line.amount))?;
    let tax_rate = settings.tax_rates.get(country).copied().unwrap_or_default();
    let tax = money::tax(subtotal, tax_rate)?;
    Ok(Totals { subtotal, tax_rate, tax, total: money::sum([subtotal, tax])? })
}

/// How many lines a document is issued with.
pub(crate) fn count<T>(lines: &[T]) -> Result<i64> {
    i64::try_from(lines.len()).map_err(Error::internal)
}

/// The profile as the document will show it for ever.
fn bill_to(profile: &billing_profile::Model) -> serde_json::Value {
    json!({
        "name": profile.name,
        "contact": { "name": profile.contact_name, "email": profile.contact_email },
        "address": {
            "line1": profile.line1, "line2": profile.line2, "city": profile.city, "region": profile.region,
            "postalCode": profile.postal_code, "country": profile.country,
        },
        "taxId": profile.tax_id,
        "purchaseOrderNumber": profile.purchase_order_number,
    })
}
