//! What was looked at, and what was found.

use std::{collections::BTreeMap, fmt::Write};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// From pending to active to disabled, in the history and in the rows.
    StatusMovesForward,
    /// The event that disables a subscription is its last.
    NothingAfterTheEnd,
    /// A subscription is disabled if and only if it has an end, and both say the same.
    DisabledHasAnEnd,
    /// What a row says is what its history comes to.
    RowsFollowTheHistory,
    /// No event was changed, removed or put in.
    HistoryIsWhole,
    /// Each period of a subscription is charged, and once.
    OneChargePerPeriod,
    /// Each increase of licences is charged, and once.
    OneChargePerIncrease,
    /// Periods are counted from the anchor and follow each other without gap or overlap.
    PeriodsTile,
    /// What a line charges is price by quantity by days.
    AmountsAreRight,
    /// Never more licences are assigned than there are, at no moment of the history.
    LicencesAreThere,
    /// When a subscription is disabled, all its licences end.
    LicencesEndWithIt,
    /// An invoice is the sum of its lines and the tax.
    InvoicesAddUp,
    /// What is due of an invoice is its total without payments and credits, with what was given back.
    AmountDueFollows,
    /// Invoices and credit notes are numbered from 1 without gaps.
    NumbersHaveNoGaps,
    /// No charge is made twice, here or at the gateway, and both know of the same charges.
    ChargedAtMostOnce,
    /// No refund is made twice, and none is more than was paid.
    RefundedAtMostOnce,
    /// What falls due next, and when, stands on the row.
    DueIsWhatTheLawSays,
    /// Past due is who has an overdue invoice.
    StandingFollowsInvoices,
    /// What was acknowledged is there.
    AcknowledgedIsDurable,
    /// What was asked for once was done once, however often it was sent.
    NothingIsDoubled,
    /// What was refused changed nothing.
    RefusedChangesNothing,
}

impl Promise {
    /// All of them.
    pub(crate) const ALL: [Self; 21] = [
        Self::StatusMovesForward,
        Self::NothingAfterTheEnd,
        Self::DisabledHasAnEnd,
        Self::RowsFollowTheHistory,
        Self::HistoryIsWhole,
        Self::OneChargePerPeriod,
        Self::OneChargePerIncrease,
        Self::PeriodsTile,
        Self::AmountsAreRight,
        Self::LicencesAreThere,
        Self::LicencesEndWithIt,
        Self::InvoicesAddUp,
        Self::AmountDueFollows,
        Self::NumbersHaveNoGaps,
        Self::ChargedAtMostOnce,
        Self::RefundedAtMostOnce,
        Self::DueIsWhatTheLawSays,
        Self::StandingFollowsInvoices,
        Self::AcknowledgedIsDurable,
        Self::NothingIsDoubled,
        Self::RefusedChangesNothing,
    ];

    /// In words, for the table.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::StatusMovesForward => "status never goes back",
            Self::NothingAfterTheEnd => "no event after the end",
            Self::DisabledHasAnEnd => "disabled if and only if there is an end",
            Self::RowsFollowTheHistory => "rows say what their history comes to",
            Self::HistoryIsWhole => "the chains of events are intact",
            Self::OneChargePerPeriod => "one charge per subscription and period",
            Self::OneChargePerIncrease => "one charge per increase of licences",
            Self::PeriodsTile => "periods tile, counted from the anchor",
            Self::AmountsAreRight => "amounts are price by quantity by days",
            Self::LicencesAreThere => "licences assigned never above available",
            Self::LicencesEndWithIt => "licences end with their subscription",
            Self::InvoicesAddUp => "invoices are the sum of their lines",
            Self::AmountDueFollows => "amount due is total less payments and credits",
            Self::NumbersHaveNoGaps => "document numbers without gaps",
            Self::ChargedAtMostOnce => "every charge at most once",
            Self::RefundedAtMostOnce => "every refund at most once",
            Self::DueIsWhatTheLawSays => "due_at is what next_due says",
            Self::StandingFollowsInvoices => "past due is who has an overdue invoice",
            Self::AcknowledgedIsDurable => "every accepted answer is durable",
            Self::NothingIsDoubled => "nothing asked once is done twice",
            Self::RefusedChangesNothing => "what was refused changed nothing",
        }
    }
}

/// A promise that was not kept.
#[derive(Debug, Clone)]
pub(crate) struct Violation {
    pub(crate) promise: Promise,
    pub(crate) what: String,
}

/// How often each promise was looked at, and where it was not kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    pub(crate) tried: BTreeMap<Promise, u64>,
    pub(crate) violations: Vec<Violation>,
}

impl Findings {
    /// Notes that something was looked at, and what is wrong unless it holds.
    pub(crate) fn holds(&mut self, promise: Promise, truth: bool, what: impl FnOnce() -> String) {
        *self.tried.entry(promise).or_default() += 1;
        if !truth {
            self.violations.push(Violation { promise, what: what() });
        }
    }

    /// How often this promise was broken.
    pub(crate) fn broken(&self, promise: Promise) -> usize {
        self.violations.iter().filter(|violation| violation.promise == promise).count()
    }

    /// Takes over what was found elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        for (promise, tried) in other.tried {
            *self.tried.entry(promise).or_default() += tried;
        }
        self.violations.extend(other.violations);
    }

    /// The violations as text, the first of each promise in full.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for promise in Promise::ALL {
            let of: Vec<_> =
                self.violations.iter().filter(|violation| violation.promise == promise).collect();
            for violation in of.iter().take(5) {
                let _ = writeln!(text, "{}: {}", promise.words(), violation.what);
            }
            if of.len() > 5 {
                let _ = writeln!(text, "{}: {} more", promise.words(), of.len() - 5);
            }
        }
        text
    }

    #[track_caller]
    pub(crate) fn insist(&self) {
        assert!(self.violations.is_empty(), "{}", self.told());
    }
}
