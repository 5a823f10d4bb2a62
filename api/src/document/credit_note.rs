//! A credit note in the words of its printable version.

use super::invoice::{bill_to, day, seller, shown, sum, tax_label};
use crate::{
    pdf::{Document, Note, Party},
    types::{credit_note::number, invoice},
};
use domain::{Result, view::document::PrintableCreditNote};

/// The credit note, ready to be laid out.
///
/// # Errors
/// `Internal` when the currency is none.
pub(super) fn document(of: &PrintableCreditNote) -> Result<Document> {
    let (note, invoice) = (&of.note, &of.invoice);
    let on = invoice::number(invoice.invoice.row.number);
    let currency = &note.currency;
    let mut facts = vec![
        ("Issued".to_owned(), day(note.issued_at)),
        ("For invoice".to_owned(), on.clone()),
        ("Currency".to_owned(), currency.clone()),
    ];
    let order_number = invoice.bill_to.purchase_order_number.clone();
    facts.extend(order_number.map(|number| ("Your order number".to_owned(), number)));
    let text = format!(
        "It takes the lines above off invoice {on}. What was unpaid there is not due any more; what had been paid is refunded the way it was paid."
    );
    Ok(Document {
        title: "Credit note".into(),
        number: number(note.number),
        issued: note.issued_at,
        facts,
        seller: seller(invoice),
        customer: Party { heading: "Customer".into(), lines: vec![invoice.customer.clone()] },
        bill_to: bill_to(invoice),
        lines: of.lines.iter().map(|line| shown(invoice, line)).collect::<Result<_>>()?,
        sums: vec![
            sum(currency, "Subtotal", note.total - note.tax, false)?,
            sum(currency, &tax_label(invoice), note.tax, false)?,
            sum(currency, "Total credited", note.total, true)?,
        ],
        notes: vec![Note { heading: "What it is for".into(), text }],
    })
}
