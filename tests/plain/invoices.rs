//! Money in the plain model: invoices, and what becomes of them.

use super::{
    dates::{DAY, MINUTE, Second},
    till::CardDoes,
    world::{GRACE, Invoice, InvoiceStatus, Kind, Life, Line, Open, Reason, WIRE, World},
};
use std::collections::BTreeSet;

/// On which days after the due time a declined charge is tried again.
const RETRIES: [i64; 5] = [3, 5, 7, 14, 21];

impl World {
    pub(super) fn issue(&mut self, profile: usize, lines: Vec<Line>) {
        let total = lines.iter().map(|line| line.amount).sum();
        let due = if self.profiles[profile].card.is_some() { self.now } else { self.now + WIRE };
        let index = self.invoices.len();
        for sub in lines.iter().map(|line| line.sub).collect::<BTreeSet<_>>() {
            self.subs[sub].invoices.push(index);
        }
        let status = if total == 0 { InvoiceStatus::Paid } else { InvoiceStatus::Due };
        self.invoices.push(Invoice {
            profile,
            lines,
            issued: self.now,
            due,
            total,
            left: total,
            status,
            collect: None,
            open: None,
            received: 0,
            given_back: 0,
            credited: 0,
            attempts: 0,
        });
        if total > 0 {
            self.collect_at(index, Some(due));
        }
    }

    pub(super) fn collect_at(&mut self, invoice: usize, at: Option<Second>) {
        if let Some(old) = self.invoices[invoice].collect {
            self.collecting.remove(&(old, invoice));
        }
        self.collecting.extend(at.map(|at| (at, invoice)));
        self.invoices[invoice].collect = at;
    }

    fn open(&mut self, invoice: usize, open: Option<Open>) {
        if let Some(old) = self.invoices[invoice].open {
            self.asking.remove(&(old.ask_at, invoice));
        }
        self.asking.extend(open.map(|open| (open.ask_at, invoice)));
        self.invoices[invoice].open = open;
    }

    pub(super) fn charged_by(&self, invoice: usize) -> BTreeSet<usize> {
        self.invoices[invoice].lines.iter().map(|line| line.sub).collect()
    }

    pub(super) fn apply_due_on(&mut self, invoice: usize) {
        for sub in self.charged_by(invoice) {
            self.apply_due(sub);
        }
    }

    /// Charges what is due, and asks about the charges whose answer was lost.
    pub(super) fn collect(&mut self) {
        while let Some((_, invoice)) = self.asking.first().copied().filter(|(at, _)| *at <= self.now) {
            self.apply_due_on(invoice);
            let open = self.invoices[invoice].open.expect("an open charge");
            self.book(invoice, open.amount);
            self.reach("asked about");
        }
        while let Some((_, invoice)) = self.collecting.first().copied().filter(|(at, _)| *at <= self.now) {
            self.apply_due_on(invoice);
            let card = self.profiles[self.invoices[invoice].profile].card;
            match card {
                _ if self.all_lapsed(invoice) => self.overdue(invoice),
                None => self.overdue(invoice),
                Some(does) => {
                    self.attempt(invoice);
                    self.charge(invoice, does);
                }
            }
        }
    }

    pub(super) fn attempt(&mut self, invoice: usize) {
        let amount = self.invoices[invoice].left;
        self.collect_at(invoice, None);
        self.invoices[invoice].attempts += 1;
        self.open(invoice, Some(Open { ask_at: self.now + 10 * MINUTE, amount }));
        self.restand(invoice);
    }

    pub(super) fn charge(&mut self, invoice: usize, does: CardDoes) {
        self.apply_due_on(invoice);
        match does {
            CardDoes::Pay => {
                let amount = self.invoices[invoice].open.expect("an attempt").amount;
                self.book(invoice, amount);
            }
            CardDoes::Decline => {
                self.open(invoice, None);
                self.overdue(invoice);
                self.reach("declined");
            }
            CardDoes::LoseTheAnswer => self.reach("answer lost"),
        }
    }

    pub(super) fn book(&mut self, invoice: usize, amount: i64) {
        self.open(invoice, None);
        let i = &mut self.invoices[invoice];
        i.received += amount;
        let applied = amount.min(i.left);
        i.given_back += amount - applied;
        self.take_off(invoice, applied, true);
    }

    fn take_off(&mut self, invoice: usize, amount: i64, paid: bool) {
        self.invoices[invoice].left -= amount;
        if self.invoices[invoice].left == 0 && self.invoices[invoice].unpaid() {
            self.collect_at(invoice, None);
            self.invoices[invoice].status = if paid { InvoiceStatus::Paid } else { InvoiceStatus::Void };
        }
        self.restand(invoice);
    }

    fn overdue(&mut self, invoice: usize) {
        let i = &self.invoices[invoice];
        let (due, unpaid) = (i.due, i.unpaid());
        if due > self.now {
            self.collect_at(invoice, unpaid.then_some(due));
        } else {
            if i.status == InvoiceStatus::Due {
                self.invoices[invoice].status = InvoiceStatus::Overdue;
            }
            let by_card = self.profiles[self.invoices[invoice].profile].card.is_some();
            let again = RETRIES.into_iter().map(|days| due + days * DAY).find(|at| *at > self.now);
            self.collect_at(invoice, again.filter(|_| unpaid && by_card && !self.all_lapsed(invoice)));
        }
        self.restand(invoice);
    }

    fn all_lapsed(&self, invoice: usize) -> bool {
        let lapsed = |sub: usize| matches!(self.subs[sub].life, Life::Disabled(Reason::Lapsed, _));
        self.invoices[invoice].lines.iter().all(|line| lapsed(line.sub))
    }

    /// Looks at the standing of an invoice's active subscriptions anew.
    fn restand(&mut self, invoice: usize) {
        for sub in self.charged_by(invoice) {
            if self.subs[sub].life != Life::Active {
                continue;
            }
            let overdue = |i: &&usize| self.invoices[**i].status == InvoiceStatus::Overdue;
            let late: Vec<_> = self.subs[sub].invoices.iter().filter(overdue).copied().collect();
            let grace_ends = late.iter().map(|i| self.invoices[*i].due + GRACE).min();
            let charge_open = late.iter().any(|i| self.invoices[*i].open.is_some());
            let was = self.subs[sub].grace_ends;
            (self.subs[sub].grace_ends, self.subs[sub].charge_open) = (grace_ends, charge_open);
            match (was, grace_ends) {
                (None, Some(_)) => {
                    self.tell(sub, "PAYMENT_PAST_DUE");
                    self.reach("past due");
                }
                (Some(_), None) => {
                    self.tell(sub, "PAYMENT_RECOVERED");
                    self.reach("recovered");
                }
                (None, None) | (Some(_), Some(_)) => self.settle(sub),
            }
            self.apply_due(sub);
        }
    }

    /// Credits what was charged for the current period: first against what is unpaid, the rest is given back.
    pub(super) fn credit_current_period(&mut self, sub: usize) {
        let Some((number, ..)) = self.subs[sub].period else { return };
        for invoice in self.subs[sub].invoices.clone() {
            let mut total = 0;
            for line in &mut self.invoices[invoice].lines {
                let of_period = line.sub == sub && line.number == number && line.kind != Kind::UsedDays;
                if of_period && !line.credited && line.amount > 0 {
                    line.credited = true;
                    total += line.amount;
                }
            }
            if total == 0 {
                continue;
            }
            let applied = total.min(self.invoices[invoice].left);
            self.invoices[invoice].credited += total;
            self.invoices[invoice].given_back += total - applied;
            let paid = self.invoices[invoice].received > 0;
            self.take_off(invoice, applied, paid);
            self.reach("credited");
            if total > applied {
                self.reach("refunded");
            }
        }
    }

    /// A new card is tried at once on what is due and unpaid.
    pub(super) fn try_at_once(&mut self, profile: usize) {
        for invoice in 0..self.invoices.len() {
            let i = &self.invoices[invoice];
            if i.profile == profile && i.unpaid() && i.due <= self.now && i.open.is_none() {
                self.collect_at(invoice, Some(self.now));
            }
        }
    }
}
