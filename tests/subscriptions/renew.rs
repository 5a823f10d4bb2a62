//! Renewal: charged once per period, whatever runs twice; missed periods one at a time.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, instant};
use domain::job::Job;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn periods_follow_each_other_and_each_is_charged_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-06-30T12:00:00Z").await;
    for _ in 0..3 {
        app.works().await;
    }
    let starts: Vec<_> =
        app.ada().invoices(&boards).await.iter().map(|i| i["lines"][0]["period"]["start"].clone()).collect();
    let expected = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"];
    assert_eq!(starts, expected.map(|start| json!(start)));
    assert_eq!(app.ada().sees(&boards).await["currentPeriod"]["number"], 5);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn renewals_of_one_profile_that_begin_together_share_an_invoice(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let one = app.active(BOARDS_MONTHLY).await;
    let other = app.active(BOARDS_MONTHLY).await;
    let yearly = app.active(BOARDS_YEARLY).await;
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    let third = app.active(BOARDS_MONTHLY).await;
    app.ada().moves(&third, &own).await.done();
    app.until("2026-02-28T01:00:00Z").await;
    let [shared, of_other] =
        [app.ada().invoices(&one).await, app.ada().invoices(&other).await].map(|mut i| i.remove(1));
    assert_eq!(shared["id"], of_other["id"]);
    assert_eq!(shared["total"]["amount"], "250.00");
    assert_eq!(shared["lines"].as_array().unwrap().len(), 2);
    assert_ne!(app.ada().invoices(&third).await[1]["id"], shared["id"]);
    assert_eq!(app.ada().invoices(&yearly).await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_down_catches_up_without_dating_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-05-15T10:00:00Z");
    let report = app.runs(Job::RenewSubscriptions).await;
    assert_eq!(
        (report.changed, report.failed),
        (3, 0),
        "one period at a time: 28 February, 31 March, 30 April"
    );
    let invoices = app.ada().invoices(&boards).await;
    assert_eq!(invoices.len(), 4, "what is late has an invoice of its own");
    for invoice in &invoices[1..] {
        assert_eq!(instant(invoice["issuedAt"].as_str().unwrap()), instant("2026-05-15T10:00:00Z"));
        assert_eq!(invoice["dueAt"], invoice["issuedAt"]);
        assert_eq!(invoice["lines"].as_array().unwrap().len(), 1);
    }
    app.works().await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["paymentStanding"]), (&json!("ACTIVE"), &json!("CURRENT")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_work_and_double_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..6 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    app.at("2026-02-28T00:00:30Z");
    let replica = app.replica().await;
    let (one, other) = tokio::join!(app.runs(Job::RenewSubscriptions), async {
        // Another tick, or the two would be one run.
        replica.at("2026-02-28T00:00:31Z");
        replica.runs(Job::RenewSubscriptions).await
    });
    assert_eq!(one.changed + other.changed, 6);
    for boards in &bought {
        assert_eq!(app.ada().history(boards).await, ["PURCHASED", "ACTIVATED", "RENEWED"]);
        assert_eq!(app.ada().invoices(boards).await.len(), 2);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_tick_is_run_once_by_whoever_takes_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-28T00:01:00Z");
    let tick = instant("2026-02-28T00:01:00Z");
    let first = domain::job::run_tick(&app.market, Job::RenewSubscriptions, tick).await.unwrap();
    let second = domain::job::run_tick(&app.market, Job::RenewSubscriptions, tick).await.unwrap();
    assert_eq!((first.map(|report| report.changed), second), (Some(1), None));
    let runs = app.operator().sends("JobRuns", json!({ "first": 5 })).await.done();
    let run = runs.at("/jobRuns/nodes/0");
    assert_eq!((&run["job"], &run["changed"]), (&json!("renew-subscriptions"), &json!(1)));
    assert_eq!(app.ada().sends("JobRuns", json!({})).await.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_fails_is_set_aside_and_blocks_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..3 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    // So many licences that their charge overflows: no plan allows it, but a row that cannot be renewed has to look somehow.
    let id = bought[1].uuid().simple().to_string();
    let id = match db {
        Db::Sqlite => format!("x'{id}'"),
        Db::Postgres => format!("'{id}'"),
    };
    let broken = format!("update subscription set quantity = 9000000000000000000 where id = {id}");
    app.as_owner(&broken).await;
    app.at("2026-02-28T00:01:00Z");
    let report = app.runs(Job::RenewSubscriptions).await;
    assert_eq!((report.changed, report.failed), (2, 1));
    assert!(report.error.is_some());
    app.at("2026-02-28T00:01:05Z");
    assert!(!app.runs(Job::RenewSubscriptions).await.had_work(), "it waits for its retry");
    app.at("2026-02-28T00:02:01Z");
    assert_eq!(app.runs(Job::RenewSubscriptions).await.failed, 1, "tried again by itself");
    let mended = format!("update subscription set quantity = 10 where id = {id}");
    app.as_owner(&mended).await;
    app.at("2026-02-28T00:10:00Z");
    let report = app.runs(Job::RenewSubscriptions).await;
    assert_eq!((report.changed, report.failed), (1, 0));
    for boards in &bought {
        assert_eq!(app.ada().invoices(boards).await.len(), 2);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_meets_a_renewal_applies_it_first(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-28T00:00:30Z");
    let raised = app.ada().changes_quantity(&boards, 11).await.done();
    // One more for the whole of the new period, 31 days: 12.50.
    assert_eq!(raised.at("/changeLicenseQuantity/invoice/total/amount"), "12.50");
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00", "12.50"]);
    assert_eq!(app.runs(Job::RenewSubscriptions).await.changed, 0);
}
