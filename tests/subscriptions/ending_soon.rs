//! Who has a subscription that will expire is told, 30 and 7 days before.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Client, Db, Subscription};
use domain::job::Job;
use rstest::rstest;
use serde_json::{Value as Json, json};

/// When the client was told that it ends soon, the first first.
async fn told(client: &Client<'_>, of: &Subscription) -> Vec<String> {
    let page = client.sees(of).await;
    let events = page["events"]["nodes"].as_array().expect("events");
    let soon = events.iter().rev().filter(|event| event["type"] == "ENDING_SOON");
    soon.map(|event| event["occurredAt"].as_str().expect("a time")[..10].to_owned()).collect()
}

/// Active for a year from 31 January 2026, and not renewed.
async fn ending(app: &App) -> Subscription {
    let yearly = app.active(BOARDS_YEARLY).await;
    app.ada().sets_auto_renew(&yearly, false).await.done();
    yearly
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_is_announced_thirty_and_seven_days_before(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ends, renews) = (ending(&app).await, app.active(BOARDS_YEARLY).await);
    app.until("2026-12-31T23:59:59Z").await;
    assert_eq!(told(&app.ada(), &ends).await, Vec::<String>::new());
    app.until("2027-02-05T00:00:00Z").await;
    assert_eq!(told(&app.ada(), &ends).await, ["2027-01-01", "2027-01-24"]);
    assert_eq!(told(&app.northwind(), &ends).await, ["2027-01-01", "2027-01-24"]);
    assert_eq!(told(&app.ada(), &renews).await, Vec::<String>::new(), "what renews itself does not end");
    assert_eq!(app.ada().sees(&ends).await["disabledReason"], "EXPIRED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_activates_is_announced_a_week_before(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.until("2026-03-05T00:00:00Z").await;
    // Bought on 31 January; it ends on 2 March.
    assert_eq!(told(&app.ada(), &boards).await, ["2026-02-23"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_once_however_often_the_job_runs(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ends = ending(&app).await;
    app.at("2027-01-01T00:00:00Z");
    assert_eq!(app.runs(Job::AnnounceEndings).await.changed, 1);
    assert_eq!(app.runs(Job::AnnounceEndings).await.changed, 0);
    // Whatever else changes does not bring it back.
    let users = app.ada().users(1).await;
    app.ada().assigns(&ends, &users).await.done();
    assert_eq!(app.runs(Job::AnnounceEndings).await.changed, 0);
    assert_eq!(told(&app.ada(), &ends).await, ["2027-01-01"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_before_the_job_came_does_not_lose_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ends = ending(&app).await;
    app.at("2027-01-02T08:00:00Z");
    let users = app.ada().users(1).await;
    app.ada().assigns(&ends, &users).await.done();
    app.runs(Job::AnnounceEndings).await;
    assert_eq!(told(&app.ada(), &ends).await, ["2027-01-02"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_it_is_told_once_or_not_at_all(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (late, too_late) = (ending(&app).await, app.ada().buys(BOARDS_MONTHLY, 1).await);
    // Nobody worked since: both times of the one have passed, and the end of the other.
    app.at("2027-01-29T00:00:00Z");
    app.runs(Job::AnnounceEndings).await;
    app.runs(Job::ExpireSubscriptions).await;
    app.runs(Job::AnnounceEndings).await;
    assert_eq!(told(&app.ada(), &late).await, ["2027-01-29"]);
    assert_eq!(told(&app.ada(), &too_late).await, Vec::<String>::new());
    assert_eq!(app.ada().sees(&too_late).await["status"], "DISABLED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_changes_their_mind_is_told_what_is_still_to_come(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ends = ending(&app).await;
    app.until("2026-12-31T00:00:00Z").await;
    app.ada().sets_auto_renew(&ends, true).await.done();
    app.until("2027-01-05T00:00:00Z").await;
    assert_eq!(told(&app.ada(), &ends).await, Vec::<String>::new());
    // Four weeks before: the first time has passed, and whoever switched it off knows.
    app.ada().sets_auto_renew(&ends, false).await.done();
    app.until("2027-02-05T00:00:00Z").await;
    assert_eq!(told(&app.ada(), &ends).await, ["2027-01-24"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_clock_stops_at_each(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    ending(&app).await;
    let to = json!({ "to": "2027-02-05T00:00:00Z" });
    let advanced = app.operator().does("AdvanceClock", to).await.done();
    let runs = advanced.at("/advanceClock/jobRuns").as_array().expect("runs").clone();
    let of: Vec<&Json> = runs.iter().filter(|run| run["job"] == "announce-endings").collect();
    let days: Vec<_> = of.iter().map(|run| &run["scheduledAt"].as_str().expect("a time")[..10]).collect();
    assert_eq!(days, ["2027-01-01", "2027-01-24"]);
}
