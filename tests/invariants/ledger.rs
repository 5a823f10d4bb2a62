//! What clients were told: a harness keeps it, and the database is held against it.

use super::{
    facts::{Event, Facts},
    findings::{Findings, Promise},
};
use entity::{
    id::InvoiceId,
    state::{DisabledReason, EventType, InvoiceStatus, Status},
    subscription,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// What an accepted answer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A subscription was bought.
    Bought(Uuid),
    /// A subscription is active, or was.
    Activated(Uuid),
    /// A subscription is disabled, whatever the reason.
    Disabled(Uuid),
    /// A subscription was cancelled.
    Canceled(Uuid),
    /// A subscription has reached this period.
    Period(Uuid, i64),
    /// More licences were charged by this invoice.
    Raised(Uuid, Uuid),
    /// A user has a licence, or had.
    Assigned(Uuid, Uuid),
    /// An invoice is paid.
    Paid(Uuid),
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It was accepted, and said this.
    Done(Vec<Fact>),
    /// It was refused with this code.
    Refused(String),
    /// No answer came, or one that leaves open what happened.
    Nothing,
}

/// Something a client wants, sent once or more often: each request has an id of its own, and all have one idempotency key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) requests: Vec<(String, Answered)>,
}

/// All that clients were told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) wanted: Vec<Wanted>,
    /// What was seen when it was read.
    pub(crate) seen: Vec<Fact>,
}

/// What one wish does at most once.
const ONCE: [EventType; 3] =
    [EventType::Purchased, EventType::LicenseQuantityChanged, EventType::PaymentAttempted];

impl Ledger {
    pub(super) fn examine(&self, facts: &Facts, findings: &mut Findings) {
        let mut by_request: HashMap<&str, Vec<&Event>> = HashMap::new();
        for event in facts.history.values().flatten() {
            if let Some(request) = &event.row.request_id {
                by_request.entry(request).or_default().push(event);
            }
        }
        let of = |request: &String| by_request.get(request.as_str()).map_or(&[][..], Vec::as_slice);
        let there = There::of(facts);
        for fact in &self.seen {
            findings.holds(Promise::AcknowledgedIsDurable, there.is(fact), || {
                format!("was seen and is gone: {fact:?}")
            });
        }
        for wanted in &self.wanted {
            once(wanted, of, findings);
            for (request, answered) in &wanted.requests {
                match answered {
                    Answered::Done(told) => {
                        for fact in told {
                            findings.holds(Promise::AcknowledgedIsDurable, there.is(fact), || {
                                format!("{request} was told, and it is not so: {fact:?}")
                            });
                        }
                    }
                    // These leave their attempt.
                    Answered::Refused(code) if code == "PAYMENT_DECLINED" || code == "PAYMENT_PENDING" => {}
                    Answered::Refused(code) => {
                        let did: Vec<_> = of(request).iter().map(|event| event.row.r#type).collect();
                        findings.holds(Promise::RefusedChangesNothing, did.is_empty(), || {
                            format!("{request} was refused with {code} and did {did:?}")
                        });
                    }
                    Answered::Nothing => {}
                }
            }
        }
    }
}

fn once<'a>(wanted: &Wanted, of: impl Fn(&String) -> &'a [&'a Event], findings: &mut Findings) {
    for kind in ONCE {
        let done = wanted.requests.iter().flat_map(|(id, _)| of(id)).filter(|event| event.is(kind)).count();
        findings.holds(Promise::NothingIsDoubled, done <= 1, || {
            format!("{kind:?} {done} times: {:?}", wanted.requests)
        });
    }
    let bought: BTreeSet<Uuid> = wanted
        .requests
        .iter()
        .filter_map(|(_, answered)| match answered {
            Answered::Done(facts) => Some(facts),
            Answered::Refused(_) | Answered::Nothing => None,
        })
        .flatten()
        .filter_map(|fact| if let Fact::Bought(id) = fact { Some(*id) } else { None })
        .collect();
    findings.holds(Promise::NothingIsDoubled, bought.len() <= 1, || {
        format!("one wish was answered with {bought:?}: {:?}", wanted.requests)
    });
}

/// The rows by their ids.
struct There<'a> {
    facts: &'a Facts,
    rows: HashMap<Uuid, &'a subscription::Model>,
    charged: HashSet<(Uuid, Uuid)>,
}

impl<'a> There<'a> {
    fn of(facts: &'a Facts) -> Self {
        Self {
            facts,
            rows: facts.subscriptions.iter().map(|row| (row.id.0, row)).collect(),
            charged: facts.lines.iter().map(|line| (line.subscription_id.0, line.invoice_id.0)).collect(),
        }
    }

    fn is(&self, fact: &Fact) -> bool {
        let facts = self.facts;
        let row = |id: &Uuid| self.rows.get(id);
        let disabled = |id: &Uuid| row(id).is_some_and(|row| row.status == Status::Disabled);
        match fact {
            Fact::Bought(id) => row(id).is_some(),
            Fact::Activated(id) => facts.events(*id).iter().any(|event| event.is(EventType::Activated)),
            Fact::Disabled(id) => disabled(id),
            Fact::Canceled(id) => {
                let end = row(id).and_then(|row| facts.ends.get(&row.id));
                disabled(id) && end.is_some_and(|end| end.reason == DisabledReason::Canceled)
            }
            Fact::Period(id, number) => {
                row(id).is_some_and(|row| row.period_number.is_some_and(|now| now >= *number))
            }
            Fact::Raised(id, invoice) => self.charged.contains(&(*id, *invoice)),
            Fact::Assigned(id, user) => row(id)
                .and_then(|row| facts.assignments.get(&row.id))
                .is_some_and(|of| of.iter().any(|one| one.user_id.0 == *user)),
            Fact::Paid(id) => facts
                .invoices
                .get(&InvoiceId(*id))
                .is_some_and(|invoice| matches!(invoice.status, InvoiceStatus::Paid | InvoiceStatus::Void)),
        }
    }
}
