//! Cancelling.

use crate::harness::{App, BOARDS_MONTHLY, Db, instant};
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_subscription_is_disabled_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-10T12:00:00Z");
    app.ada().cancels(&boards).await.done();
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["status"], "DISABLED");
    assert_eq!(page["disabledReason"], "CANCELED");
    assert_eq!(instant(page["disabledAt"].as_str().unwrap()), instant("2026-02-10T12:00:00Z"));
    assert_eq!(page["endsAt"], page["disabledAt"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_again_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().cancels(&boards).await.done();
    let before = app.ada().sees(&boards).await;
    app.at("2026-03-01");
    app.ada().cancels(&boards).await.done();
    app.operator().cancels(&boards).await.done();
    assert_eq!(app.ada().sees(&boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_who_cancel_at_once_disable_it_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let clients = [app.ada(), app.carl(), app.operator(), app.ada(), app.carl(), app.operator()];
    let answers = futures::future::join_all(clients.iter().map(|client| client.cancels(&boards))).await;
    for answer in answers {
        answer.done();
    }
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "DISABLED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_may_cancel(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for client in [app.ivan(), app.lena(), app.rui(), app.northwind()] {
        assert_eq!(client.cancels(&boards).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    for client in [app.finn(), app.litware(), app.tailspin()] {
        assert_eq!(client.cancels(&boards).await.refused(), "NOT_FOUND", "{}", client.who);
    }
    app.operator().cancels(&boards).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn open_invoices_stay_due_and_are_collected(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    app.at("2026-02-20");
    app.ada().cancels(&boards).await.done();
    assert_eq!(app.ada().invoices(&boards).await[0]["status"], "DUE");
    let before = app.ada().sees(&boards).await;
    app.works().await;
    assert_eq!(app.ada().invoices(&boards).await[0]["status"], "PAID");
    let after = app.ada().sees(&boards).await;
    assert_eq!(after["events"], before["events"], "the money is booked and nothing else changes");
}
