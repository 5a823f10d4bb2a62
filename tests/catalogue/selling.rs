//! What can be bought when, and what was bought before.

use super::words::{app_of, buys, monthly, plan, retires, shown, with, withdraws};
use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_at_a_retired_plan_lives_on_at_its_price(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let old = app.ada().plan(BOARDS_MONTHLY).await;
    let id = app_of(&app.northwind(), BOARDS_MONTHLY).await;
    retires(&app.northwind(), &old).await.done();
    let dearer = with(&with(&monthly(&id), "price", "20.00"), "maxLicenses", 1000);
    let new = plan(&app, dearer).await;
    assert_eq!(buys(&app, &old, Some(10)).await.refused(), "PLAN_NOT_AVAILABLE");
    let bought = buys(&app, &new, Some(10)).await.done();
    assert_eq!(bought.text("/purchaseSubscription/subscription/unitPrice/amount"), "20.00");

    app.until("2026-03-31T12:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00", "125.00"]);
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["plan"]["id"]), (&json!("ACTIVE"), &json!(old)));
    assert_eq!(page["unitPrice"]["amount"], "12.50");
    // More licences come at the price of the others, within what the plan allows.
    let actions = page["allowedActions"].as_array().expect("actions");
    assert!(actions.contains(&json!("CHANGE_LICENSE_QUANTITY")), "{actions:?}");
    app.ada().changes_quantity(&boards, 11).await.done();
    assert_eq!(app.ada().changes_quantity(&boards, 1001).await.refused(), "LICENSE_QUANTITY_OUT_OF_RANGE");
    app.until("2026-04-30T12:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await.last().expect("an invoice"), "137.50");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_of_a_withdrawn_app_lives_on(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (boards, pending) = (app.active(BOARDS_MONTHLY).await, app.ada().buys(BOARDS_YEARLY, 2).await);
    let plans = [app.ada().plan(BOARDS_MONTHLY).await, app.ada().plan(BOARDS_YEARLY).await];
    let id = app_of(&app.northwind(), BOARDS_MONTHLY).await;
    withdraws(&app.northwind(), &id).await.done();
    for plan in &plans {
        assert_eq!(buys(&app, plan, Some(10)).await.refused(), "PLAN_NOT_AVAILABLE");
    }
    assert_eq!(shown(&app.ada(), &id).await, json!(null), "it has left the catalogue");
    // What was bought goes on: it is activated, renewed, shown with its app, and cancelled.
    app.activated(&app.ada(), &pending).await;
    app.until("2026-02-28T12:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00"]);
    let document = "query($id: ID!) { appSubscription(id: $id) { app { name status categories plans { id } publisher { name } }
        plan { name countries retiredAt } } }";
    let page = app.ada().asks(document, json!({ "id": boards.id })).await.done();
    let expected = json!({
        "name": "Northwind Boards", "status": "WITHDRAWN", "categories": ["productivity"], "plans": [],
        "publisher": { "name": "Northwind" },
    });
    assert_eq!(page.at("/appSubscription/app"), &expected);
    assert_eq!(page.at("/appSubscription/plan/retiredAt"), &json!(null));
    assert!(page.at("/appSubscription/plan/countries").as_array().expect("countries").contains(&json!("US")));
    app.ada().cancels(&boards).await.done();
    let actions = app.ada().sees(&boards).await["allowedActions"].clone();
    assert!(
        !actions.as_array().expect("actions").contains(&json!("BUY_AGAIN")),
        "nothing is for sale: {actions}"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_sold_where_its_publisher_said(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app_of(&app.northwind(), BOARDS_MONTHLY).await;
    let german = plan(&app, with(&monthly(&id), "countries", json!(["DE"]))).await;
    let american = plan(&app, with(&monthly(&id), "countries", json!(["US"]))).await;
    assert_eq!(buys(&app, &german, Some(2)).await.refused(), "PLAN_NOT_AVAILABLE");
    buys(&app, &american, Some(2)).await.done();
    assert_eq!(buys(&app, &american, Some(1)).await.refused(), "LICENSE_QUANTITY_OUT_OF_RANGE");
    assert_eq!(buys(&app, &american, Some(51)).await.refused(), "LICENSE_QUANTITY_OUT_OF_RANGE");
}
