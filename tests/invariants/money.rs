//! Documents and money: sums, what is due, numbers.

use super::{
    facts::Facts,
    findings::{Findings, Promise},
};
use entity::{
    id::{CreditNoteId, InvoiceId},
    state::{InvoiceStatus, PaymentStatus, RefundStatus},
};
use std::collections::{BTreeSet, HashMap};

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    let mut lines: HashMap<InvoiceId, Vec<i64>> = HashMap::new();
    for line in &facts.lines {
        lines.entry(line.invoice_id).or_default().push(line.amount);
    }
    let paid = by_invoice(
        facts
            .payments
            .iter()
            .filter(|payment| matches!(payment.status, PaymentStatus::Succeeded | PaymentStatus::Refunded))
            .map(|payment| (payment.invoice_id, payment.amount)),
    );
    let credited = by_invoice(facts.credits.iter().map(|note| (note.invoice_id, note.total)));
    let given_back = by_invoice(
        facts
            .refunds
            .iter()
            .filter(|refund| refund.status != RefundStatus::Failed)
            .map(|refund| (refund.invoice_id, refund.amount)),
    );
    for (id, invoice) in &facts.invoices {
        let of = lines.get(id).map_or(&[][..], Vec::as_slice);
        let subtotal: i64 = of.iter().sum();
        // Half up, of thousandths of a percent.
        let tax = (subtotal * invoice.tax_rate * 2 + 100_000) / 200_000;
        let adds = !of.is_empty()
            && (invoice.subtotal, invoice.tax, invoice.total) == (subtotal, tax, subtotal + tax);
        findings.holds(Promise::InvoicesAddUp, adds, || {
            format!("invoice {}: lines of {of:?}, and {invoice:?}", invoice.number)
        });
        let sum = |of: &HashMap<InvoiceId, i64>| of.get(id).copied().unwrap_or(0);
        let due = invoice.total - sum(&paid) - sum(&credited) + sum(&given_back);
        let settled = matches!(invoice.status, InvoiceStatus::Paid | InvoiceStatus::Void);
        let right = invoice.amount_due == due && due >= 0 && settled == (due == 0);
        findings.holds(Promise::AmountDueFollows, right, || {
            format!(
                "invoice {}: {} due, {:?}; of {} paid {}, credited {}, given back {}",
                invoice.number,
                invoice.amount_due,
                invoice.status,
                invoice.total,
                sum(&paid),
                sum(&credited),
                sum(&given_back)
            )
        });
    }
    let mut of_note: HashMap<CreditNoteId, i64> = HashMap::new();
    for line in &facts.credited {
        *of_note.entry(line.credit_note_id).or_default() += line.amount;
    }
    for note in &facts.credits {
        let of = of_note.get(&note.id).copied().unwrap_or(0);
        findings.holds(Promise::InvoicesAddUp, note.total - note.tax == of, || {
            format!("credit note {}: {} of lines, and {note:?}", note.number, of)
        });
    }
    let invoices = facts.invoices.values().map(|invoice| invoice.number).collect();
    gapless("INVOICE", invoices, facts, findings);
    gapless("CREDIT_NOTE", facts.credits.iter().map(|note| note.number).collect(), facts, findings);
}

fn by_invoice(amounts: impl Iterator<Item = (InvoiceId, i64)>) -> HashMap<InvoiceId, i64> {
    let mut sums = HashMap::new();
    for (invoice, amount) in amounts {
        *sums.entry(invoice).or_default() += amount;
    }
    sums
}

fn gapless(kind: &str, numbers: Vec<i64>, facts: &Facts, findings: &mut Findings) {
    let given: BTreeSet<_> = numbers.iter().copied().collect();
    let count = numbers.len() as i64;
    let whole = given.len() == numbers.len()
        && given.first().is_none_or(|first| *first == 1)
        && given.last().is_none_or(|last| *last == count);
    findings.holds(Promise::NumbersHaveNoGaps, whole, || {
        let missing: Vec<_> =
            (1..=given.last().copied().unwrap_or(0)).filter(|n| !given.contains(n)).collect();
        format!("{kind}: {count} documents, numbers {missing:?} are missing")
    });
    let last = facts.last_numbers.get(kind).copied();
    findings.holds(Promise::NumbersHaveNoGaps, last == Some(count), || {
        format!("{kind}: the counter says {last:?}, and there are {count}")
    });
}
