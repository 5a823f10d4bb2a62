//! Rows that make whoever touches them fail: the others are done all the same. In the process, by a gateway that panics, and
//! with real processes that are killed, hang and block.

use super::process::{Supervised, a_month_ago, due, renewed};
use crate::harness::{App, BOARDS_MONTHLY, Db, Setup, instant};
use chrono::{DateTime, Utc};
use domain::{
    Gateway,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected},
    job::{self, Job, Ran, held, tick},
};
use entity::{id::PaymentId, job_run, payment, set_aside, state::JobRunStatus};
use futures::{FutureExt, future::BoxFuture};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// A gateway that panics when it is to charge this amount, and takes everything else.
#[derive(Default)]
struct Touchy {
    charged: Mutex<BTreeMap<PaymentId, i64>>,
}

const TOUCHY: i64 = 13_750;

impl Gateway for Touchy {
    fn name(&self) -> &'static str {
        "touchy"
    }

    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<Option<Card>>> {
        async { Ok(None) }.boxed()
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome> {
        async move {
            assert_ne!(charge.amount, TOUCHY, "the gateway's client has a fault, as planned");
            self.charged.lock().expect("a list").insert(charge.id, charge.amount);
            Outcome::Succeeded { reference: "it went".into() }
        }
        .boxed()
    }

    fn lookup<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Outcome> {
        async { Outcome::Unknown }.boxed()
    }

    fn lookup_refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn notice(
        &self,
        _: &dyn Fn(&str) -> Option<String>,
        _: &[u8],
        _: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        Ok(Notice::Other)
    }
}

async fn aside(app: &App) -> Vec<set_aside::Model> {
    let rows = set_aside::Entity::find().order_by_asc(set_aside::Column::SubjectId);
    rows.all(app.market.db().read()).await.expect("rows")
}

/// What panics is caught, and the run begins again: row by row, and each is set aside before it is touched.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_ends_whoever_touches_it_is_touched_once_more_and_then_left(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let gateway = Arc::new(Touchy::default());
    let mut setup = Setup::on(db);
    setup.gateway = Some(gateway.clone());
    let app = setup.start().await;
    for quantity in [10, 11, 12] {
        let bought = app.ada().buys(BOARDS_MONTHLY, quantity).await;
        app.activated(&app.ada(), &bought).await;
    }
    let at = instant("2026-01-31T09:00:10Z");
    let held = tick::take(&app.market, Job::CollectPayments, at, &|_, _| 0).await.expect("an answer");
    let first = job::run(&app.market, held.expect("the tick is free")).await.expect("recorded");
    assert_eq!(first, Ran::GivenUp("it panicked".into()));
    assert_eq!(aside(&app).await, [], "the first time nothing is set aside beforehand");
    // The attempts that were cut off are asked about, and made then: they had never arrived.
    app.at("2026-01-31T09:05:00Z");
    let mut ends = Vec::new();
    while let Some(held) = held::take_over(&app.market, Job::CollectPayments).await.expect("an answer") {
        ends.push(job::run(&app.market, held).await.expect("recorded"));
        assert!(ends.len() <= 2, "{ends:?}");
    }
    assert_eq!(ends[0], Ran::GivenUp("it panicked".into()));
    assert!(matches!(&ends[1], Ran::Ended(report) if report.failed == 0), "{ends:?}");
    let mut charged: Vec<_> = gateway.charged.lock().expect("a list").values().copied().collect();
    charged.sort_unstable();
    assert_eq!(charged, [12_500, 15_000], "each of the others once");
    let runs = job_run::Entity::find().filter(job_run::Column::Job.eq(Job::CollectPayments.name()));
    let run = runs.one(app.market.db().read()).await.expect("an answer").expect("a run");
    assert_eq!((run.status, run.attempts), (JobRunStatus::Done, 3));
    let waits = aside(&app).await;
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert!(waits[0].error.contains("ended, or hung") && waits[0].failures == 1, "{waits:?}");
    let attempt = payment::Entity::find_by_id(PaymentId(waits[0].subject_id));
    let attempt = attempt.one(app.market.db().read()).await.expect("an answer").expect("an attempt");
    assert_eq!(attempt.amount, TOUCHY);
}

/// A row that kills, hangs or blocks its process, in three workers that somebody starts again: it is set aside, and all others
/// are done.
#[rstest]
#[case("kill", None)]
#[case("hang", None)]
#[case("block", Some(70))]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `make prove` runs it"]
async fn a_row_that_ends_or_hangs_its_process_blocks_no_other(#[case] kind: &str, #[case] code: Option<i32>) {
    let app = App::on(Db::Postgres).await;
    a_month_ago(&app);
    let mut bought = Vec::new();
    for _ in 0..4 {
        bought.push(app.active(BOARDS_MONTHLY).await.uuid());
    }
    let faulty = bought[1];
    let fault = format!("{kind}={faulty}");
    let settings = [("TEST_FAULT", fault.as_str()), ("TENURE_JOB_LEASE", "2"), ("TENURE_JOB_PATIENCE", "2")];
    let mut workers = Supervised::start(&app, &[&settings, &settings]);
    workers
        .until("all but one are renewed, and that one is set aside", async || {
            let aside = aside(&app).await;
            let waits =
                aside.iter().any(|row| row.subject_id == faulty && row.error.contains("ended, or hung"));
            waits && renewed(&app).await == 3 && due(&app).await == [faulty]
        })
        .await;
    let ended = workers.stop().await;
    match kind {
        "hang" => assert_eq!(ended, [], "what hangs is cut off, and its process goes on"),
        "kill" => {
            assert!(!ended.is_empty() && ended.iter().all(|status| status.code().is_none()), "{ended:?}")
        }
        _ => assert!(!ended.is_empty() && ended.iter().all(|status| status.code() == code), "{ended:?}"),
    }
}

/// A job that never returns is stopped after its attempts and shown as dead, and the others go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_never_returns_is_dead_after_its_attempts() {
    let app = App::on(Db::Postgres).await;
    let settings =
        [("TEST_FAULT", "hang=announce-endings"), ("TENURE_JOB_LEASE", "1"), ("TENURE_JOB_PATIENCE", "1")];
    let mut workers = Supervised::start(&app, &[&settings]);
    let dead = async || {
        let runs = job_run::Entity::find().filter(job_run::Column::Status.eq(JobRunStatus::Dead));
        runs.order_by_asc(job_run::Column::ScheduledAt).one(app.market.db().read()).await.expect("an answer")
    };
    workers.until("a run is dead", async || dead().await.is_some()).await;
    let dead = dead().await.expect("a run");
    assert_eq!((dead.job.as_str(), dead.attempts), ("announce-endings", 3));
    let why = dead.error.unwrap_or_default();
    assert!(why.contains("3 attempts") && why.contains("was cut off"), "{why}");
    workers
        .until("another job goes on behind it", async || {
            let done = job_run::Entity::find()
                .filter(job_run::Column::Status.eq(JobRunStatus::Done))
                .filter(job_run::Column::StartedAt.gt(dead.finished_at));
            done.one(app.market.db().read()).await.expect("an answer").is_some()
        })
        .await;
    assert_eq!(workers.stop().await, [], "the process went on");
}
