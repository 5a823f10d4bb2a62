//! Licences: the history is walked event by event, and its end compared with the rows.

use super::{
    facts::{Event, Facts},
    findings::{Findings, Promise},
};
use entity::{
    state::{EventType, Status},
    subscription,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What the history says of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    quantity: Option<i64>,
    scheduled: Option<i64>,
    assigned: BTreeSet<Uuid>,
    renewals: i64,
    ended: bool,
}

impl Told {
    /// Takes an event in. False when it takes from somebody who has none, or gives twice.
    fn take(&mut self, event: &Event) -> bool {
        let mut fits = true;
        if event.is(EventType::LicensesAssigned) {
            for user in event.users() {
                fits &= self.assigned.insert(user);
            }
        } else if event.is(EventType::LicensesUnassigned) {
            for user in event.users() {
                fits &= self.assigned.remove(&user);
            }
        } else if event.is(EventType::LicenseQuantityChanged) {
            self.quantity = event.number("quantity");
            self.scheduled = None;
        } else if event.is(EventType::LicenseDecreaseScheduled) {
            self.scheduled = event.number("scheduled");
        } else if event.is(EventType::LicenseDecreaseWithdrawn) {
            self.scheduled = None;
        } else if event.is(EventType::Renewed) {
            self.quantity = event.number("quantity");
            self.scheduled = None;
            self.renewals += 1;
        } else if event.is(EventType::AutoRenewChanged) && event.body["autoRenew"] == false {
            self.scheduled = None;
        } else if event.is(EventType::Disabled) {
            self.assigned.clear();
            self.scheduled = None;
            self.ended = true;
        }
        fits
    }

    fn available(&self) -> i64 {
        let purchased = self.quantity.unwrap_or(0);
        self.scheduled.map_or(purchased, |scheduled| scheduled.min(purchased)) - self.assigned.len() as i64
    }
}

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    for row in &facts.subscriptions {
        let mut told = Told {
            quantity: row.bought_quantity,
            scheduled: None,
            assigned: BTreeSet::new(),
            renewals: 0,
            ended: false,
        };
        for event in facts.events(row.id.0) {
            let fits = told.take(event);
            findings.holds(Promise::LicencesAreThere, fits && told.available() >= 0, || {
                format!("{}: after event {} {told:?}", row.id.0, event.row.seq)
            });
        }
        rows(row, &told, facts, findings);
    }
}

fn rows(row: &subscription::Model, told: &Told, facts: &Facts, findings: &mut Findings) {
    let living: Vec<_> = facts
        .assignments
        .get(&row.id)
        .into_iter()
        .flatten()
        .filter(|one| one.ended_at.is_none())
        .map(|one| one.user_id.0)
        .collect();
    let users: BTreeSet<_> = living.iter().copied().collect();
    let counted = living.len() == users.len() && row.assigned == living.len() as i64;
    findings.holds(Promise::LicencesAreThere, counted, || {
        format!("{}: {} assigned, and licences of {living:?}", row.id.0, row.assigned)
    });
    let most = row.scheduled_quantity.or(row.quantity).unwrap_or(0);
    findings.holds(Promise::LicencesAreThere, row.assigned <= most, || {
        format!("{}: {} assigned of {most}", row.id.0, row.assigned)
    });
    let same = row.quantity == told.quantity
        && row.scheduled_quantity == told.scheduled
        && users == told.assigned
        && (row.status == Status::Disabled) == told.ended
        && row.period_number.unwrap_or(0) == told.renewals;
    findings.holds(Promise::RowsFollowTheHistory, same, || {
        format!("{}: the history says {told:?}, the row {row:?} with licences of {users:?}", row.id.0)
    });
}
