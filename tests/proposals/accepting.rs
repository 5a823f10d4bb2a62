//! Accepting: everything that was offered is bought at its price, or nothing is.

use super::{UNTIL, accepts, line, offers, proposed, revises, sees, subscriptions, two_lines};
use crate::harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, Db, SIGN, Subscription, VAULT};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_offered_is_bought_at_its_own_price(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let accepted = accepts(&app.carl(), &id, 1, "Contoso Main").await.done();
    assert_eq!(accepted.text("/acceptProposal/proposal/status"), "ACCEPTED");
    let bought = accepted.at("/acceptProposal/proposal/subscriptions").as_array().expect("two").clone();
    let facts = |index: usize| {
        let one = &bought[index];
        (
            one["status"].clone(),
            one["purchaseChannel"].clone(),
            one["unitPrice"]["amount"].clone(),
            one["licenses"]["purchased"].clone(),
            one["autoRenew"].clone(),
            one["purchasedBy"]["name"].clone(),
        )
    };
    let of = |price: &str, licenses| {
        let carl = json!("Carl");
        (json!("PENDING_ACTIVATION"), json!("PROPOSAL"), json!(price), licenses, json!(true), carl)
    };
    assert_eq!([facts(0), facts(1)], [of("10.00", json!(20)), of("780.00", json!(null))]);
    // What is renewed costs what was offered, too.
    let boards = Subscription::of(&bought[0]);
    app.activated(&app.ada(), &boards).await;
    app.until("2026-03-01T00:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await, ["200.00", "200.00"]);
    assert_eq!(app.ada().history(&boards).await[..2], ["PURCHASED", "ACTIVATED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_line_that_is_not_for_sale_and_nothing_is_bought(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let vault = app.northwind().plan(VAULT).await;
    let document = crate::harness::document("RetirePlan");
    app.northwind().asks(&document, json!({ "input": { "planId": vault } })).await.done();
    let answer = accepts(&app.ada(), &id, 1, "Contoso Main").await;
    assert_eq!(answer.refused(), "PLAN_NOT_AVAILABLE");
    assert!(answer.body.to_string().contains("line 2"), "{:#}", answer.body);
    assert_eq!(subscriptions(&app.ada()).await, 0);
    let open = sees(&app.ada(), &id).await;
    assert_eq!((&open["status"], &open["allowedActions"]), (&json!("OPEN"), &json!(["DECLINE"])));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sold_in_the_country_is_not_bought(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    // Sign is sold in Germany and France alone.
    let lines =
        json!([line(&app, BOARDS_EUROS, Some(2), "9.00").await, line(&app, SIGN, None, "40.00").await]);
    let created = offers(&app, &app.wendy(), lines).await.done();
    let id = created.text("/createProposal/proposal/id");
    app.wendy().new_profile("Euros", "EUR", "card_ok").await;
    assert_eq!(accepts(&app.wendy(), id, 1, "Euros").await.refused(), "PLAN_NOT_AVAILABLE");
    assert_eq!(subscriptions(&app.wendy()).await, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_revision_that_was_seen_is_accepted_or_none(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let dearer = json!({ "lines": [line(&app, BOARDS_MONTHLY, Some(20), "11.00").await] });
    let revised = revises(&app, &id, dearer).await.done();
    assert_eq!(revised.at("/reviseProposal/proposal/revision"), 2);
    for revision in [1, 3] {
        assert_eq!(accepts(&app.ada(), &id, revision, "Contoso Main").await.refused(), "PROPOSAL_CHANGED");
    }
    assert_eq!(subscriptions(&app.ada()).await, 0);
    let accepted = accepts(&app.ada(), &id, 2, "Contoso Main").await.done();
    let bought = accepted.at("/acceptProposal/proposal/subscriptions");
    assert_eq!(bought[0]["unitPrice"]["amount"], "11.00");
    assert_eq!(bought.as_array().map(Vec::len), Some(1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn accepting_twice_buys_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let first = accepts(&app.ada(), &id, 1, "Contoso Main").await.done();
    let again = accepts(&app.carl(), &id, 1, "Contoso Main").await.done();
    let ids = |answer: &crate::harness::Answer| -> Vec<_> {
        let bought = answer.at("/acceptProposal/proposal/subscriptions").as_array().expect("two").clone();
        bought.iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(&first), ids(&again));
    assert_eq!(subscriptions(&app.ada()).await, 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_it_the_same_request(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ids = [proposed(&app, &app.ada()).await, proposed(&app, &app.ada()).await];
    let profile = app.ada().profile("Contoso Main").await;
    let with_key = async |id: &String| {
        let input =
            json!({ "proposalId": id, "revision": 1, "billingProfileId": profile, "idempotencyKey": "once" });
        app.ada().does("AcceptProposal", input).await
    };
    with_key(&ids[0]).await.done();
    with_key(&ids[0]).await.done();
    assert_eq!(with_key(&ids[1]).await.refused(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(subscriptions(&app.ada()).await, 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_refused_like_any_purchase(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    // Fabrikam has not accepted the agreement.
    let euros = json!([line(&app, BOARDS_EUROS, Some(2), "9.00").await]);
    let created = offers(&app, &app.finn(), euros.clone()).await.done();
    let id = created.text("/createProposal/proposal/id");
    assert_eq!(accepts(&app.finn(), id, 1, "Fabrikam Main").await.refused(), "AGREEMENT_NOT_ACCEPTED");
    // Adatum is where nothing is sold.
    let created = offers(&app, &app.aki(), two_lines(&app).await).await.done();
    let id = created.text("/createProposal/proposal/id");
    assert_eq!(accepts(&app.aki(), id, 1, "Adatum Main").await.refused(), "REGION_NOT_SUPPORTED");
    // Contoso's profile is in dollars.
    let created = offers(&app, &app.ada(), euros).await.done();
    let id = created.text("/createProposal/proposal/id");
    assert_eq!(accepts(&app.ada(), id, 1, "Contoso Main").await.refused(), "CURRENCY_MISMATCH");
    let id = proposed(&app, &app.ada()).await;
    app.ada().new_profile("By wire", "USD", "card_ok").await;
    let by_wire = json!({ "kind": "CHECK_OR_WIRE" });
    let method = app.ada().does("AddPaymentMethod", by_wire).await.done();
    let method = method.text("/addPaymentMethod/paymentMethod/id");
    let profile = app.ada().profile("By wire").await;
    let change = json!({ "billingProfileId": profile, "paymentMethodId": method });
    app.ada().does("UpdateBillingProfile", change).await.done();
    assert_eq!(accepts(&app.ada(), &id, 1, "By wire").await.refused(), "PAYMENT_METHOD_NOT_USABLE");
    // Carl has no role on it.
    assert_eq!(accepts(&app.carl(), &id, 1, "By wire").await.refused(), "BILLING_PROFILE_NOT_USABLE");
    assert_eq!(subscriptions(&app.ada()).await, 0);
    assert_eq!(sees(&app.ada(), &id).await["expiresAt"], json!("2026-02-10T00:00:00+00:00"), "{UNTIL}");
}

/// Adatum, by each of the three channels.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sold_to_adatum_by_any_channel(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let direct = app.aki().buys_with(BOARDS_MONTHLY, Some(1), "Adatum Main", json!({})).await;
    let more = json!({ "organizationId": super::organization_of(&app.aki()).await });
    let partner = app.tailspin().buys_with(BOARDS_MONTHLY, Some(1), "Tailspin USD", more).await;
    let id = proposed(&app, &app.aki()).await;
    let proposal = accepts(&app.aki(), &id, 1, "Adatum Main").await;
    for answer in [direct, partner, proposal] {
        assert_eq!(answer.refused(), "REGION_NOT_SUPPORTED");
    }
    assert_eq!(subscriptions(&app.aki()).await, 0);
}

/// A new version has to be accepted before the next purchase, whichever channel it takes; what runs is renewed.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_agreement_stops_the_next_proposal_and_no_renewal(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let id = proposed(&app, &app.ada()).await;
    let document = "mutation($input: PublishCustomerAgreementInput!) {
        publishCustomerAgreement(input: $input) { userErrors { code message path } } }";
    let new = json!({ "version": "2026-02", "url": "https://tenure.example/agreement/2026-02" });
    app.operator().asks(document, json!({ "input": new })).await.done();
    assert_eq!(accepts(&app.ada(), &id, 1, "Contoso Main").await.refused(), "AGREEMENT_NOT_ACCEPTED");
    assert_eq!(sees(&app.ada(), &id).await["allowedActions"], json!(["DECLINE"]));
    app.ada().does("AcceptCustomerAgreement", json!({ "version": "2026-02" })).await.done();
    accepts(&app.ada(), &id, 1, "Contoso Main").await.done();
    app.until("2026-03-01T00:00:00Z").await;
    assert!(app.ada().history(&boards).await.contains(&"RENEWED".to_owned()));
}
