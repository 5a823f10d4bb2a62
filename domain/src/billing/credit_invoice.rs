//! Correcting an invoice: the operator takes lines of it back with a credit note.

use super::credit::uncredited;
use crate::{By, Error, Input, Marketplace, Result, access};
use entity::id::InvoiceId;

/// What to take back.
#[derive(Debug, Clone)]
pub struct CreditInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Which of its lines, from 0; none takes back all that are not credited yet.
    pub lines: Option<Vec<i64>>,
}

/// Issues the credit note: first against what is unpaid, the rest is given back the way it was paid. Nothing else changes:
/// a disabled subscription stays so.
///
/// # Errors
/// `Forbidden` for everybody but the operator; `NotFound`; `Invalid` for a line that there is not, or that was credited.
pub async fn credit_invoice(market: &Marketplace, by: &By, input: CreditInvoice) -> Result<InvoiceId> {
    access::operator(&by.actor)?;
    let mut work = market.begin(by).await?;
    let mut ledger = work.ledger(input.invoice, true).await?.ok_or_else(|| Error::not_found("invoiceId"))?;
    let open = uncredited(&work, input.invoice).await?;
    let lines = match input.lines {
        None => open,
        Some(positions) => {
            for (index, position) in positions.iter().enumerate() {
                let repeated = positions.iter().take(index).any(|before| before == position);
                if repeated || !open.iter().any(|line| line.position == *position) {
                    let path = Input::element("lines", index);
                    let message = "there is no such line, or it was credited before";
                    return Err(Error::Invalid(path, message.into()));
                }
            }
            open.into_iter().filter(|line| positions.contains(&line.position)).collect()
        }
    };
    if lines.is_empty() {
        return Err(Error::invalid("invoiceId", "everything on this invoice was credited before"));
    }
    ledger.credit(&mut work, lines).await?;
    work.commit().await?;
    Ok(input.invoice)
}
