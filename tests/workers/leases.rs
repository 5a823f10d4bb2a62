//! Ticks and leases: each tick is one worker's, what was missed is made up for once, and what is left behind is taken over.

use crate::harness::{App, BOARDS_MONTHLY, Db, instant};
use chrono::{DateTime, TimeDelta, Utc};
use domain::job::{self, Held, Job, Ran, health, held, tick};
use entity::{job_run, job_tick, set_aside, state::JobRunStatus, worker_process};
use rstest::rstest;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder, Set};
use serde_json::json;

/// How the operator looks at runs.
const RUNS: &str = "query Runs($first: Int) {
    jobRuns(first: $first) { nodes { job status attempts missedTicks error } }
}";

/// How many minutes lie between two ticks, without these.
fn minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    let seconds = (to - from).num_seconds();
    (seconds + 59) / 60 - 1
}

async fn takes(app: &App, job: Job, at: &str) -> Option<Held> {
    tick::take(&app.market, job, instant(at), &minutes).await.expect("an answer")
}

async fn runs(app: &App, held: Held) -> Ran {
    job::run(&app.market, held).await.expect("its end is recorded")
}

async fn last_run(app: &App) -> job_run::Model {
    let runs = job_run::Entity::find().order_by_desc(job_run::Column::ScheduledAt);
    runs.one(app.market.db().read()).await.expect("an answer").expect("a run")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_three_workers_one_takes_a_tick(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (second, third) = (app.replica().await, app.replica().await);
    for at in ["2026-01-31T09:00:04Z", "2026-01-31T09:01:04Z", "2026-01-31T09:02:04Z"] {
        let taken = tokio::join!(
            takes(&app, Job::RenewSubscriptions, at),
            takes(&second, Job::RenewSubscriptions, at),
            takes(&third, Job::RenewSubscriptions, at)
        );
        let taken = [taken.0, taken.1, taken.2].into_iter().flatten().count();
        assert_eq!(taken, 1, "{at}");
    }
    assert!(takes(&third, Job::RenewSubscriptions, "2026-01-31T09:01:04Z").await.is_none(), "it has passed");
    assert!(takes(&third, Job::ExpireSubscriptions, "2026-01-31T09:01:04Z").await.is_some(), "another job's");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ticks_that_nobody_was_there_for_are_counted_and_made_up_for_once(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let other = app.replica().await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-27T23:59:10Z");
    let held = takes(&app, Job::RenewSubscriptions, "2026-02-27T23:59:04Z").await.expect("the first");
    assert_eq!(held.missed_ticks(), 0, "there was none before it");
    runs(&app, held).await;
    // All workers are down, and the renewal falls due meanwhile.
    app.at("2026-02-28T00:10:30Z");
    other.at("2026-02-28T00:10:30Z");
    let held = takes(&app, Job::RenewSubscriptions, "2026-02-28T00:10:04Z").await.expect("the next");
    assert_eq!(held.missed_ticks(), 10);
    assert!(takes(&other, Job::RenewSubscriptions, "2026-02-28T00:10:04Z").await.is_none());
    let Ran::Ended(report) = runs(&app, held).await else { panic!("it ends") };
    assert_eq!(report.changed, 1, "one run makes up for all of them");
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED"]);
    other.at("2026-02-28T00:11:10Z");
    let held = takes(&other, Job::RenewSubscriptions, "2026-02-28T00:11:04Z").await.expect("the one after");
    assert_eq!(held.missed_ticks(), 0);
    runs(&other, held).await;
    let shown = app.operator().asks(RUNS, json!({ "first": 2 })).await.done();
    let shown: Vec<_> =
        [0, 1].map(|run| shown.at(&format!("/jobRuns/nodes/{run}/missedTicks")).clone()).into();
    assert_eq!(shown, [json!(0), json!(10)]);
    let figures = health::figures(&app.market).await.expect("figures");
    assert_eq!(figures.missed_ticks, [(Job::RenewSubscriptions, 10)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_was_at_when_a_tick_passed_was_not_missed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let held = takes(&app, Job::CollectPayments, "2026-01-31T09:00:10Z").await.expect("a run");
    app.at("2026-01-31T09:05:30Z");
    runs(&app, held).await;
    app.at("2026-01-31T09:07:11Z");
    let held = takes(&app, Job::CollectPayments, "2026-01-31T09:07:10Z").await.expect("the next");
    assert_eq!(held.missed_ticks(), 1, "of those since it ended");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_leaves_is_taken_over_when_its_lease_has_ended(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let other = app.replica().await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for app in [&app, &other] {
        app.at("2026-02-28T00:00:04Z");
    }
    let left = takes(&app, Job::RenewSubscriptions, "2026-02-28T00:00:04Z").await.expect("a run");
    other.at("2026-02-28T00:00:33Z");
    assert_eq!(held::abandoned(&other.market).await.expect("an answer"), []);
    assert!(held::take_over(&other.market, Job::RenewSubscriptions).await.expect("an answer").is_none());
    other.at("2026-02-28T00:00:35Z");
    assert_eq!(held::abandoned(&other.market).await.expect("an answer"), [Job::RenewSubscriptions]);
    let taken = held::take_over(&other.market, Job::RenewSubscriptions).await.expect("an answer");
    assert!(held::take_over(&app.market, Job::RenewSubscriptions).await.expect("an answer").is_none());
    let taken = taken.expect("what was left");
    assert_eq!(taken.attempts(), 2);
    let Ran::Ended(report) = runs(&other, taken).await else { panic!("it ends") };
    assert_eq!((report.changed, report.failed), (1, 0));
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED"]);
    let run = last_run(&app).await;
    assert_eq!((run.status, run.attempts, run.changed), (JobRunStatus::Done, 2, 1));
    assert_eq!(set_aside::Entity::find().all(app.market.db().read()).await.expect("rows"), []);
    // The first was not dead at all: it does nothing twice, and what is recorded stays.
    runs(&app, left).await;
    assert_eq!(last_run(&app).await, run);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_never_comes_to_an_end_is_dead_after_three_attempts(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let begun = instant("2026-01-31T09:00:04Z");
    takes(&app, Job::ExpireSubscriptions, "2026-01-31T09:00:02Z").await.expect("the first attempt");
    for attempt in 2..=3 {
        app.clock.set(begun + TimeDelta::seconds(31) * (attempt - 1));
        let held = held::take_over(&app.market, Job::ExpireSubscriptions).await.expect("an answer");
        assert_eq!(held.map(|held| held.attempts()), Some(i64::from(attempt)));
    }
    app.clock.set(begun + TimeDelta::seconds(93));
    assert!(held::take_over(&app.market, Job::ExpireSubscriptions).await.expect("an answer").is_none());
    let shown = app.operator().asks(RUNS, json!({ "first": 1 })).await.done();
    let run = shown.at("/jobRuns/nodes/0");
    assert_eq!((&run["status"], &run["attempts"]), (&json!("DEAD"), &json!(3)));
    assert!(
        run["error"].as_str().is_some_and(|error| error.starts_with("given up after 3 attempts")),
        "{run}"
    );
    assert_eq!(health::figures(&app.market).await.expect("figures").dead_runs, 1);
    assert_eq!(held::abandoned(&app.market).await.expect("an answer"), [], "nobody tries it again");
    assert!(
        takes(&app, Job::ExpireSubscriptions, "2026-01-31T09:02:02Z").await.is_some(),
        "the next tick does"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_to_stop_hands_its_run_over_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let other = app.replica().await;
    app.active(BOARDS_MONTHLY).await;
    for app in [&app, &other] {
        app.at("2026-02-28T00:00:04Z");
    }
    let held = takes(&app, Job::RenewSubscriptions, "2026-02-28T00:00:04Z").await.expect("a run");
    app.market.stop();
    let Ran::HandedOver(report) = runs(&app, held).await else { panic!("it is handed over") };
    assert_eq!(report.changed, 0);
    let run = last_run(&app).await;
    assert_eq!((run.status, run.attempts, run.finished_at), (JobRunStatus::Running, 0, None));
    let held = held::take_over(&other.market, Job::RenewSubscriptions).await.expect("an answer");
    runs(&other, held.expect("what was handed over, without a wait")).await;
    let run = last_run(&app).await;
    assert_eq!((run.status, run.attempts, run.changed), (JobRunStatus::Done, 1, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn old_runs_and_dead_workers_are_pruned(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let began = app.market.real_now();
    health::beat(&app.market, began).await.expect("it says that it is there");
    let names = async || -> Vec<String> {
        let rows = worker_process::Entity::find().all(app.market.db().read()).await.expect("rows");
        rows.into_iter().map(|row| row.name).collect()
    };
    assert_eq!(names().await, [app.market.process_name()]);
    let idle = takes(&app, Job::ExpireSubscriptions, "2026-01-31T08:59:02Z").await.expect("a run");
    runs(&app, idle).await;
    let with_work = app.active(BOARDS_MONTHLY).await;
    app.runs(Job::CollectPayments).await;
    takes(&app, Job::AnnounceEndings, "2026-01-31T09:00:05Z").await.expect("one that is left behind");
    let left = async || -> Vec<(String, JobRunStatus)> {
        let rows = job_run::Entity::find().order_by_asc(job_run::Column::StartedAt);
        let rows = rows.all(app.market.db().read()).await.expect("rows");
        let kept = |row: &job_run::Model| {
            row.job != "prune-records" && (row.changed > 0 || row.status != JobRunStatus::Done)
        };
        rows.into_iter().filter(kept).map(|row| (row.job, row.status)).collect()
    };
    let idle_runs = async || {
        let rows = job_run::Entity::find().all(app.market.db().read()).await.expect("rows");
        rows.iter().filter(|row| row.job == "expire-subscriptions").count()
    };
    app.at("2026-02-01T08:59:59Z");
    app.runs(Job::PruneRecords).await;
    assert_eq!((idle_runs().await, names().await.len()), (1, 1), "a day is not over");
    app.at("2026-02-01T09:00:01Z");
    app.runs(Job::PruneRecords).await;
    assert_eq!((idle_runs().await, names().await.len()), (0, 0));
    let of_interest = left().await;
    assert!(of_interest.contains(&("collect-payments".into(), JobRunStatus::Done)), "{of_interest:?}");
    assert!(of_interest.contains(&("announce-endings".into(), JobRunStatus::Running)), "{of_interest:?}");
    app.at("2026-05-02T09:00:01Z");
    app.runs(Job::PruneRecords).await;
    assert_eq!(
        left().await,
        [("announce-endings".into(), JobRunStatus::Running)],
        "it is somebody's to go on with"
    );
    assert_eq!(app.ada().sees(&with_work).await["status"], "ACTIVE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_left_that_knew_no_leases_is_nobodys(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    takes(&app, Job::ExpireSubscriptions, "2026-01-31T09:00:02Z").await.expect("a run");
    let mut run = last_run(&app).await.into_active_model();
    (run.status, run.lease_until, run.worker) = (Set(JobRunStatus::Done), Set(None), Set(None));
    run.update(app.market.db().writer().expect("it may be written")).await.expect("a row as it left it");
    app.at("2026-02-01T09:00:00Z");
    assert_eq!(held::abandoned(&app.market).await.expect("an answer"), []);
    let told = job_tick::Entity::find().all(app.market.db().read()).await.expect("rows");
    assert_eq!(told.len(), 1);
}
