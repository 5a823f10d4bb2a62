//! Notices of the gateway that come late, again or in the wrong order, about what has come to its end.

use super::bugs_of_others::attempts;
use crate::harness::{App, BOARDS_MONTHLY, Db, SECRET, Subscription, send};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    gateway::{SANDBOX_SIGNATURE, signature},
    job::Job,
};
use entity::sandbox_charge;
use rstest::rstest;
use sea_orm::EntityTrait;
use secrecy::SecretString;
use serde_json::{Value as Json, json};

/// How a subscription ended, and its payments with it.
#[derive(Debug, Clone, Copy)]
enum End {
    /// After a payment that nobody gave back.
    Canceled,
    /// In time for the payment to be given back.
    Refunded,
    /// In time for its unpaid invoice to be credited.
    Voided,
    /// Paid, at the end of its period.
    Expired,
    /// Unpaid, at the end of its grace.
    Lapsed,
}

async fn ended(app: &App, end: End) -> Subscription {
    let profile = match end {
        End::Canceled | End::Refunded | End::Expired => "Contoso Main",
        End::Voided | End::Lapsed => "Declined",
    };
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), profile).await;
    match end {
        End::Canceled => {
            app.at("2026-02-20");
            app.ada().cancels(&boards).await.done();
        }
        End::Refunded | End::Voided => {
            app.at("2026-02-01");
            app.ada().cancels(&boards).await.done();
            app.runs(Job::RefundPayments).await;
        }
        End::Expired => {
            app.ada().sets_auto_renew(&boards, false).await.done();
            app.until("2026-03-01").await;
        }
        End::Lapsed => {
            app.until("2026-04-01").await;
        }
    }
    boards
}

/// The gateway tells how something went that has this id with us.
async fn tells(app: &App, what: &str, id: &Json, status: &str) {
    let id = URL_SAFE_NO_PAD.decode(id.as_str().expect("an id")).expect("base64");
    let id = String::from_utf8(id).expect("text");
    let (_, id) = id.split_once(':').expect("a kind");
    let body = json!({ what: id, "status": status }).to_string();
    let now = domain::Clock::now(app.clock.as_ref());
    let signature = signature::sign(&SecretString::from(SECRET), body.as_bytes(), now);
    let request = Request::post("/webhooks/gateway/sandbox")
        .header(SANDBOX_SIGNATURE, signature)
        .body(Body::from(body))
        .expect("a request");
    assert_eq!(send(app, request).await.status, StatusCode::OK);
}

/// What the customer sees of a subscription and its money.
async fn everything(app: &App, of: &Subscription) -> (Json, Vec<Json>) {
    (app.ada().sees(of).await, app.ada().invoices(of).await)
}

/// The refunds of each payment of an invoice.
async fn refunds(app: &App, invoice: &Json) -> Vec<Json> {
    let document =
        "query($id: ID!) { invoice(id: $id) { payments { refunds { id status amount { amount } } } } }";
    let answer = app.ada().asks(document, json!({ "id": invoice["id"] })).await.done();
    let payments = answer.at("/invoice/payments").as_array().expect("payments").clone();
    payments.into_iter().map(|payment| payment["refunds"].clone()).collect()
}

/// A worker runs its jobs once more.
async fn works_on(app: &App) {
    app.clock.set(domain::Clock::now(app.clock.as_ref()) + TimeDelta::minutes(1));
    app.works().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn late_and_repeated_notices_change_nothing_on_any_terminal_state(
    #[values(End::Canceled, End::Refunded, End::Voided, End::Expired, End::Lapsed)] end: End,
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = ended(&app, end).await;
    let before = everything(&app, &boards).await;
    let (page, invoices) = &before;
    let expected = match end {
        End::Canceled | End::Expired => ("PAID", vec!["SUCCEEDED"]),
        End::Refunded => ("PAID", vec!["REFUNDED"]),
        End::Voided => ("VOID", vec!["DECLINED"]),
        End::Lapsed => ("OVERDUE", vec!["DECLINED"; 6]),
    };
    let invoice = &invoices[0];
    assert_eq!(page["status"], "DISABLED");
    assert_eq!((invoice["status"].as_str().unwrap_or_default(), attempts(invoice)), expected);
    for payment in invoice["payments"].as_array().expect("payments") {
        // That declined money came after all is news, and has tests of its own.
        let news = payment["status"] == "DECLINED";
        let told: &[&str] = if news { &["DECLINED"] } else { &["SUCCEEDED", "DECLINED"] };
        for status in told.iter().chain(told) {
            tells(&app, "payment", &payment["id"], status).await;
        }
    }
    for refund in refunds(&app, invoice).await.iter().flat_map(|of_payment| of_payment[0].as_object()) {
        for _ in 0..2 {
            tells(&app, "refund", &refund["id"], "SUCCEEDED").await;
        }
    }
    // Of what nobody knows here.
    let unknown = json!(URL_SAFE_NO_PAD.encode(format!("pay:{}", boards.uuid().simple())));
    tells(&app, "payment", &unknown, "SUCCEEDED").await;
    assert_eq!(everything(&app, &boards).await, before);
    works_on(&app).await;
    assert_eq!(everything(&app, &boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn declined_money_that_comes_for_a_lapsed_one_is_booked_once_and_revives_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = ended(&app, End::Lapsed).await;
    let (before, invoices) = everything(&app, &boards).await;
    for _ in 0..2 {
        tells(&app, "payment", &invoices[0]["payments"][0]["id"], "SUCCEEDED").await;
    }
    let paid = app.ada().invoices(&boards).await.remove(0);
    assert_eq!((&paid["status"], &paid["amountDue"]["amount"]), (&json!("PAID"), &json!("0.00")));
    assert_eq!(attempts(&paid)[..2], ["SUCCEEDED", "DECLINED"]);
    // What comes for another attempt is more than is due: all of it is owed back, and once.
    for _ in 0..2 {
        tells(&app, "payment", &invoices[0]["payments"][1]["id"], "SUCCEEDED").await;
    }
    let paid = app.ada().invoices(&boards).await.remove(0);
    assert_eq!((&paid["status"], &paid["amountDue"]["amount"]), (&json!("PAID"), &json!("0.00")));
    let refunds = refunds(&app, &paid).await;
    assert_eq!(refunds[0], json!([]));
    assert_eq!(refunds[1].as_array().map(Vec::len), Some(1), "{refunds:#?}");
    assert_eq!(refunds[1][0]["amount"]["amount"], "125.00");
    works_on(&app).await;
    let after = app.ada().sees(&boards).await;
    assert_eq!((&after["status"], &after["disabledReason"]), (&json!("DISABLED"), &json!("PAYMENT_LAPSED")));
    for field in ["disabledAt", "paymentStanding", "currentPeriod", "events"] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn declined_money_that_comes_for_a_void_invoice_is_owed_back(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = ended(&app, End::Voided).await;
    let before = app.ada().sees(&boards).await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    for _ in 0..2 {
        tells(&app, "payment", &invoice["payments"][0]["id"], "SUCCEEDED").await;
    }
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!((&invoice["status"], attempts(&invoice)), (&json!("VOID"), vec!["SUCCEEDED"]));
    let refunds = refunds(&app, &invoice).await;
    assert_eq!(refunds[0].as_array().map(Vec::len), Some(1), "{refunds:#?}");
    assert_eq!(refunds[0][0]["amount"]["amount"], "125.00");
    assert_eq!(app.ada().sees(&boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn notices_in_the_wrong_order_come_to_the_same(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Timeout", "USD", "card_timeout").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(attempts(&invoice), ["UNKNOWN"]);
    let payment = &invoice["payments"][0]["id"];
    tells(&app, "payment", payment, "DECLINED").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    for status in ["SUCCEEDED", "DECLINED", "SUCCEEDED"] {
        tells(&app, "payment", payment, status).await;
        let invoice = app.ada().invoices(&boards).await.remove(0);
        assert_eq!((&invoice["status"], attempts(&invoice)), (&json!("PAID"), vec!["SUCCEEDED"]), "{status}");
        assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT", "{status}");
    }
    app.until("2026-02-10").await;
    let charges = sandbox_charge::Entity::find().all(app.market.db().read()).await.unwrap();
    assert_eq!(charges.len(), 1, "nothing was charged anew: {charges:#?}");
    let history = ["PURCHASED", "ACTIVATED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED"];
    assert_eq!(app.ada().history(&boards).await, history);
}
