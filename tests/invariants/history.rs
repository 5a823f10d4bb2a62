//! Status, as the history and the rows tell it.

use super::{
    facts::{Event, Facts},
    findings::{Findings, Promise},
};
use entity::{
    state::{DisabledReason, EventType, Status},
    subscription,
};

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    for row in &facts.subscriptions {
        let events = facts.events(row.id.0);
        forward(row, events, findings);
        end(row, events, facts, findings);
    }
    for (stream, events) in &facts.history {
        let counted = events.iter().zip(1..).all(|(event, number)| event.row.seq == number);
        findings
            .holds(Promise::HistoryIsWhole, counted, || format!("stream {stream} is not numbered from 1"));
    }
}

/// What the status is after an event; an error when there can be no such event then.
fn after(was: Option<Status>, event: &Event) -> Result<Option<Status>, ()> {
    let (from, to) = if event.is(EventType::Purchased) {
        (vec![None], Some(Status::PendingActivation))
    } else if event.is(EventType::Activated) {
        (vec![Some(Status::PendingActivation)], Some(Status::Active))
    } else if event.is(EventType::Disabled) {
        (vec![Some(Status::PendingActivation), Some(Status::Active)], Some(Status::Disabled))
    } else if event.is(EventType::Renewed) || event.is(EventType::LicensesAssigned) {
        (vec![Some(Status::Active)], Some(Status::Active))
    } else {
        return if was.is_some() { Ok(was) } else { Err(()) };
    };
    if from.contains(&was) { Ok(to) } else { Err(()) }
}

fn forward(row: &subscription::Model, events: &[Event], findings: &mut Findings) {
    let mut status = None;
    for event in events {
        let next = after(status, event);
        findings.holds(Promise::StatusMovesForward, next.is_ok(), || {
            format!("{}: {:?} when it was {status:?}", row.id.0, event.row.r#type)
        });
        status = next.unwrap_or(status);
    }
    findings.holds(Promise::StatusMovesForward, status == Some(row.status), || {
        format!("{}: the row is {:?}, its history ends {status:?}", row.id.0, row.status)
    });
    let disabled = events.iter().position(|event| event.is(EventType::Disabled));
    let last = disabled.is_none_or(|at| at + 1 == events.len());
    findings.holds(Promise::NothingAfterTheEnd, last, || {
        format!("{}: {:?} after its end", row.id.0, events.last().map(|event| event.row.r#type))
    });
}

fn end(row: &subscription::Model, events: &[Event], facts: &Facts, findings: &mut Findings) {
    let end = facts.ends.get(&row.id);
    let disabled = row.status == Status::Disabled;
    findings.holds(Promise::DisabledHasAnEnd, disabled == end.is_some(), || {
        format!("{}: {:?}, and its end is {end:?}", row.id.0, row.status)
    });
    let told = events.iter().find(|event| event.is(EventType::Disabled));
    if let (Some(end), Some(told)) = (end, told) {
        let reason: Option<DisabledReason> = serde_json::from_value(told.body["reason"].clone()).ok();
        let at = told.body["disabledAt"].as_str().and_then(|at| at.parse().ok());
        findings.holds(Promise::DisabledHasAnEnd, (reason, at) == (Some(end.reason), Some(end.at)), || {
            format!("{}: the history says {}, its end {end:?}", row.id.0, told.body)
        });
    }
    if disabled {
        let living = facts.assignments.get(&row.id).into_iter().flatten().find(|one| one.ended_at.is_none());
        findings.holds(Promise::LicencesEndWithIt, living.is_none() && row.assigned == 0, || {
            format!("{}: {living:?} goes on, {} assigned", row.id.0, row.assigned)
        });
    }
}
