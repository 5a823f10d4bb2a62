//! Activation by the publisher.

use crate::harness::{App, BOARDS_MONTHLY, Db, VAULT};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn activation_begins_the_first_period_and_issues_its_invoice(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["status"], "ACTIVE");
    assert_eq!(page["currentPeriod"], json!({ "number": 0, "start": "2026-01-31", "end": "2026-02-28" }));
    let invoices = app.ada().invoices(&boards).await;
    let [invoice] = invoices.as_slice() else { panic!("one invoice: {invoices:?}") };
    assert_eq!(invoice["total"], json!({ "amount": "125.00", "currency": "USD" }));
    assert_eq!(invoice["tax"]["amount"], "0.00");
    assert_eq!(invoice["amountDue"]["amount"], "125.00");
    assert_eq!(invoice["status"], "DUE");
    assert_eq!(invoice["dueAt"], invoice["issuedAt"], "a card is charged at once");
    let line = &invoice["lines"][0];
    assert_eq!(line["kind"], "PERIOD");
    assert_eq!(line["quantity"], 10);
    assert_eq!(line["period"], json!({ "start": "2026-01-31", "end": "2026-02-28" }));
    assert_eq!(line["subscription"]["app"]["publisher"]["name"], "Northwind");
    app.works().await;
    let paid = &app.ada().invoices(&boards).await[0];
    assert_eq!(paid["status"], "PAID");
    assert_eq!(paid["amountDue"]["amount"], "0.00");
    assert_eq!(paid["payments"][0]["status"], "SUCCEEDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_portal_comes_before_the_activation(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    assert_eq!(app.northwind().activates(&boards).await.refused(), "PORTAL_NOT_OPENED");
    app.ada().opens_portal(&boards).await.done();
    app.northwind().activates(&boards).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_bought_is_not_activated(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().opens_portal(&boards).await.done();
    boards.quantity = Some(11);
    assert_eq!(app.northwind().activates(&boards).await.refused(), "PURCHASE_MISMATCH");
    boards.quantity = Some(10);
    boards.plan = app.ada().plan(VAULT).await;
    assert_eq!(app.northwind().activates(&boards).await.refused(), "PURCHASE_MISMATCH");
    assert_eq!(app.ada().sees(&boards).await["status"], "PENDING_ACTIVATION");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn activating_again_is_a_harmless_repetition(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().changes_quantity(&boards, 12).await.done();
    // What was bought is still ten, whatever it is by now.
    app.northwind().activates(&boards).await.done();
    let mut as_it_is = boards.clone();
    as_it_is.quantity = Some(12);
    assert_eq!(app.northwind().activates(&as_it_is).await.refused(), "PURCHASE_MISMATCH");
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "LICENSE_QUANTITY_CHANGED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_publisher_of_the_app_activates(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().opens_portal(&boards).await.done();
    assert_eq!(app.litware().activates(&boards).await.refused(), "NOT_FOUND");
    assert_eq!(app.ada().activates(&boards).await.failed(), "FORBIDDEN");
    assert_eq!(app.operator().activates(&boards).await.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_flat_rate_has_unlimited_licences(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let vault = app.active(VAULT).await;
    let page = app.ada().sees(&vault).await;
    assert_eq!(
        page["licenses"],
        json!({ "purchased": null, "assigned": 0, "available": null, "scheduled": null })
    );
    assert_eq!(app.ada().totals(&vault).await, ["900.00"]);
    assert_eq!(app.ada().changes_quantity(&vault, 5).await.refused(), "LICENSES_NOT_APPLICABLE");
    let users = app.ada().users(1).await;
    assert_eq!(app.ada().assigns(&vault, &users).await.refused(), "LICENSES_NOT_APPLICABLE");
}
