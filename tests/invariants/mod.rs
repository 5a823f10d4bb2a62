//! The invariants: what has to hold of a database whatever was done to it, checked from the rows and the history alone.
//!
//! [`examine`] looks at everything and says how often it looked and what it found. Nothing here asks the code that wrote the
//! rows: periods, amounts and sums are worked out anew. Only two things are the program's own, because they are what is
//! promised: the law's `next_due`, and the verification of the history.
//!
//! Every check has a test that plants what it looks for (`planted.rs`).

mod charges;
mod due;
mod facts;
mod findings;
mod history;
mod ledger;
mod licences;
mod money;
mod periods;
mod planted;

pub(crate) use self::{
    findings::{Findings, Promise},
    ledger::{Answered, Fact, Ledger, Wanted},
};

use self::facts::Facts;
use domain::{Database, audit};

/// Looks at everything that is in the database.
pub(crate) async fn examine(db: &Database) -> Findings {
    examine_with(db, &Ledger::default()).await
}

/// The same, and holds it against what clients were told.
pub(crate) async fn examine_with(db: &Database, ledger: &Ledger) -> Findings {
    let facts = Facts::of(db).await;
    let mut findings = Findings::default();
    history::examine(&facts, &mut findings);
    periods::examine(&facts, &mut findings);
    licences::examine(&facts, &mut findings);
    money::examine(&facts, &mut findings);
    charges::examine(&facts, &mut findings);
    due::examine(&facts, &mut findings);
    ledger.examine(&facts, &mut findings);
    let verdict = audit::verify(db, None).await.expect("the database answers");
    findings.holds(Promise::HistoryIsWhole, verdict.is_ok(), || format!("{verdict:?}"));
    findings
}

/// Looks at everything, and insists that all of it holds.
pub(crate) async fn insist(db: &Database) {
    examine(db).await.insist();
}
