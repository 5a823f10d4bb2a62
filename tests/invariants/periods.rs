//! Periods and their charges, worked out anew from the anchor and the history.

use super::{
    facts::{Event, Facts},
    findings::{Findings, Promise},
};
use chrono::{Months, NaiveDate};
use entity::{
    id::SubscriptionId,
    invoice_line,
    state::{BillingInterval, DisabledReason, EventType, InvoiceLineKind},
    subscription,
};
use std::collections::HashMap;

/// When period `number` begins.
fn begins(anchor: NaiveDate, interval: BillingInterval, number: i64) -> Option<NaiveDate> {
    let months = match interval {
        BillingInterval::Month => number,
        BillingInterval::Year => number * 12,
    };
    anchor.checked_add_months(Months::new(u32::try_from(months).ok()?))
}

/// `price × quantity × days ÷ of`, rounded half up.
fn part(price: i64, quantity: i64, days: i64, of: i64) -> i64 {
    let exact = i128::from(price) * i128::from(quantity) * i128::from(days) * 2 + i128::from(of);
    i64::try_from(exact / (2 * i128::from(of.max(1)))).unwrap_or(-1)
}

pub(super) fn examine(facts: &Facts, findings: &mut Findings) {
    let mut lines: HashMap<SubscriptionId, Vec<&invoice_line::Model>> = HashMap::new();
    for line in &facts.lines {
        lines.entry(line.subscription_id).or_default().push(line);
    }
    for row in &facts.subscriptions {
        let lines = lines.remove(&row.id).unwrap_or_default();
        let of = |kind| lines.iter().copied().filter(move |line| line.kind == kind);
        let (Some(anchor), Some(last)) = (row.anchor_on, row.period_number) else {
            findings.holds(Promise::OneChargePerPeriod, lines.is_empty(), || {
                format!("{}: charged before its activation", row.id.0)
            });
            continue;
        };
        let events = facts.events(row.id.0);
        periods(row, anchor, last, &of(InvoiceLineKind::Period).collect::<Vec<_>>(), events, findings);
        increases(row, anchor, &of(InvoiceLineKind::Proration).collect::<Vec<_>>(), events, findings);
        let lapsed = facts.ends.get(&row.id).is_some_and(|end| end.reason == DisabledReason::PaymentLapsed);
        used(row, anchor, lapsed, &of(InvoiceLineKind::UsedDays).collect::<Vec<_>>(), findings);
    }
}

/// What the quantity was when each period began, by the history.
fn quantities(row: &subscription::Model, events: &[Event]) -> Vec<i64> {
    let mut quantity = row.bought_quantity;
    let mut at_begin = Vec::new();
    for event in events {
        if event.is(EventType::LicenseQuantityChanged) {
            quantity = event.number("quantity");
        }
        if event.is(EventType::Renewed) {
            quantity = event.number("quantity").or(quantity);
        }
        if event.is(EventType::Activated) || event.is(EventType::Renewed) {
            at_begin.push(quantity.unwrap_or(1));
        }
    }
    at_begin
}

fn periods(
    row: &subscription::Model,
    anchor: NaiveDate,
    last: i64,
    lines: &[&invoice_line::Model],
    events: &[Event],
    findings: &mut Findings,
) {
    let quantities = quantities(row, events);
    for number in 0..=last {
        let of: Vec<_> = lines.iter().filter(|line| line.period_number == number).collect();
        findings.holds(Promise::OneChargePerPeriod, of.len() == 1, || {
            format!("{}: period {number} is charged {} times", row.id.0, of.len())
        });
        let dates =
            (begins(anchor, row.billing_interval, number), begins(anchor, row.billing_interval, number + 1));
        for line in of {
            let charged = (Some(line.period_start), Some(line.period_end));
            findings.holds(Promise::PeriodsTile, charged == dates, || {
                format!("{}: period {number} is {charged:?} and not {dates:?}", row.id.0)
            });
            let index = usize::try_from(number).unwrap_or(usize::MAX);
            let quantity = quantities.get(index).copied();
            let right = line.unit_price == row.unit_price
                && quantity == Some(line.quantity)
                && line.amount == part(row.unit_price, line.quantity, 1, 1);
            findings.holds(Promise::AmountsAreRight, right, || {
                format!("{}: period {number}, {quantity:?} licences: {line:?}", row.id.0)
            });
        }
    }
    let beyond = lines.iter().find(|line| line.period_number > last);
    findings.holds(Promise::OneChargePerPeriod, beyond.is_none(), || {
        format!("{}: charged for a period that has not begun: {beyond:?}", row.id.0)
    });
    let current = (row.period_start, row.period_end);
    let dates = (begins(anchor, row.billing_interval, last), begins(anchor, row.billing_interval, last + 1));
    findings.holds(Promise::PeriodsTile, current == dates, || {
        format!("{}: the row says that period {last} is {current:?} and not {dates:?}", row.id.0)
    });
}

fn increases(
    row: &subscription::Model,
    anchor: NaiveDate,
    lines: &[&invoice_line::Model],
    events: &[Event],
    findings: &mut Findings,
) {
    let mut told = Vec::new();
    for event in events.iter().filter(|event| event.is(EventType::LicenseQuantityChanged)) {
        let invoice = event.body["invoice"].as_str().and_then(|id| id.parse::<uuid::Uuid>().ok());
        let more = event.number("quantity").zip(event.number("from")).map(|(to, from)| to - from);
        let of: Vec<_> = lines.iter().filter(|line| Some(line.invoice_id.0) == invoice).collect();
        let right = of.len() == 1 && of.iter().all(|line| Some(line.quantity) == more);
        findings.holds(Promise::OneChargePerIncrease, right, || {
            format!("{}: an increase by {more:?} is charged by {of:?}", row.id.0)
        });
        told.extend(invoice);
    }
    for line in lines {
        findings.holds(Promise::OneChargePerIncrease, told.contains(&line.invoice_id.0), || {
            format!("{}: {line:?} is charged for no increase", row.id.0)
        });
        let dates = begins(anchor, row.billing_interval, line.period_number).zip(begins(
            anchor,
            row.billing_interval,
            line.period_number + 1,
        ));
        let right = dates.is_some_and(|(start, end)| {
            let days = (end - line.period_start).num_days();
            line.period_start >= start
                && line.period_end == end
                && line.amount == part(row.unit_price, line.quantity, days, (end - start).num_days())
        });
        findings.holds(Promise::AmountsAreRight, right, || format!("{}: {line:?}", row.id.0));
    }
}

/// Days used after the last invoiced period: of who lapsed, and tiling on from there.
fn used(
    row: &subscription::Model,
    anchor: NaiveDate,
    lapsed: bool,
    lines: &[&invoice_line::Model],
    findings: &mut Findings,
) {
    if lines.is_empty() {
        return;
    }
    findings.holds(Promise::OneChargePerPeriod, lapsed, || {
        format!("{}: used days of one that did not lapse", row.id.0)
    });
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| line.period_number);
    let mut behind = row.period_end;
    for line in lines {
        findings.holds(Promise::PeriodsTile, Some(line.period_start) == behind, || {
            format!("{}: used days begin on {} and not on {behind:?}", row.id.0, line.period_start)
        });
        behind = Some(line.period_end);
        let whole = begins(anchor, row.billing_interval, line.period_number).zip(begins(
            anchor,
            row.billing_interval,
            line.period_number + 1,
        ));
        let days = (line.period_end - line.period_start).num_days();
        let right = whole.is_some_and(|(start, end)| {
            line.amount == part(row.unit_price, line.quantity, days, (end - start).num_days())
        });
        findings.holds(Promise::AmountsAreRight, right, || format!("{}: {line:?}", row.id.0));
    }
}
