//! The proof: many random histories by several clients against real processes, while they are killed, their database crashes
//! and steps fail; and the proof of the proof, mistakes that it has to find.
//!
//! Not run by `make test`: it takes a program with the feature `failpoints`. `make prove` builds it, and says how long. The
//! seed is printed. It decides what is wished for and broken, not who comes first: that is up to the machine.

mod asking;
mod chaos;
mod plan;
mod process;
mod reach;
mod round;
mod server;
mod settling;
mod setup;
mod table;
mod wishes;
mod world;

use self::{
    plan::{Plan, ROUND},
    reach::Reach,
    round::{Faults, round},
    server::Server,
    table::{Proof, append, unreached},
};
use crate::{
    harness::Db,
    invariants::{Findings, Promise},
};
use rstest::rstest;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

async fn server_for(db: Db) -> Option<Server> {
    match db {
        Db::Sqlite => None,
        Db::Postgres => Some(Server::start().await),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "`make prove` runs it"]
async fn what_is_promised_holds_whatever_breaks(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let plan = Plan::of_the_environment();
    let server = server_for(db).await;
    let reach = Arc::new(Reach::default());
    let (mut findings, mut settled, mut late, mut histories) = (Findings::default(), Vec::new(), 0, 0);
    let mut seed = plan.seed;
    let since = Instant::now();
    loop {
        let left = plan.time.saturating_sub(since.elapsed());
        let enough = left.is_zero() && unreached(db, &reach).is_empty();
        // Where the danger was not reached in time, some more histories are tried.
        if histories > 0 && (enough || since.elapsed() > plan.time * 3 + 3 * ROUND) {
            break;
        }
        let time = left.clamp(Duration::from_secs(15), ROUND);
        println!("prove: {db:?}, seed {seed}, {} s", time.as_secs());
        let outcome = round(db, &plan, server.as_ref(), seed, &Faults::all(), time, &reach).await;
        histories += 1;
        seed += 1;
        match &outcome.settled {
            Ok(took) => settled.push(Some(took.as_secs_f64())),
            Err(left) => {
                println!("prove: {db:?}: never done: {left}");
                settled.push(None);
            }
        }
        let slow = !outcome.settled.as_ref().is_ok_and(|took| *took <= plan.promised);
        late += u64::from(slow);
        if slow || !outcome.findings.violations.is_empty() || !reach.wrong().is_empty() {
            println!("prove: {db:?}: {}\n{:?}\n{}", outcome.findings.told(), outcome.settled, outcome.logs);
        }
        findings.add(outcome.findings);
    }
    let proof = Proof { db, findings: &findings, reach: &reach, histories, settled: &settled, late };
    proof.tells(&plan);
    findings.insist();
    assert_eq!(late, 0, "all due work is done within {:?}: {settled:?}", plan.promised);
    assert!(reach.wrong().is_empty(), "{:#?}", reach.wrong());
    let unreached = unreached(db, &reach);
    assert!(unreached.is_empty(), "the danger was not reached, which proves nothing: {unreached:?}");
}

/// How long a mistake may stay unfound in one history, and how many histories are tried.
const HIDING: Duration = Duration::from_secs(15);
const TRIES: u64 = 12;

#[rstest]
#[case::a_guard_that_is_removed(Db::Sqlite, "", Promise::StatusMovesForward)]
#[case::a_version_that_is_not_checked(Db::Postgres, "mistake-version=return", Promise::HistoryIsWhole)]
#[case::a_transaction_that_is_split(
    Db::Sqlite,
    "mistake-transaction=return;subscriptions-written=10%return(error)",
    Promise::HistoryIsWhole
)]
#[case::a_key_that_is_ignored(Db::Sqlite, "mistake-key=return", Promise::NothingIsDoubled)]
#[case::a_wrong_period(Db::Sqlite, "mistake-period=return", Promise::PeriodsTile)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "`make prove` runs it"]
async fn a_planted_mistake_is_found(#[case] db: Db, #[case] steps: &str, #[case] promise: Promise) {
    let plan = Plan::of_the_environment();
    let server = server_for(db).await;
    let faults = Faults { steps: steps.to_owned(), kills: false, unguarded: steps.is_empty() };
    let reach = Arc::new(Reach::default());
    let mut found = 0;
    for seed in plan.seed..plan.seed + TRIES {
        let outcome = round(db, &plan, server.as_ref(), seed, &faults, HIDING, &reach).await;
        found = outcome.findings.broken(promise);
        println!("prove: seed {seed}: {}", outcome.findings.told());
        if found > 0 {
            break;
        }
    }
    let name = if steps.is_empty() { "guards removed" } else { steps.split('=').next().unwrap_or(steps) };
    let missed = u64::from(found == 0);
    append(
        &plan,
        &format!(
            "a planted mistake is found: {name}\t1\t{found} violations of: {}\t{missed}\n",
            promise.words()
        ),
    );
    assert!(found > 0, "{name} was not found");
}
