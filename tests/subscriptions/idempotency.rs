//! Idempotency keys.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_purchase_again_is_the_same_subscription(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let key = json!({ "idempotencyKey": "order-1" });
    let buy = async |quantity| {
        app.ada().buys_with(BOARDS_MONTHLY, Some(quantity), "Contoso Main", key.clone()).await
    };
    let first = buy(10).await.done().subscription("purchaseSubscription");
    app.ada().cancels(&first).await.done();
    let again = buy(10).await.done();
    assert_eq!(again.text("/purchaseSubscription/subscription/id"), first.id);
    assert_eq!(again.text("/purchaseSubscription/subscription/status"), "DISABLED", "as it is now");
    assert_eq!(buy(11).await.refused(), "IDEMPOTENCY_KEY_REUSED");
    // The key is the organization's: Carl's is Ada's, and Wendy's is another.
    let carl = app.carl().buys_with(BOARDS_MONTHLY, Some(10), "Contoso Main", key.clone()).await.done();
    assert_eq!(carl.text("/purchaseSubscription/subscription/id"), first.id);
    let wendy = app.wendy().buys_with(BOARDS_MONTHLY, Some(10), "Woodgrove Main", key.clone()).await.done();
    assert_ne!(wendy.text("/purchaseSubscription/subscription/id"), first.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn at_once_it_is_still_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let key = json!({ "idempotencyKey": "order-1" });
    let clients: Vec<_> = (0..8).map(|_| app.ada()).collect();
    let buy =
        clients.iter().map(|client| client.buys_with(BOARDS_MONTHLY, Some(10), "Contoso Main", key.clone()));
    let answers = futures::future::join_all(buy).await;
    let ids: std::collections::BTreeSet<_> = answers
        .into_iter()
        .map(|a| a.done().text("/purchaseSubscription/subscription/id").to_owned())
        .collect();
    assert_eq!(ids.len(), 1);
    let list = app.ada().sends("Products", json!({})).await.done();
    assert_eq!(list.at("/appSubscriptions/totalCount"), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_keeps_no_key(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let key = json!({ "idempotencyKey": "order-1" });
    let refused = app.ada().buys_with(BOARDS_MONTHLY, Some(1001), "Contoso Main", key.clone()).await;
    assert_eq!(refused.refused(), "LICENSE_QUANTITY_OUT_OF_RANGE");
    app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Contoso Main", key).await.done();
    let empty =
        app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Contoso Main", json!({ "idempotencyKey": "" })).await;
    assert_eq!(empty.refused(), "INVALID_INPUT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_raise_is_charged_once_and_its_key_lives_a_day(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let input = json!({ "subscriptionId": boards.id, "quantity": 12, "idempotencyKey": "raise" });
    let first = app.ada().does("ChangeLicenseQuantity", input.clone()).await.done();
    let again = app.ada().does("ChangeLicenseQuantity", input.clone()).await.done();
    assert_eq!(again.at("/changeLicenseQuantity/invoice/id"), first.at("/changeLicenseQuantity/invoice/id"));
    let other = json!({ "subscriptionId": boards.id, "quantity": 13, "idempotencyKey": "raise" });
    assert_eq!(
        app.ada().does("ChangeLicenseQuantity", other.clone()).await.refused(),
        "IDEMPOTENCY_KEY_REUSED"
    );
    app.at("2026-02-01T09:00:00Z");
    app.ada().does("ChangeLicenseQuantity", other).await.done();
    assert_eq!(app.ada().invoices(&boards).await.len(), 3);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_decline_keeps_its_key(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Once", "USD", "card_declined_once").await;
    let bought = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Once", json!({})).await.done();
    let boards = bought.subscription("purchaseSubscription");
    app.activated(&app.ada(), &boards).await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let pay = async |key: &str| {
        app.ada()
            .does("PayInvoice", json!({ "invoiceId": invoice["id"], "idempotencyKey": key }))
            .await
            .outcome()
    };
    assert_eq!(pay("one").await, "PAYMENT_DECLINED");
    assert_eq!(pay("one").await, "PAYMENT_DECLINED");
    assert_eq!(pay("two").await, "OK");
    assert_eq!(pay("two").await, "OK");
    assert_eq!(pay("one").await, "PAYMENT_DECLINED");
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["payments"].as_array().unwrap().len(), 2);
}
