//! An invoice in the words of its printable version.

use crate::{
    pdf::{Document, Line, Note, Party, Sum},
    types::{
        credit_note,
        invoice::{number, percent},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Error, Money, Result, money, view::document::PrintableInvoice};
use entity::{
    invoice_line,
    state::{InvoiceStatus, PaymentMethodKind, PaymentStatus, RefundStatus},
};

/// The invoice, ready to be laid out.
///
/// # Errors
/// `Internal` when sums overflow or the currency is none.
pub(super) fn document(of: &PrintableInvoice) -> Result<Document> {
    let row = &of.invoice.row;
    let mut facts = vec![
        ("Issued".to_owned(), day(row.issued_at)),
        ("Due".to_owned(), day(row.due_at)),
        ("Currency".to_owned(), row.currency.clone()),
    ];
    let order_number = of.bill_to.purchase_order_number.clone();
    facts.extend(order_number.map(|number| ("Your order number".to_owned(), number)));
    Ok(Document {
        title: "Invoice".into(),
        number: number(row.number),
        issued: row.issued_at,
        facts,
        seller: seller(of),
        customer: Party { heading: "Customer".into(), lines: vec![of.customer.clone()] },
        bill_to: bill_to(of),
        lines: of.lines.iter().map(|line| shown(of, line)).collect::<Result<_>>()?,
        sums: sums(of)?,
        notes: notes(of)?,
    })
}

pub(super) fn seller(of: &PrintableInvoice) -> Party {
    let mut lines = vec![of.seller.name.clone()];
    lines.push(of.seller.address.clone());
    lines.push(format!("Tax id: {}", of.seller.tax_id));
    Party { heading: String::new(), lines }
}

pub(super) fn bill_to(of: &PrintableInvoice) -> Party {
    let (bill_to, address) = (&of.bill_to, &of.bill_to.address);
    let mut lines = vec![bill_to.name.clone(), bill_to.contact.name.clone(), address.line1.clone()];
    lines.extend(address.line2.clone());
    let place = [address.postal_code.as_deref(), Some(address.city.as_str()), address.region.as_deref()];
    lines.push(place.into_iter().flatten().collect::<Vec<_>>().join(" "));
    lines.push(domain::country::name(&address.country));
    lines.push(bill_to.contact.email.clone());
    lines.extend(bill_to.tax_id.as_ref().map(|id| format!("Tax id: {id}")));
    Party { heading: "Bill to".into(), lines }
}

pub(super) fn shown(of: &PrintableInvoice, line: &invoice_line::Model) -> Result<Line> {
    let currency = &of.invoice.row.currency;
    let reference = domain::subscription::reference(line.subscription_id);
    let publisher = match of.bought_for.get(&line.organization_id) {
        Some(customer) => format!("{}, subscription {reference}, for {customer}", line.publisher_name),
        None => format!("{}, subscription {reference}", line.publisher_name),
    };
    let last = line.period_end.pred_opt().unwrap_or(line.period_end);
    Ok(Line {
        description: line.description.clone(),
        publisher,
        service: format!("{} – {}", short(line.period_start), short(last)),
        quantity: grouped(&line.quantity.to_string()),
        unit_price: amount(line.unit_price, currency)?,
        amount: amount(line.amount, currency)?,
    })
}

/// From the subtotal to what is due: each is what the ones before it come to.
fn sums(of: &PrintableInvoice) -> Result<Vec<Sum>> {
    let row = &of.invoice.row;
    let paid = paid(of).map(|payment| payment.amount);
    let credited = of.credit_notes.iter().map(|note| note.total);
    let back = |among: &[RefundStatus]| {
        let among = of.refunds.iter().filter(|refund| among.contains(&refund.status));
        money::sum(among.map(|refund| refund.amount))
    };
    let (paid, credited) = (money::sum(paid)?, money::sum(credited)?);
    let refunded = back(&[RefundStatus::Succeeded])?;
    let owed = back(&[RefundStatus::Pending, RefundStatus::Unknown])?;
    let sum = |label: &str, minor: i64, strong: bool| sum(&row.currency, label, minor, strong);
    let mut sums = vec![sum("Subtotal", row.subtotal, false)?];
    sums.push(sum(&tax_label(of), row.tax, false)?);
    sums.push(sum("Total", row.total, true)?);
    for (label, minor) in
        [("Paid", -paid), ("Credited", -credited), ("Refunded", refunded), ("To be refunded", owed)]
    {
        if minor != 0 {
            sums.push(sum(label, minor, false)?);
        }
    }
    sums.push(sum("Amount due", row.amount_due, true)?);
    Ok(sums)
}

/// A sum with its currency.
pub(super) fn sum(currency: &str, label: &str, minor: i64, strong: bool) -> Result<Sum> {
    Ok(Sum { label: label.into(), amount: format!("{currency} {}", amount(minor, currency)?), strong })
}

/// `Tax (19 %)`.
pub(super) fn tax_label(of: &PrintableInvoice) -> String {
    match of.invoice.row.tax_rate {
        0 => "Tax".to_owned(),
        rate => format!("Tax ({} %)", percent(rate)),
    }
}

fn paid(of: &PrintableInvoice) -> impl Iterator<Item = &entity::payment::Model> {
    let came = [PaymentStatus::Succeeded, PaymentStatus::Refunded];
    of.payments.iter().filter(move |payment| came.contains(&payment.status))
}

fn notes(of: &PrintableInvoice) -> Result<Vec<Note>> {
    let mut notes = vec![Note { heading: "How to pay".into(), text: how_to_pay(of) }];
    let mut history = Vec::new();
    for payment in paid(of) {
        let how = match (&payment.reference, payment.payment_method_id) {
            (Some(reference), _) => format!("by check or wire, {reference}"),
            (None, _) => "by card".to_owned(),
        };
        history.push((payment.settled_at.unwrap_or(payment.attempted_at), "Paid", payment.amount, how));
    }
    for note in &of.credit_notes {
        history.push((
            note.issued_at,
            "Credited",
            note.total,
            format!("credit note {}", credit_note::number(note.number)),
        ));
    }
    for refund in of.refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded) {
        let how = refund.reference.clone().unwrap_or_else(|| "to the card".into());
        history.push((refund.settled_at.unwrap_or(refund.requested_at), "Refunded", refund.amount, how));
    }
    history.sort_by_key(|(at, ..)| *at);
    if !history.is_empty() {
        let currency = &of.invoice.row.currency;
        let line = |(at, what, minor, how): (DateTime<Utc>, &str, i64, String)| -> Result<String> {
            Ok(format!("{}: {what} {currency} {}, {how}", day(at), amount(minor, currency)?))
        };
        let lines = history.into_iter().map(line).collect::<Result<Vec<_>>>()?;
        notes.push(Note { heading: "Payments and credits".into(), text: lines.join("\n") });
    }
    Ok(notes)
}

fn how_to_pay(of: &PrintableInvoice) -> String {
    let row = &of.invoice.row;
    let number = number(row.number);
    match (row.status, &of.method) {
        (InvoiceStatus::Paid, _) if of.credit_notes.is_empty() => {
            "This invoice is paid. Nothing is due.".into()
        }
        (InvoiceStatus::Paid, _) => "Nothing is due.".into(),
        (InvoiceStatus::Void, _) => "This invoice was credited in full. Nothing is due.".into(),
        (InvoiceStatus::Due | InvoiceStatus::Overdue, Some(method))
            if method.kind == PaymentMethodKind::Card =>
        {
            if row.collect_at.is_none() && !awaited(of) {
                return format!(
                    "Invoice {number} is not charged automatically any more. Pay it by card in your account."
                );
            }
            let brand = method.brand.as_deref().unwrap_or("card");
            let last4 = method.last4.as_deref().unwrap_or("····");
            format!(
                "The card of your billing profile ({brand}, ending in {last4}) is charged. You need not do anything, unless the card is declined: then give the billing profile another one."
            )
        }
        (InvoiceStatus::Due | InvoiceStatus::Overdue, _) => {
            format!("By check or wire, with the number {number}.\n{}", of.seller.payment_instructions)
        }
    }
}

/// Whether the outcome of a charge is awaited.
fn awaited(of: &PrintableInvoice) -> bool {
    let open = [PaymentStatus::Pending, PaymentStatus::Unknown];
    of.payments.iter().any(|payment| open.contains(&payment.status))
}

/// `31 January 2026`, in UTC.
pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

/// `31 Jan 2026`.
fn short(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// The amount with its thousands apart: `1,250.00`.
fn amount(minor: i64, currency: &str) -> Result<String> {
    let shown = Money::stored(minor, currency).map_err(Error::internal)?.decimal();
    Ok(grouped(&shown))
}

/// A decimal with its thousands apart.
fn grouped(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("−", rest));
    let (whole, rest) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut apart = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    format!("{sign}{apart}{rest}")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (decimal, shown) in [
            ("0.00", "0.00"),
            ("125.00", "125.00"),
            ("1250.00", "1,250.00"),
            ("-1234567.89", "−1,234,567.89"),
            ("1250", "1,250"),
            ("123456", "123,456"),
        ] {
            assert_eq!(grouped(decimal), shown);
        }
    }
}
