//! What falls due, and standing: what stands on the row is what the law and the invoices say.

use super::{
    facts::Facts,
    findings::{Findings, Promise},
};
use domain::{
    calendar::Period,
    subscription::lifecycle::{self, Standing, State, Terms},
};
use entity::{
    id::SubscriptionId,
    state::{InvoiceStatus, Standing as Stored, Status},
    subscription, subscription_end,
};
use std::collections::HashSet;

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    let overdue: HashSet<SubscriptionId> = facts
        .lines
        .iter()
        .filter(|line| {
            let invoice = facts.invoices.get(&line.invoice_id);
            invoice.is_some_and(|invoice| invoice.status == InvoiceStatus::Overdue)
        })
        .map(|line| line.subscription_id)
        .collect();
    for row in &facts.subscriptions {
        let state = state(row, facts.ends.get(&row.id));
        let due = state.and_then(|state| lifecycle::next_due(&state));
        findings.holds(
            Promise::DueIsWhatTheLawSays,
            state.is_some() && row.due_at.zip(row.due_change) == due,
            || format!("{}: {:?} {:?} and not {due:?} ({state:?})", row.id.0, row.due_at, row.due_change),
        );
        if row.status == Status::Active {
            let past_due = row.standing == Stored::PastDue;
            findings.holds(Promise::StandingFollowsInvoices, past_due == overdue.contains(&row.id), || {
                format!("{}: {:?}, overdue invoices: {}", row.id.0, row.standing, !past_due)
            });
        }
    }
}

/// What the law looks at; none when the row contradicts itself.
fn state(row: &subscription::Model, end: Option<&subscription_end::Model>) -> Option<State> {
    let bought = Terms { plan: row.plan_id, quantity: row.bought_quantity };
    match row.status {
        Status::PendingActivation => Some(State::Pending {
            bought,
            portal_opened: row.portal_opened_at.is_some(),
            activate_by: row.activate_by,
            auto_renew: row.auto_renew,
        }),
        Status::Active => Some(State::Active {
            bought,
            period: Period { number: row.period_number?, start: row.period_start?, end: row.period_end? },
            auto_renew: row.auto_renew,
            standing: match row.standing {
                Stored::Current => Standing::Current,
                Stored::PastDue => {
                    Standing::PastDue { grace_ends_at: row.grace_ends_at?, charge_open: row.charge_open }
                }
            },
        }),
        Status::Disabled => end.map(|end| State::Disabled { reason: end.reason, at: end.at }),
    }
}
