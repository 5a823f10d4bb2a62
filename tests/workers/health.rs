//! Whether a process that works is live and ready.

use crate::harness::{App, Db};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use chrono::TimeDelta;
use domain::job::{self, Job, health, tick};
use rstest::rstest;
use tower::ServiceExt;

async fn says(app: &App, path: &str) -> (u16, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = app.routes().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), 1000).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_not_ready_when_no_sweep_succeeded_for_ninety_seconds(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let other = app.replica().await;
    let begun = app.market.real_now();
    app.market.pulse().begin(begun);
    let after = async |seconds: i64| {
        let now = begun + TimeDelta::seconds(seconds);
        app.clock.set(now);
        other.clock.set(now);
        app.market.pulse().awake(now);
        health::beat(&app.market, begun).await.expect("it beats");
        says(&app, "/health/ready").await
    };
    let silent = (503, "not ready: no sweep succeeded for 90 seconds\n".to_owned());
    assert_eq!(after(90).await, (200, "ready\n".into()), "it has just begun");
    assert_eq!(after(91).await, silent);
    assert_eq!(says(&app, "/health/live").await.0, 200, "to start it again would not help");
    assert_eq!(says(&other, "/health/ready").await.0, 200, "a process that does not work is ready without");
    // Another worker's success counts: which of them takes a tick is chance.
    let at = other.market.real_now();
    let held = tick::take(&other.market, Job::ExpireSubscriptions, at, &|_, _| 0).await.expect("an answer");
    job::run(&other.market, held.expect("the tick is free")).await.expect("recorded");
    assert_eq!(after(92).await.0, 200);
    assert_eq!(after(181).await.0, 200);
    assert_eq!(after(182).await, silent);
    // A run that was stopped by something is no success.
    app.market.db().stop_writing("a guard is missing");
    let held = tick::take(&app.market, Job::ExpireSubscriptions, app.market.real_now(), &|_, _| 0).await;
    assert!(held.is_err());
    assert_eq!(says(&app, "/health/ready").await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_alarm_is_silent_is_not_live() {
    let app = App::on(Db::Sqlite).await;
    let begun = app.market.real_now();
    app.market.pulse().begin(begun);
    app.clock.set(begun + TimeDelta::seconds(90));
    assert_eq!(says(&app, "/health/live").await, (200, "live\n".into()));
    app.clock.set(begun + TimeDelta::seconds(91));
    assert_eq!(says(&app, "/health/live").await, (503, "not live: the alarm of the jobs is silent\n".into()));
}
