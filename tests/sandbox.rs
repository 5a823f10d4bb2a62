//! The sandbox clock: a year of a subscription in a second.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, VAULT, instant};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn twelve_months_in_one_call_list_only_runs_with_work(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let vault = app.active(VAULT).await;
    let ends = app.active(BOARDS_YEARLY).await;
    app.ada().sets_auto_renew(&ends, false).await.done();
    let answer = app.operator().does("AdvanceClock", json!({ "to": "2027-02-01T00:00:00Z" })).await.done();
    assert_eq!(instant(answer.text("/advanceClock/now")), instant("2027-02-01"));
    let runs = answer.at("/advanceClock/jobRuns").as_array().unwrap();
    assert!(
        runs.iter().all(|run| run["changed"].as_i64() > Some(0) || run["failed"].as_i64() > Some(0)),
        "{runs:#?}"
    );
    let of = |job: &str| runs.iter().filter(|run| run["job"] == job).count();
    assert_eq!((of("renew-subscriptions"), of("expire-subscriptions")), (12, 1));
    let times: Vec<_> = runs.iter().map(|run| instant(run["scheduledAt"].as_str().unwrap())).collect();
    assert!(times.is_sorted(), "{times:?}");
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["currentPeriod"], json!({ "number": 12, "start": "2027-01-31", "end": "2027-02-28" }));
    // The last renewal and the vault's begin on one day on one profile: they share an invoice.
    let mut totals = vec!["125.00"; 12];
    totals.push("1025.00");
    assert_eq!(app.ada().totals(&boards).await, totals);
    assert_eq!(app.ada().totals(&vault).await, ["900.00", "1025.00"]);
    let ended = app.ada().sees(&ends).await;
    assert_eq!(instant(ended["disabledAt"].as_str().unwrap()), instant("2027-01-31"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_goes_forward_only_in_a_sandbox_only_and_for_the_operator_only(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::sandbox(db).await;
    let to = |time: &str| json!({ "to": time });
    assert_eq!(app.ada().does("AdvanceClock", to("2026-02-28T00:00:00Z")).await.failed(), "FORBIDDEN");
    app.operator().does("AdvanceClock", to("2026-02-28T00:00:00Z")).await.done();
    let back = app.operator().does("AdvanceClock", to("2026-02-27T23:59:59Z")).await;
    assert_eq!(back.refused(), "INVALID_INPUT");
    app.operator().does("AdvanceClock", to("2026-02-28T00:00:00Z")).await.done();
    let too_far = app.operator().does("AdvanceClock", to("9999-12-31T00:00:00Z")).await;
    assert_eq!(too_far.refused(), "INVALID_INPUT");
    let real = App::on(db).await;
    assert_eq!(
        real.operator().does("AdvanceClock", to("2026-03-01T00:00:00Z")).await.refused(),
        "NOT_SANDBOX"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_who_advance_at_once_do_everything_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let to = json!({ "to": "2026-06-15T00:00:00Z" });
    let (one, other) = (app.operator(), app.operator());
    let (first, second) =
        tokio::join!(one.does("AdvanceClock", to.clone()), other.does("AdvanceClock", to.clone()));
    for answer in [first, second] {
        assert!(["OK", "CONFLICT"].contains(&answer.outcome().as_str()), "{answer:?}");
    }
    app.operator().does("AdvanceClock", to).await.done();
    assert_eq!(app.ada().totals(&boards).await.len(), 5);
}
