//! What time does in the plain model: what falls due, and the jobs of a worker.

use super::{
    dates::{DAY, Day, Second, day_of, months_after, part},
    world::{Due, Kind, Life, Line, Reason, World},
};
use std::collections::BTreeMap;

/// How long before an end it is announced.
const REMINDERS: [Second; 2] = [30 * DAY, 7 * DAY];

impl World {
    /// Works out anew what is due on a subscription, and when its end is to be announced.
    pub(super) fn settle(&mut self, sub: usize) {
        let s = &self.subs[sub];
        let mut due = Vec::new();
        let mut expires = None;
        match (s.life, s.period) {
            (Life::Pending, _) => {
                due.push((s.activate_by, Due::Expire));
                expires = Some(s.activate_by);
            }
            (Life::Active, Some((_, _, end))) => {
                due.extend(s.grace_ends.filter(|_| !s.charge_open).map(|at| (at, Due::Lapse)));
                if !s.auto_renew {
                    due.push((end * DAY, Due::Expire));
                    expires = Some(end * DAY);
                } else if s.grace_ends.is_none() {
                    due.push((end * DAY, Due::Renew));
                }
            }
            (Life::Active, None) => unreachable!("an active subscription has a period"),
            (Life::Disabled(..), _) => {}
        }
        let due = due.into_iter().min();
        let remind = expires.and_then(|end| {
            let times = REMINDERS.map(|before| end - before);
            s.remind.filter(|set| times.contains(set)).or(times.into_iter().find(|at| *at > self.now))
        });
        if let Some((at, what)) = s.due {
            self.falling_due.remove(&(at, what, sub));
        }
        if let Some(at) = s.remind {
            self.reminders.remove(&(at, sub));
        }
        self.falling_due.extend(due.map(|(at, what)| (at, what, sub)));
        self.reminders.extend(remind.map(|at| (at, sub)));
        (self.subs[sub].due, self.subs[sub].remind) = (due, remind);
    }

    pub(super) fn disable(&mut self, sub: usize, reason: Reason, at: Second) {
        let s = &mut self.subs[sub];
        s.life = Life::Disabled(reason, at);
        s.holders.clear();
        (s.scheduled, s.grace_ends, s.charge_open) = (None, None, false);
        self.tell(sub, "DISABLED");
        self.reach(match reason {
            Reason::Canceled => "canceled",
            Reason::Expired => "expired",
            Reason::Lapsed => "lapsed",
        });
    }

    fn period(&self, sub: usize, number: i64) -> (i64, Day, Day) {
        let (anchor, months) = (self.subs[sub].anchor, self.plan(sub).months);
        (number, months_after(anchor, number * months), months_after(anchor, (number + 1) * months))
    }

    /// The charge of the period that begins with this number.
    pub(super) fn begin(&mut self, sub: usize, number: i64) -> Line {
        let period = self.period(sub, number);
        let price = self.plan(sub).price;
        let s = &mut self.subs[sub];
        s.period = Some(period);
        s.quantity = s.scheduled.take().or(s.quantity);
        let quantity = s.quantity.unwrap_or(1);
        let (start, end) = (period.1, period.2);
        Line {
            sub,
            kind: Kind::Period,
            number,
            start,
            end,
            quantity,
            amount: price * quantity,
            credited: false,
        }
    }

    /// The days that were used after the last period, if it would have renewed itself.
    fn used_days(&self, sub: usize) -> Vec<Line> {
        let s = &self.subs[sub];
        let quantity = s.scheduled.or(s.quantity).unwrap_or(1);
        let begun = day_of(self.now - 1) + 1;
        let (last, ..) = s.period.expect("a period");
        let mut lines = Vec::new();
        for next in last + 1.. {
            let (number, start, end) = self.period(sub, next);
            if !s.auto_renew || start * DAY >= self.now {
                break;
            }
            let until = end.min(begun);
            let amount = part(self.plan(sub).price, quantity, until - start, end - start);
            let kind = Kind::UsedDays;
            lines.push(Line { sub, kind, number, start, end: until, quantity, amount, credited: false });
        }
        lines
    }

    /// Does what is due and returns what it charges.
    fn enact(&mut self, sub: usize, due: Due) -> Vec<Line> {
        match due {
            Due::Renew => {
                let (last, ..) = self.subs[sub].period.expect("a period");
                let line = self.begin(sub, last + 1);
                self.tell(sub, "RENEWED");
                self.reach("renewed");
                vec![line]
            }
            Due::Expire => {
                let (at, _) = self.subs[sub].due.expect("an end");
                self.disable(sub, Reason::Expired, at);
                Vec::new()
            }
            Due::Lapse => {
                let lines = self.used_days(sub);
                if !lines.is_empty() {
                    self.reach("used days charged");
                }
                self.disable(sub, Reason::Lapsed, self.now);
                lines
            }
        }
    }

    /// Applies what is due on one subscription; what is charged on the way has an invoice of its own. Says whether anything
    /// was charged.
    pub(super) fn apply_due(&mut self, sub: usize) -> bool {
        let before = self.invoices.len();
        while let Some((_, due)) = self.subs[sub].due.filter(|(at, _)| *at <= self.now) {
            let lines = self.enact(sub, due);
            if !lines.is_empty() {
                self.issue(self.subs[sub].profile, lines);
            }
        }
        self.invoices.len() > before
    }

    fn due_now(&self, which: Due) -> Vec<usize> {
        let due = self.falling_due.iter().take_while(|(at, ..)| *at <= self.now);
        due.filter(|(_, what, _)| *what == which).map(|(.., sub)| *sub).collect()
    }

    /// One round of all jobs.
    pub(crate) fn work(&mut self) {
        for which in [Due::Lapse, Due::Expire, Due::Renew] {
            loop {
                let subs = self.due_now(which);
                if subs.is_empty() {
                    break;
                }
                let mut shared: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
                for sub in subs {
                    let lines = self.enact(sub, which);
                    let profile = self.subs[sub].profile;
                    // Renewals of one profile that begin today share an invoice.
                    let today =
                        which == Due::Renew && lines.iter().all(|line| line.start == day_of(self.now));
                    if today {
                        shared.entry(profile).or_default().extend(lines);
                    } else if !lines.is_empty() {
                        self.issue(profile, lines);
                    }
                }
                for (profile, lines) in shared {
                    self.issue(profile, lines);
                }
            }
        }
        self.announce();
        self.collect();
    }

    fn announce(&mut self) {
        let told: Vec<_> =
            self.reminders.iter().take_while(|(at, _)| *at <= self.now).map(|(_, sub)| *sub).collect();
        for sub in told {
            if self.subs[sub].due.is_none_or(|(at, _)| at > self.now) {
                // Of those that were missed only the latest is told: the next one lies ahead.
                let old = self.subs[sub].remind.take().expect("a reminder");
                self.reminders.remove(&(old, sub));
                self.tell(sub, "ENDING_SOON");
            }
        }
    }
}
