//! The table: what is promised, how often it was tried, how near the danger was, and how often it was violated.

use super::{
    plan::Plan,
    reach::{Danger, Reach},
};
use crate::{
    harness::Db,
    invariants::{Findings, Promise},
};
use std::{fmt::Write, io::Write as _};

/// What has to have happened, or looking at a promise says nothing.
fn dangers(promise: Promise) -> &'static [Danger] {
    match promise {
        Promise::StatusMovesForward => &[Danger::Disabled, Danger::LeavingByTheApi, Danger::LeavingBySql],
        Promise::NothingAfterTheEnd => &[Danger::Disabled, Danger::RaceLost],
        Promise::DisabledHasAnEnd => &[Danger::Disabled, Danger::KilledInside],
        Promise::RowsFollowTheHistory => &[Danger::RaceLost, Danger::KilledInside],
        Promise::HistoryIsWhole => &[Danger::KilledInside, Danger::StepFailed],
        Promise::OneChargePerPeriod => &[Danger::Renewed, Danger::ClockJumped, Danger::ClockAdvanced],
        Promise::OneChargePerIncrease => &[Danger::Raised, Danger::SentAgain],
        Promise::PeriodsTile => &[Danger::Renewed],
        Promise::AmountsAreRight => &[Danger::Renewed, Danger::Raised],
        Promise::LicencesAreThere => &[Danger::Assigned, Danger::RaceLost],
        Promise::LicencesEndWithIt => &[Danger::Assigned, Danger::Disabled],
        Promise::InvoicesAddUp => &[Danger::Charged],
        Promise::AmountDueFollows => &[Danger::Charged, Danger::GivenBack],
        Promise::NumbersHaveNoGaps => &[Danger::KilledInside, Danger::StepFailed],
        Promise::ChargedAtMostOnce => &[Danger::Charged, Danger::AskedAbout],
        Promise::RefundedAtMostOnce => &[Danger::GivenBack],
        Promise::DueIsWhatTheLawSays => &[Danger::RaceLost, Danger::Renewed],
        Promise::StandingFollowsInvoices => &[Danger::Charged],
        Promise::AcknowledgedIsDurable => &[Danger::Accepted, Danger::Killed, Danger::Restarted],
        Promise::NothingIsDoubled => &[Danger::SentAgain, Danger::NoAnswer],
        Promise::RefusedChangesNothing => &[Danger::LeavingByTheApi, Danger::RaceLost],
    }
}

/// What faults there have to have been.
const FAULTS: [Danger; 7] = [
    Danger::Killed,
    Danger::KilledInside,
    Danger::Restarted,
    Danger::StepFailed,
    Danger::StepPanicked,
    Danger::StepAborted,
    Danger::StepDelayed,
];

fn all_dangers(db: Db) -> Vec<Danger> {
    let mut all: Vec<_> = Promise::ALL.into_iter().flat_map(dangers).chain(&FAULTS).copied().collect();
    if db == Db::Postgres {
        all.push(Danger::ServerCrashed);
    }
    all.sort();
    all.dedup();
    all
}

/// What was not reached.
pub(super) fn unreached(db: Db, reach: &Reach) -> Vec<&'static str> {
    all_dangers(db).into_iter().filter(|danger| reach.of(*danger) == 0).map(Danger::words).collect()
}

/// Everything that a proof on one database came to.
pub(super) struct Proof<'a> {
    pub(super) db: Db,
    pub(super) findings: &'a Findings,
    pub(super) reach: &'a Reach,
    pub(super) histories: u64,
    /// How long all due work took after the last fault of each history, in seconds; none where it did not get done.
    pub(super) settled: &'a [Option<f64>],
    pub(super) late: u64,
}

impl Proof<'_> {
    fn rows(&self, plan: &Plan) -> Vec<[String; 4]> {
        let reached = |of: &[Danger]| {
            let told: Vec<_> =
                of.iter().map(|danger| format!("{} {}", self.reach.of(*danger), danger.words())).collect();
            told.join(", ")
        };
        let mut rows: Vec<_> = Promise::ALL
            .into_iter()
            .map(|promise| {
                [
                    promise.words().to_owned(),
                    self.findings.tried.get(&promise).copied().unwrap_or(0).to_string(),
                    reached(dangers(promise)),
                    self.findings.broken(promise).to_string(),
                ]
            })
            .collect();
        let longest = self.settled.iter().flatten().copied().fold(0.0, f64::max);
        rows.push([
            format!("all due work done within {} s after the last fault", plan.promised.as_secs()),
            self.histories.to_string(),
            format!("longest {longest:.1} s"),
            self.late.to_string(),
        ]);
        rows.push([
            "no process ends by itself".to_owned(),
            self.reach.of(Danger::Accepted).to_string(),
            reached(&FAULTS)
                + &if self.db == Db::Postgres {
                    ", ".to_owned() + &reached(&[Danger::ServerCrashed])
                } else {
                    String::new()
                },
            self.reach.wrong().len().to_string(),
        ]);
        rows
    }

    /// Prints the table, and adds it to the file of the plan.
    pub(super) fn tells(&self, plan: &Plan) {
        let database = match self.db {
            Db::Sqlite => "SQLite",
            Db::Postgres => "PostgreSQL",
        };
        let mut lines = String::new();
        for [promise, tried, reached, violated] in self.rows(plan) {
            let _ = writeln!(lines, "{promise}, {database}\t{tried}\t{reached}\t{violated}");
        }
        println!("{lines}");
        let steps: Vec<_> =
            self.reach.steps().into_iter().map(|(step, count)| format!("{step} {count}")).collect();
        println!("steps broken on {database}: {}", steps.join(", "));
        append(plan, &lines);
    }
}

/// Adds lines to the file of the plan.
pub(super) fn append(plan: &Plan, lines: &str) {
    if let Some(table) = &plan.table {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(table);
        file.expect("the table").write_all(lines.as_bytes()).expect("the table is written");
    }
}
