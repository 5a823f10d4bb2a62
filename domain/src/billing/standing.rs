//! Whether a subscription's payments are current: a pure function of its open invoices.

use chrono::{DateTime, TimeDelta, Utc};
use entity::state::InvoiceStatus;

/// What standing looks at of an unpaid invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpaid {
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// Whether it is overdue: a charge was declined or could not be made, or its due time passed unpaid.
    pub status: InvoiceStatus,
    /// Whether the outcome of a payment is awaited.
    pub payment_open: bool,
}

/// What follows from the unpaid invoices of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// When grace ends, if something is past due: counted from the oldest unpaid due time.
    pub grace_ends_at: Option<DateTime<Utc>>,
    /// Whether the outcome of a charge of something past due is awaited: nothing lapses meanwhile.
    pub charge_open: bool,
}

/// The standing of a subscription with these unpaid invoices.
pub fn verdict(unpaid: &[Unpaid], grace: TimeDelta) -> Verdict {
    let overdue = || unpaid.iter().filter(|invoice| invoice.status == InvoiceStatus::Overdue);
    Verdict {
        grace_ends_at: overdue().map(|invoice| invoice.due_at + grace).min(),
        charge_open: overdue().any(|invoice| invoice.payment_open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn unpaid(due: i64, status: InvoiceStatus, payment_open: bool) -> Unpaid {
        Unpaid { due_at: day(due), status, payment_open }
    }

    #[test]
    fn grace_counts_from_the_oldest_overdue_invoice() {
        let invoices = [
            unpaid(1, InvoiceStatus::Due, true),
            unpaid(9, InvoiceStatus::Overdue, false),
            unpaid(4, InvoiceStatus::Overdue, false),
        ];
        let verdict = verdict(&invoices, TimeDelta::days(30));
        assert_eq!(verdict, Verdict { grace_ends_at: Some(day(34)), charge_open: false });
    }

    #[test]
    fn what_is_due_but_not_declined_is_no_fault() {
        let verdict = verdict(&[unpaid(1, InvoiceStatus::Due, true)], TimeDelta::days(30));
        assert_eq!(verdict, Verdict { grace_ends_at: None, charge_open: false });
    }

    #[test]
    fn an_open_charge_of_an_overdue_invoice_is_awaited() {
        let invoices = [unpaid(1, InvoiceStatus::Overdue, true), unpaid(2, InvoiceStatus::Overdue, false)];
        assert!(verdict(&invoices, TimeDelta::zero()).charge_open);
    }
}
