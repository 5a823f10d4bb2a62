//! Clocks of processes that are wrong by five minutes, or are set to and fro: the database's clock counts.

use super::process::{Supervised, a_month_ago, database_now, due, renewed};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, SystemClock};
use entity::{job_run, job_tick, subscription};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;

/// Three workers on one database, one five minutes ahead, one five behind, and one that is set to and fro every second.
#[tokio::test(flavor = "multi_thread")]
async fn three_workers_with_wrong_clocks_take_each_tick_once_and_apply_nothing_early() {
    let app = App::on(Db::Postgres).await;
    a_month_ago(&app);
    app.active(BOARDS_MONTHLY).await;
    let not_yet = app.active(BOARDS_MONTHLY).await;
    // Due in two and a half minutes: past for a clock that is five ahead, and long after this test.
    let soon = database_now(&app).await + TimeDelta::seconds(150);
    let moved = subscription::Entity::update_many()
        .col_expr(subscription::Column::DueAt, Expr::value(soon))
        .filter(subscription::Column::Id.eq(not_yet.uuid()));
    moved.exec(app.market.db().writer().expect("it may be written")).await.expect("another due time");
    let begun = database_now(&app).await;
    let lease = ("TENURE_JOB_LEASE", "20");
    let wrong = ["300", "-300", "300,-300"].map(|clock| [("TEST_CLOCK", clock), lease]);
    let mut workers = Supervised::start(&app, &[&wrong[0], &wrong[1], &wrong[2]]);
    let runs = async || {
        let runs = job_run::Entity::find().filter(job_run::Column::ScheduledAt.gt(begun));
        let mut runs =
            runs.order_by_asc(job_run::Column::ScheduledAt).all(app.market.db().read()).await.expect("runs");
        // Those of ticks: when a worker starts it looks by itself, at no full second.
        runs.retain(|run| run.scheduled_at.timestamp_subsec_micros() == 0);
        runs
    };
    workers
        .until("all three have run something, and one job ten times", async || {
            let runs = runs().await;
            let workers: BTreeSet<_> = runs.iter().map(|run| run.worker.clone()).collect();
            let renewals = runs.iter().filter(|run| run.job == "renew-subscriptions").count();
            workers.len() >= 3 && renewals >= 10 && renewed(&app).await == 1
        })
        .await;
    assert_eq!(workers.stop().await, [], "all of them lived");
    let ended = database_now(&app).await;
    assert!(ended < soon, "the test took too long to tell");
    assert!(due(&app).await.is_empty(), "what was due is done");
    assert_eq!(renewed(&app).await, 1, "and nothing else");

    let mut jobs: BTreeMap<String, Vec<job_run::Model>> = BTreeMap::new();
    for run in runs().await {
        // To a few seconds: how long a slow machine takes to ask for the time is part of what it knows.
        let about = TimeDelta::seconds(5);
        assert!(run.started_at > begun - about && run.started_at < ended + about, "{run:?}");
        assert!(run.scheduled_at < run.started_at + about, "none before its time: {run:?}");
        jobs.entry(run.job.clone()).or_default().push(run);
    }
    let mut counted = BTreeMap::new();
    for (job, runs) in &jobs {
        // Two runs of one tick cannot be: the pair is unique. Between two runs every tick is counted as missed, unless a run
        // was going on.
        for (number, pair) in (1..).zip(runs.windows(2)) {
            let between = (pair[1].scheduled_at - pair[0].scheduled_at).num_seconds() - 1;
            assert!(pair[1].missed_ticks <= between, "{pair:?}");
            let busy = runs[..number].iter().filter_map(|run| run.finished_at).max();
            let idle = busy.map_or(between, |busy| (pair[1].scheduled_at - busy).num_seconds().min(between));
            assert!(
                pair[1].missed_ticks >= idle,
                "{job}: {between} ticks between, {idle} of them idle: {pair:?}"
            );
        }
        counted.insert(job.clone(), runs.iter().map(|run| run.missed_ticks).sum::<i64>());
    }
    for told in job_tick::Entity::find().all(app.market.db().read()).await.expect("ticks") {
        assert_eq!(told.missed_ticks, counted.get(&told.job).copied().unwrap_or_default(), "{}", told.job);
    }
}

/// What was measured is carried on by the monotonic clock, and an answer that took long does not spoil it.
#[test]
fn the_databases_clock_is_carried_on_between_measurements() {
    let (minute, now) = (TimeDelta::minutes(1), Instant::now);
    let shown: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().expect("an instant");
    let clock = SystemClock::default();
    let asked = now() - Duration::from_secs(20);
    clock.agree_with(shown, asked);
    let first = clock.now();
    let half_way = shown + TimeDelta::seconds(10);
    assert!(first >= half_way && first < half_way + minute, "{first}, years from what the machine shows");
    assert!(clock.now() >= first, "it goes on");
    clock.agree_with(shown + TimeDelta::days(1), now());
    assert!(clock.now() >= shown + TimeDelta::days(1), "measured anew");
    clock.agree_with(shown, now() - Duration::from_secs(20));
    assert!(clock.now() >= shown + TimeDelta::days(1), "the better one is kept");
    let ahead = tenure::program::real_now() - clock.now();
    assert!((clock.machine_ahead() - ahead).abs() < minute);
}
