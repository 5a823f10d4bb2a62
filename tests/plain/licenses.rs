//! The number of licences in the plain model, and who holds them.

use super::{
    dates::{day_of, part},
    ops::{Answer, STRANGERS, no, refuse},
    rights::{Right, buys_with},
    world::{Kind, Line, Who, World},
};
use std::collections::BTreeSet;

impl World {
    pub(super) fn change_quantity(&mut self, who: Who, sub: usize, to: i64) -> Answer {
        self.seen(who, sub, Right::Manage)?;
        self.active(sub)?;
        let present = self.subs[sub].quantity.ok_or(no("LICENSES_NOT_APPLICABLE"))?;
        if !(1..=1000).contains(&to) {
            return refuse("LICENSE_QUANTITY_OUT_OF_RANGE");
        }
        if to == present {
            if self.subs[sub].scheduled.take().is_some() {
                self.tell(sub, "LICENSE_DECREASE_WITHDRAWN");
                self.reach("decrease withdrawn");
            }
            return Ok(());
        }
        if to < present {
            if !self.subs[sub].auto_renew {
                return refuse("INVALID_INPUT");
            }
            if self.subs[sub].holders.len() as i64 > to {
                return refuse("LICENSES_STILL_ASSIGNED");
            }
            if self.subs[sub].scheduled != Some(to) {
                self.subs[sub].scheduled = Some(to);
                self.tell(sub, "LICENSE_DECREASE_SCHEDULED");
                self.reach("decrease scheduled");
            }
            return Ok(());
        }
        if self.subs[sub].grace_ends.is_some() {
            return refuse("PAYMENT_PAST_DUE");
        }
        let profile = self.subs[sub].profile;
        if !buys_with(who, profile, self.profiles[profile].tenant) || self.profile_overdue(profile) {
            return refuse("BILLING_PROFILE_NOT_USABLE");
        }
        let (number, start, end) = self.subs[sub].period.expect("a period");
        let today = day_of(self.now).max(start);
        let more = to - present;
        let amount = part(self.plan(sub).price, more, end - today, end - start);
        let kind = Kind::Proration;
        let line = Line { sub, kind, number, start: today, end, quantity: more, amount, credited: false };
        self.issue(profile, vec![line]);
        (self.subs[sub].quantity, self.subs[sub].scheduled) = (Some(to), None);
        self.tell(sub, "LICENSE_QUANTITY_CHANGED");
        self.reach("raised");
        Ok(())
    }

    pub(super) fn assign(&mut self, who: Who, sub: usize, users: &[usize]) -> Answer {
        self.seen(who, sub, Right::Assign)?;
        self.active(sub)?;
        let present = self.subs[sub].quantity.ok_or(no("LICENSES_NOT_APPLICABLE"))?;
        if users.iter().any(|user| *user >= STRANGERS) {
            return refuse("USER_NOT_IN_ORGANIZATION");
        }
        let s = &mut self.subs[sub];
        let all: BTreeSet<_> = s.holders.iter().chain(users).copied().collect();
        if all.len() == s.holders.len() {
            return Ok(());
        }
        if all.len() as i64 > s.scheduled.unwrap_or(present).min(present) {
            return refuse("NO_LICENSE_AVAILABLE");
        }
        s.holders = all;
        self.tell(sub, "LICENSES_ASSIGNED");
        Ok(())
    }

    pub(super) fn unassign(&mut self, who: Who, sub: usize, users: &[usize]) -> Answer {
        self.seen(who, sub, Right::Assign)?;
        self.active(sub)?;
        self.subs[sub].quantity.ok_or(no("LICENSES_NOT_APPLICABLE"))?;
        let before = self.subs[sub].holders.len();
        self.subs[sub].holders.retain(|user| !users.contains(user));
        if self.subs[sub].holders.len() < before {
            self.tell(sub, "LICENSES_UNASSIGNED");
        }
        Ok(())
    }
}
