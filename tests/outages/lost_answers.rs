//! A commit whose answer gets lost: nobody is told that it failed, and the same key does it once.

use super::{Outage, proxy::Loses, unavailable};
use crate::harness::BOARDS_MONTHLY;
use domain::job::Job;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::the_server_did_it(Loses::Answer, 1)]
#[case::it_never_arrived(Loses::Message, 0)]
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_is_told_so_and_the_same_key_does_it_once(#[case] loses: Loses, #[case] done: u64) {
    let outage = Outage::new().await;
    let (app, direct) = (&outage.app, &outage.direct);
    let input = json!({
        "planId": app.ada().plan(BOARDS_MONTHLY).await,
        "billingProfileId": app.ada().profile("Contoso Main").await,
        "licenseQuantity": 10,
        "idempotencyKey": "order-1",
    });
    outage.proxy.loses("COMMIT", loses);
    let answer = app.ada().does("Purchase", input.clone()).await;
    assert!(outage.proxy.has_lost_it());
    unavailable(&answer);
    let error = &answer.body["errors"][0];
    assert_eq!(error["extensions"]["outcomeUnknown"], true, "{error}");
    assert!(error["message"].as_str().is_some_and(|told| told.contains("idempotencyKey")), "{error}");
    let count = async || {
        let owned = direct.ada().sends("Products", json!({})).await.done();
        owned.at("/appSubscriptions/totalCount").as_u64().expect("a number")
    };
    // The server works on what arrived while the connection breaks off.
    super::soon("the server has done it", async || (count().await == done).then_some(())).await;
    let again = app.ada().does("Purchase", input.clone()).await.done();
    let id = again.text("/purchaseSubscription/subscription/id").to_owned();
    let third = direct.ada().does("Purchase", input).await.done();
    assert_eq!(third.text("/purchaseSubscription/subscription/id"), id);
    assert_eq!(count().await, 1);
    outage.is_whole().await;
}

/// What was begun before nothing is known is certain: it says that nothing was done.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_cut_off_before_the_commit_is_told_that_nothing_was_done() {
    let outage = Outage::new().await;
    outage.proxy.loses("insert into event", Loses::Answer);
    let plan = outage.app.ada().plan(BOARDS_MONTHLY).await;
    let profile = outage.app.ada().profile("Contoso Main").await;
    let input = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 10 });
    let answer = outage.app.ada().does("Purchase", input).await;
    assert!(outage.proxy.has_lost_it());
    unavailable(&answer);
    assert_eq!(answer.body["errors"][0]["extensions"]["outcomeUnknown"], false);
    let owned = outage.direct.ada().sends("Products", json!({})).await.done();
    assert_eq!(owned.at("/appSubscriptions/totalCount"), 0);
}

/// An attempt to charge whose commit is not known is not charged by whoever does not know, and charged once afterwards.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_made_once_whichever_commit_of_it_gets_lost(
    #[values(Loses::Answer, Loses::Message)] loses: Loses,
    #[values(1, 2)] which: usize,
) {
    let outage = Outage::new().await;
    let (app, direct) = (&outage.app, &outage.direct);
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    // The attempt is inserted and committed, then the gateway is asked, then the outcome is stored and committed.
    outage.proxy.loses_nth("COMMIT", which, loses);
    let _ = domain::job::run_tick(&app.market, Job::CollectPayments, app.market.real_now()).await;
    assert!(outage.proxy.has_lost_it());
    let paid = async || {
        direct.works().await;
        let invoice = direct.ada().invoices(&boards).await.remove(0);
        (invoice["status"] == "PAID").then_some(invoice)
    };
    direct.at("2026-01-31T09:05:00Z");
    let mut invoice = paid().await;
    for minute in 6..20 {
        if invoice.is_some() {
            break;
        }
        direct.at(&format!("2026-01-31T09:{minute:02}:00Z"));
        invoice = paid().await;
    }
    let invoice = invoice.expect("it is paid in the end");
    let charges = "select count(*) from sandbox_charge";
    let row = sea_orm::ConnectionTrait::query_one_raw(
        direct.market.db().read(),
        sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, charges),
    );
    let charged: i64 = row.await.expect("an answer").expect("a row").try_get_by_index(0).expect("a number");
    assert_eq!(charged, 1, "{invoice:#}");
    outage.is_whole().await;
}
