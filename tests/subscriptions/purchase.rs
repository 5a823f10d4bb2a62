//! Buying.

use crate::harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, BOARDS_YEARLY, Db, SIGN, VAULT, instant};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_waits_for_its_activation_and_bills_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["status"], "PENDING_ACTIVATION");
    assert_eq!(page["purchaseChannel"], "DIRECT");
    assert_eq!(page["purchasedBy"], json!({ "name": "Ada", "email": "ada@contoso.example" }));
    assert_eq!(page["unitPrice"], json!({ "amount": "12.50", "currency": "USD" }));
    assert_eq!(
        page["licenses"],
        json!({ "purchased": 10, "assigned": 0, "available": 10, "scheduled": null })
    );
    assert_eq!(instant(page["activateBy"].as_str().unwrap()), instant("2026-03-02T09:00:00Z"));
    assert_eq!(page["endsAt"], page["activateBy"]);
    assert_eq!(page["currentPeriod"], json!(null));
    assert_eq!(page["invoices"]["totalCount"], 0);
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_buy_buys(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let carl = app.carl().buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(carl.outcome(), "OK");
    let input = json!({
        "planId": app.ada().plan(BOARDS_MONTHLY).await,
        "billingProfileId": app.ada().profile("Contoso Main").await,
        "licenseQuantity": 1,
    });
    for client in [app.ivan(), app.lena(), app.rui(), app.northwind(), app.operator()] {
        assert_eq!(client.does("Purchase", input.clone()).await.failed(), "FORBIDDEN", "{}", client.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_the_agreement_nothing_is_bought(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let finn = app.finn();
    let buy = async || finn.buys_with(BOARDS_EUROS, Some(2), "Fabrikam Main", json!({})).await.outcome();
    assert_eq!(buy().await, "AGREEMENT_NOT_ACCEPTED");
    let outdated = finn.does("AcceptCustomerAgreement", json!({ "version": "1999-01" })).await;
    assert_eq!(outdated.refused(), "AGREEMENT_VERSION_OUTDATED");
    let viewer = finn.sends("Viewer", json!({})).await.done();
    let version = viewer.text("/customerAgreement/currentVersion").to_owned();
    let accepted = finn.does("AcceptCustomerAgreement", json!({ "version": version })).await.done();
    assert_eq!(
        accepted.text("/acceptCustomerAgreement/organization/customerAgreement/acceptedBy/name"),
        "Finn"
    );
    assert_eq!(buy().await, "OK");
    finn.does("AcceptCustomerAgreement", json!({ "version": version })).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_several_reasons_is_reported(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    // Adatum's country is not supported, whatever else is wrong.
    let region = app.aki().buys_with(BOARDS_EUROS, Some(0), "Adatum Main", json!({})).await;
    assert_eq!(region.refused(), "REGION_NOT_SUPPORTED");
    // Sign is sold in Germany and France only; its quantity and currency are wrong too.
    let plan = app.ada().buys_with(SIGN, Some(3), "Contoso Main", json!({})).await;
    assert_eq!(plan.refused(), "PLAN_NOT_AVAILABLE");
    let quantity = app.ada().buys_with(BOARDS_EUROS, Some(1001), "Contoso Main", json!({})).await;
    assert_eq!(quantity.refused(), "LICENSE_QUANTITY_OUT_OF_RANGE");
    assert_eq!(quantity.refused_path(), ["input", "licenseQuantity"]);
    let currency = app.ada().buys_with(BOARDS_EUROS, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(currency.refused(), "CURRENCY_MISMATCH");
    let flat = app.ada().buys_with(VAULT, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(flat.refused(), "LICENSES_NOT_APPLICABLE");
    let none = app.ada().buys_with(BOARDS_MONTHLY, None, "Contoso Main", json!({})).await;
    assert_eq!(none.refused(), "INVALID_INPUT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_may_not_be_used_buys_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    // Carl sees Ada's new profile, but has no role on it.
    app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    let seen = app.carl().buys_with(BOARDS_MONTHLY, Some(1), "Ada's own", json!({})).await;
    assert_eq!(seen.refused(), "BILLING_PROFILE_NOT_USABLE");
    // One without a payment method.
    let input = json!({
        "name": "Empty", "currency": "USD", "contact": { "name": "A", "email": "a@contoso.example" },
        "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
    });
    app.ada().does("CreateBillingProfile", input).await.done();
    let empty = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Empty", json!({})).await;
    assert_eq!(empty.refused(), "PAYMENT_METHOD_NOT_USABLE");
    // One with an overdue invoice.
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(1), "Declined").await;
    let overdue = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Declined", json!({})).await;
    assert_eq!(overdue.refused(), "BILLING_PROFILE_NOT_USABLE");
    // An expired card.
    app.market
        .db()
        .writer()
        .unwrap()
        .execute_unprepared("update payment_method set expiry_year = 2025")
        .await
        .unwrap();
    let expired = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(expired.refused(), "PAYMENT_METHOD_NOT_USABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_buys_for_a_customer_on_its_own_profile(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let organization = app.wendy().sends("Viewer", json!({})).await.done();
    let woodgrove = organization.text("/viewer/organization/id").to_owned();
    let contoso =
        app.ada().sends("Viewer", json!({})).await.done().text("/viewer/organization/id").to_owned();
    let for_whom = |id: &str| json!({ "organizationId": id });
    let stranger =
        app.tailspin().buys_with(BOARDS_MONTHLY, Some(3), "Tailspin USD", for_whom(&contoso)).await;
    assert_eq!(stranger.refused(), "NOT_FOUND");
    let bought =
        app.tailspin().buys_with(BOARDS_MONTHLY, Some(3), "Tailspin USD", for_whom(&woodgrove)).await.done();
    let boards = bought.subscription("purchaseSubscription");
    app.activated(&app.tailspin(), &boards).await;

    let seen = app.wendy().sees(&boards).await;
    assert_eq!(seen["purchaseChannel"], "PARTNER");
    assert_eq!(seen["purchasedBy"], json!({ "name": "Tailspin", "email": null }));
    assert_eq!([&seen["unitPrice"], &seen["billingProfile"]], [&json!(null), &json!(null)]);
    assert_eq!(seen["invoices"]["totalCount"], 0);
    assert_eq!(app.tailspin().sees(&boards).await["invoices"]["totalCount"], 1);
    assert_eq!(app.wendy().cancels(&boards).await.refused(), "MANAGED_BY_PARTNER");
    assert_eq!(app.wendy().changes_quantity(&boards, 4).await.refused(), "MANAGED_BY_PARTNER");
    assert_eq!(app.wendy().sets_auto_renew(&boards, false).await.refused(), "MANAGED_BY_PARTNER");
    app.wendy().opens_portal(&boards).await.done();
    app.wendy().assigns(&boards, &app.wendy().users(1).await).await.done();
    app.tailspin().cancels(&boards).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_keeps_its_price(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let yearly = app.active(BOARDS_YEARLY).await;
    assert_eq!(app.ada().totals(&yearly).await, ["1200.00"]);
    let invoice = &app.ada().invoices(&yearly).await[0];
    assert_eq!(invoice["lines"][0]["unitPrice"]["amount"], "120.00");
    assert_eq!(invoice["lines"][0]["period"], json!({ "start": "2026-01-31", "end": "2027-01-31" }));
}
