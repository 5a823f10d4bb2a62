//! The law as a table, and what no sequence of changes can do.

use super::*;
use chrono::{NaiveDate, TimeDelta};
use entity::state::BillingInterval;
use proptest::prelude::*;
use std::fmt::Write;
use uuid::Uuid;

fn noon(day: &str) -> DateTime<Utc> {
    format!("{day}T12:00:00Z").parse().unwrap()
}

fn anchor() -> NaiveDate {
    "2026-01-31".parse().unwrap()
}

fn period(number: i64) -> Period {
    Period::of(anchor(), BillingInterval::Month, number).unwrap()
}

fn bought() -> Terms {
    Terms { plan: PlanId(Uuid::nil()), quantity: Some(10) }
}

fn other_terms() -> Terms {
    Terms { quantity: Some(11), ..bought() }
}

fn pending(portal_opened: bool) -> State {
    State::Pending { bought: bought(), portal_opened, activate_by: noon("2026-03-02"), auto_renew: true }
}

fn active(auto_renew: bool, standing: Standing) -> State {
    State::Active { bought: bought(), period: period(0), auto_renew, standing }
}

fn past_due(charge_open: bool) -> Standing {
    Standing::PastDue { grace_ends_at: noon("2026-02-20"), charge_open }
}

fn disabled(reason: DisabledReason) -> State {
    State::Disabled { reason, at: noon("2026-02-01") }
}

fn changes() -> [(&'static str, Change); 11] {
    [
        ("open portal", Change::OpenPortal),
        ("activate as bought", Change::Activate(bought(), period(0))),
        ("activate otherwise", Change::Activate(other_terms(), period(0))),
        ("change licences", Change::ChangeLicenses),
        ("change profile", Change::ChangeBillingProfile),
        ("auto-renew on", Change::SetAutoRenew(true)),
        ("auto-renew off", Change::SetAutoRenew(false)),
        ("cancel", Change::Cancel),
        ("expire", Change::Expire),
        ("renew", Change::Renew(period(1))),
        ("lapse", Change::Lapse),
    ]
}

fn shown(decision: Decision) -> String {
    match decision {
        Decision::Already => "already".into(),
        Decision::Refused(code) => code.name().into(),
        Decision::To(State::Pending { portal_opened, auto_renew, .. }) => {
            format!(
                "pending{}{}",
                if portal_opened { ", opened" } else { "" },
                if auto_renew { "" } else { ", no renewal" }
            )
        }
        Decision::To(State::Active { period, auto_renew, .. }) => {
            format!("active, period {}{}", period.number, if auto_renew { "" } else { ", no renewal" })
        }
        Decision::To(State::Disabled { reason, .. }) => format!("DISABLED {reason:?}"),
    }
}

#[test]
fn the_law_as_a_table() {
    let (early, late) = (noon("2026-02-10"), noon("2026-04-01"));
    let states = [
        ("pending, portal closed", pending(false), early),
        ("pending, portal opened", pending(true), early),
        ("pending, its time over", pending(true), late),
        ("active, in its period", active(true, Standing::Current), early),
        ("active, period over", active(true, Standing::Current), late),
        ("active, no renewal, period over", active(false, Standing::Current), late),
        ("past due, in grace", active(true, past_due(false)), early),
        ("past due, grace over", active(true, past_due(false)), late),
        ("past due, grace over, charge open", active(true, past_due(true)), late),
        ("past due, no renewal, all over", active(false, past_due(false)), late),
        ("disabled, cancelled", disabled(DisabledReason::Canceled), late),
        ("disabled, expired", disabled(DisabledReason::Expired), late),
        ("disabled, lapsed", disabled(DisabledReason::PaymentLapsed), late),
    ];
    let mut table = String::new();
    for (name, state, now) in states {
        let due = next_due(&state).map_or_else(
            || "nothing".into(),
            |(at, change)| format!("{change:?} {}", at.format("%Y-%m-%d %H:%M")),
        );
        writeln!(table, "{name} (falls due: {due})").unwrap();
        for (what, change) in changes() {
            writeln!(table, "    {what:<20} {}", shown(decide(&state, &change, now))).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

fn rank(state: &State) -> u8 {
    match state {
        State::Pending { .. } => 0,
        State::Active { .. } => 1,
        State::Disabled { .. } => 2,
    }
}

fn any_state() -> impl Strategy<Value = State> {
    let standing = prop_oneof![Just(Standing::Current), any::<bool>().prop_map(past_due)];
    prop_oneof![
        (any::<bool>()).prop_map(pending),
        (any::<bool>(), standing).prop_map(|(renew, standing)| active(renew, standing)),
        prop_oneof![
            Just(DisabledReason::Canceled),
            Just(DisabledReason::Expired),
            Just(DisabledReason::PaymentLapsed)
        ]
        .prop_map(disabled),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..changes().len()).prop_map(|index| changes()[index].1),
        (0_i64..5).prop_map(|number| Change::Renew(period(number))),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_changes_leaves_disabled_or_goes_back(
        start in any_state(),
        steps in prop::collection::vec((any_change(), -400_i64..400), 1..40),
    ) {
        let mut state = start;
        for (change, days) in steps {
            let now = noon("2026-02-10") + TimeDelta::days(days);
            if let Decision::To(next) = decide(&state, &change, now) {
                prop_assert!(rank(&next) >= rank(&state), "{state:?} went back to {next:?} by {change:?}");
                prop_assert!(rank(&state) < 2, "{state:?} left its end by {change:?}");
                state = next;
            }
        }
    }

    #[test]
    fn what_is_due_happens_at_its_instant_and_not_before(state in any_state()) {
        if let Some((at, due)) = next_due(&state) {
            let change = match due {
                DueChange::Lapse => Change::Lapse,
                DueChange::Expire => Change::Expire,
                DueChange::Renew => Change::Renew(period(1)),
            };
            prop_assert!(matches!(decide(&state, &change, at), Decision::To(_)));
            prop_assert_eq!(decide(&state, &change, at - TimeDelta::microseconds(1)), Decision::Refused(Code::NotDue));
        }
    }
}

/// A moment more or less decides.
#[test]
fn what_is_late_is_late_to_the_moment() {
    let moment = TimeDelta::microseconds(1);
    let activate_by = noon("2026-03-02");
    let activate = Change::Activate(bought(), period(0));
    for (change, what) in [(activate, "activated"), (Change::OpenPortal, "opened")] {
        let opened = pending(matches!(change, Change::Activate(..)));
        let before = decide(&opened, &change, activate_by - moment);
        assert!(matches!(before, Decision::To(_)), "{what} before it is too late: {before:?}");
        assert_eq!(
            decide(&opened, &change, activate_by),
            Decision::Refused(Code::DisabledIsTerminal),
            "{what}"
        );
    }
}

/// Only the period that follows begins, and only when the one before is over.
#[test]
fn no_other_period_begins_than_the_next_one() {
    let state = active(true, Standing::Current);
    let over = period(0).ends_at();
    let next = period(1);
    let renewed = |period: Period, now| decide(&state, &Change::Renew(period), now);
    assert_eq!(
        renewed(next, over),
        Decision::To(State::Active {
            bought: bought(),
            period: next,
            auto_renew: true,
            standing: Standing::Current
        })
    );
    let not_due = Decision::Refused(Code::NotDue);
    assert_eq!(renewed(next, over - TimeDelta::microseconds(1)), not_due);
    let day = TimeDelta::days(1);
    for wrong in [
        period(0),
        period(2),
        Period { number: 2, ..next },
        Period { number: 0, ..next },
        Period { start: next.start + day, ..next },
        Period { start: next.start - day, ..next },
    ] {
        assert_eq!(renewed(wrong, noon("2026-12-01")), not_due, "{wrong:?}");
    }
}

#[test]
fn what_an_activation_and_an_end_say_is_what_the_row_gets() {
    let now = noon("2026-02-10");
    assert_eq!(
        decide(&pending(true), &Change::Activate(bought(), period(0)), now),
        Decision::To(active(true, Standing::Current))
    );
    let ended = |reason, at| Decision::To(State::Disabled { reason, at });
    let late = noon("2026-04-01");
    assert_eq!(decide(&pending(false), &Change::Cancel, now), ended(DisabledReason::Canceled, now));
    assert_eq!(
        decide(&pending(false), &Change::Expire, late),
        ended(DisabledReason::Expired, noon("2026-03-02")),
        "when it was due, not when it was noticed"
    );
    let unrenewed = active(false, Standing::Current);
    assert_eq!(
        decide(&unrenewed, &Change::Expire, late),
        ended(DisabledReason::Expired, period(0).ends_at())
    );
    let lapsing = active(true, past_due(false));
    assert_eq!(decide(&lapsing, &Change::Lapse, late), ended(DisabledReason::PaymentLapsed, late));
    assert_eq!(
        decide(&active(true, past_due(true)), &Change::SetAutoRenew(false), now),
        Decision::To(active(false, past_due(true))),
        "switching it changes nothing else"
    );
}

#[test]
fn it_ends_when_its_time_is_over_or_when_it_ended() {
    assert_eq!(ends_at(&pending(false)), noon("2026-03-02"));
    assert_eq!(ends_at(&active(true, Standing::Current)), period(0).ends_at());
    assert_eq!(ends_at(&disabled(DisabledReason::Expired)), noon("2026-02-01"));
}

#[test]
fn an_end_is_announced_thirty_and_seven_days_before() {
    let end = noon("2026-03-02");
    let (first, second) = (end - TimeDelta::days(30), end - TimeDelta::days(7));
    let moment = TimeDelta::microseconds(1);
    let next = |set, now| next_reminder(&pending(false), set, now);
    assert_eq!(next(None, first - moment), Some(first));
    assert_eq!(next(None, first), Some(second), "what has come is not to come");
    assert_eq!(next(None, second - moment), Some(second));
    assert_eq!(next(None, second), None);
    // What was set for this end stays, however late; what was set for another does not.
    assert_eq!(next(Some(first), end), Some(first));
    assert_eq!(next(Some(first + moment), first - moment), Some(first));
    let unrenewed = active(false, Standing::Current);
    let before = period(0).ends_at() - TimeDelta::days(7);
    assert_eq!(next_reminder(&unrenewed, None, before - moment), Some(before));
    for endless in [active(true, Standing::Current), disabled(DisabledReason::Canceled)] {
        assert_eq!(next_reminder(&endless, Some(first), first - moment), None);
    }
}
