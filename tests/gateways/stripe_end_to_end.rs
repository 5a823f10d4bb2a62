//! Tenure with Stripe as its gateway, from the purchase to the refund, against the stand-in.

use super::{
    bought_with, first_invoice, first_payment, now, payments, posts, signed,
    stripe::{Fault, StandIn, WEBHOOK_SECRET},
    uuid_of,
};
use crate::harness::{App, Db, SECRET, Setup};
use axum::http::StatusCode;
use domain::job::Job;
use entity::{id::PaymentId, payment, payment_method};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use std::sync::Arc;

async fn through_stripe(db: Db) -> (App, StandIn) {
    let stripe = StandIn::start().await;
    let mut setup = Setup::on(db);
    setup.gateway = Some(Arc::new(stripe.gateway()));
    (setup.start().await, stripe)
}

fn intents(stripe: &StandIn) -> Vec<Json> {
    stripe.account(|account| account.intents().to_vec())
}

fn keys_of(stripe: &StandIn, kind: &str) -> Vec<Option<String>> {
    stripe.asked(kind).into_iter().map(|asked| asked.key).collect()
}

/// The input that adds the card with this token.
fn added_with(token: &str) -> Json {
    json!({ "kind": "CARD", "gatewayToken": token })
}

/// How many payment methods Contoso has.
async fn methods(app: &App) -> usize {
    let answer = app.ada().sends("BillingProfiles", json!({})).await.done();
    answer.at("/viewer/organization/paymentMethods/nodes").as_array().expect("payment methods").len()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_is_paid_with_one_payment_intent_a_period(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_ok").await;
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    let attempt = first_payment(&app, &boards).await;
    let made = intents(&stripe);
    let [intent] = made.as_slice() else { panic!("one PaymentIntent: {made:#?}") };
    assert_eq!(intent["amount"], 12_500);
    assert_eq!((&intent["currency"], &intent["status"]), (&json!("usd"), &json!("succeeded")));
    assert_eq!(intent["metadata"], json!({ "tenure_payment": attempt }));
    assert_eq!(keys_of(&stripe, "POST /v1/payment_intents"), [Some(attempt.to_string())]);
    let db = app.market.db().read();
    let row = payment::Entity::find_by_id(PaymentId(attempt)).one(db).await.expect("an answer");
    assert_eq!(row.expect("the payment").gateway_reference.as_deref(), intent["id"].as_str());
    let rows = payment_method::Entity::find().all(db).await.expect("the payment methods");
    let ours = rows.iter().find(|row| row.gateway_token.as_deref() == Some("pm_ok")).expect("the card");
    assert_eq!(ours.gateway_customer.as_deref(), intent["customer"].as_str());
    assert!(ours.gateway_customer.is_some());
    app.until("2026-02-27T23:59:59Z").await;
    assert_eq!(intents(&stripe).len(), 1, "nothing is charged before the next period");
    app.until("2026-02-28T01:00:00Z").await;
    let made = intents(&stripe);
    assert_eq!(made.len(), 2, "{made:#?}");
    assert_eq!(made[0]["customer"], made[1]["customer"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_declined_once_recovers_on_the_retry_day(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_declined_once").await;
    assert_eq!(payments(&app, &boards).await[0]["failureCode"], "insufficient_funds");
    app.until("2026-02-03T08:59:59Z").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    app.until("2026-02-03T09:00:00Z").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    let attempts = payments(&app, &boards).await;
    let ids: Vec<_> = attempts.iter().map(|attempt| Some(uuid_of(&attempt["id"]).to_string())).collect();
    assert_eq!(keys_of(&stripe, "POST /v1/payment_intents"), ids, "each attempt has a key of its own");
    let statuses: Vec<_> = intents(&stripe).iter().map(|intent| intent["status"].clone()).collect();
    assert_eq!(statuses, ["requires_payment_method", "succeeded"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_got_lost_is_asked_for_and_never_charged_again(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_lost_answer").await;
    let invoice = first_invoice(&app, &boards).await;
    assert_eq!((&invoice["status"], &invoice["payments"][0]["status"]), (&json!("DUE"), &json!("UNKNOWN")));
    let id = invoice["id"].as_str().expect("an id");
    assert_eq!(app.ada().pays(id).await.refused(), "PAYMENT_PENDING");
    app.until("2026-01-31T10:00:00Z").await;
    let invoice = first_invoice(&app, &boards).await;
    assert_eq!(invoice["status"], "PAID");
    assert_eq!(invoice["payments"].as_array().expect("payments").len(), 1);
    assert_eq!(stripe.asked("POST /v1/payment_intents").len(), 1, "it was looked up");
    assert_eq!(intents(&stripe).len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_stripes_is_charged_later_under_the_same_id(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    stripe.will("POST /v1/payment_intents", Fault::Status(429));
    let boards = bought_with(&app, "pm_ok").await;
    assert_eq!(payments(&app, &boards).await[0]["status"], "UNKNOWN");
    assert_eq!(intents(&stripe), [] as [Json; 0]);
    app.until("2026-01-31T10:00:00Z").await;
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    let key = Some(first_payment(&app, &boards).await.to_string());
    assert_eq!(keys_of(&stripe, "POST /v1/payment_intents"), [key.clone(), key]);
    assert_eq!(intents(&stripe).len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_stripes_settles_what_the_bank_took_long_for(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_processing").await;
    assert_eq!(payments(&app, &boards).await[0]["status"], "UNKNOWN");
    stripe.account(|account| account.bank_decides());
    let body = stripe.tells_of_charge(PaymentId(first_payment(&app, &boards).await));
    let (ours, foreign) = (signed(WEBHOOK_SECRET, &body, now(&app)), signed(SECRET, &body, now(&app)));
    for (gateway, signature, status) in [
        ("stripe", &foreign, StatusCode::BAD_REQUEST),
        ("sandbox", &ours, StatusCode::NOT_FOUND),
        ("stripe", &ours, StatusCode::OK),
        ("stripe", &ours, StatusCode::OK),
    ] {
        let answer = posts(&app, gateway, ("stripe-signature", Some(signature)), &body).await;
        assert_eq!(answer.status, status, "{gateway}");
        let paid = if status == StatusCode::OK { "PAID" } else { "DUE" };
        assert_eq!(first_invoice(&app, &boards).await["status"], paid, "{gateway}");
    }
    let asked = stripe.asked("").len();
    app.until("2026-01-31T12:00:00Z").await;
    assert_eq!(stripe.asked("").len(), asked, "nobody asks any more");
    let invoice = first_invoice(&app, &boards).await;
    assert_eq!(
        (&invoice["status"], &invoice["payments"][0]["status"]),
        (&json!("PAID"), &json!("SUCCEEDED"))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_asks_for_the_customer_begins_grace(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_action").await;
    let attempt = payments(&app, &boards).await.remove(0);
    assert_eq!(attempt["failureCode"], "authentication_required");
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    assert_eq!(intents(&stripe)[0]["status"], "canceled");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_within_72_hours_is_given_back_through_stripe(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_ok").await;
    app.at("2026-02-03T08:59:59Z");
    app.ada().cancels(&boards).await.done();
    app.runs(Job::RefundPayments).await;
    let payment = payments(&app, &boards).await.remove(0);
    assert_eq!(
        (&payment["status"], &payment["refunds"][0]["status"]),
        (&json!("REFUNDED"), &json!("SUCCEEDED"))
    );
    let given = stripe.account(|account| account.refunds().to_vec());
    let [refund] = given.as_slice() else { panic!("one refund: {given:#?}") };
    assert_eq!(refund["amount"], 12_500);
    assert_eq!(refund["payment_intent"], intents(&stripe)[0]["id"]);
    let id = uuid_of(&payment["refunds"][0]["id"]).to_string();
    assert_eq!(keys_of(&stripe, "POST /v1/refunds"), [Some(id)]);
    app.until("2026-02-10").await;
    assert_eq!(stripe.asked("POST /v1/refunds").len(), 1, "once");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_at_stripe_is_seen_and_tried_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let boards = bought_with(&app, "pm_refund_fails").await;
    app.ada().cancels(&boards).await.done();
    app.runs(Job::RefundPayments).await;
    assert_eq!(payments(&app, &boards).await[0]["refunds"][0]["status"], "UNKNOWN", "it is pending");
    stripe.account(|account| account.bank_decides());
    app.until("2026-01-31T09:10:00Z").await;
    let payment = payments(&app, &boards).await.remove(0);
    assert_eq!(payment["status"], "SUCCEEDED");
    assert_eq!(payment["refunds"][0]["failureCode"], "expired_or_canceled_card");
    let told =
        |number: usize| (&payment["refunds"][number]["status"], &payment["refunds"][number]["attempt"]);
    assert_eq!(told(0), (&json!("FAILED"), &json!(1)));
    assert_eq!(told(1), (&json!("PENDING"), &json!(2)));
    app.until("2026-01-31T10:10:00Z").await;
    let keys = keys_of(&stripe, "POST /v1/refunds");
    let ids = [0, 1].map(|number: usize| Some(uuid_of(&payment["refunds"][number]["id"]).to_string()));
    assert_eq!(keys, ids, "an hour later, under a key of its own");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_removed_is_detached(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let added = app.ada().does("AddPaymentMethod", added_with("pm_ok")).await.done();
    assert_eq!(added.text("/addPaymentMethod/paymentMethod/brand"), "visa");
    assert_eq!(added.text("/addPaymentMethod/paymentMethod/last4"), "4242");
    assert!(stripe.account(|account| account.customer_of("pm_ok")).is_some());
    let method = added.text("/addPaymentMethod/paymentMethod/id");
    app.ada().does("RemovePaymentMethod", json!({ "paymentMethodId": method })).await.done();
    assert_eq!(stripe.account(|account| account.customer_of("pm_ok")), None);
    let again = app.ada().does("AddPaymentMethod", added_with("pm_ok")).await;
    assert_eq!(again.refused(), "INVALID_INPUT", "Stripe never lets it be used again");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_at_stripe_is_one_payment_method_of_one_customer(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, stripe) = through_stripe(db).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let added = app.ada().does("AddPaymentMethod", added_with("pm_ok")).await.done();
        ids.push(added.text("/addPaymentMethod/paymentMethod/id").to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(stripe.account(|account| account.customers()), 1);
    // Nobody learns that a token is somebody else's: it is as if it were not known.
    let foreign = app.wendy().does("AddPaymentMethod", added_with("pm_ok")).await;
    let unknown = app.wendy().does("AddPaymentMethod", added_with("pm_of_nobody")).await;
    assert_eq!((foreign.refused(), foreign.body), (unknown.refused(), unknown.body));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_stripe_does_not_know_or_cannot_be_asked_about_is_not_added(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let (app, stripe) = through_stripe(db).await;
    let before = methods(&app).await;
    let unknown = app.ada().does("AddPaymentMethod", added_with("pm_of_nobody")).await;
    assert_eq!(unknown.refused(), "INVALID_INPUT");
    assert_eq!(unknown.refused_path(), ["input", "gatewayToken"]);
    stripe.will("GET /v1/payment_methods", Fault::Status(500));
    assert_eq!(app.ada().does("AddPaymentMethod", added_with("pm_ok")).await.failed(), "UNAVAILABLE");
    assert_eq!(methods(&app).await, before);
    app.ada().does("AddPaymentMethod", added_with("pm_ok")).await.done();
    assert_eq!(methods(&app).await, before + 1);
}
