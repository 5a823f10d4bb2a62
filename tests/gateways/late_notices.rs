//! Notices that come late and again: money that came is booked, surplus goes back, and an end stays an end.

use super::{
    bought_with, first_invoice, first_payment,
    notices::{hears, of_payment},
    payments, uuid_of,
};
use crate::harness::{App, Db, Subscription};
use axum::http::StatusCode;
use domain::job::Job;
use entity::{id::SubscriptionId, subscription_end};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// What of a subscription no notice changes once it has ended.
const FIXED: [&str; 10] = [
    "status",
    "disabledReason",
    "disabledAt",
    "endsAt",
    "paymentStanding",
    "graceEndsAt",
    "currentPeriod",
    "autoRenew",
    "licenses",
    "events",
];

/// The sandbox gateway says so of a payment, and is heard.
async fn told(app: &App, payment: Uuid, status: &str) {
    let answer = hears(app, of_payment(payment, status)).await;
    assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
}

/// Ada pays the first invoice with a card that works.
async fn pays_otherwise(app: &App, boards: &Subscription) {
    let card = json!({ "kind": "CARD", "gatewayToken": "card_ok" });
    let card = app.ada().does("AddPaymentMethod", card).await.done();
    let method = card.text("/addPaymentMethod/paymentMethod/id");
    let pay = json!({ "invoiceId": first_invoice(app, boards).await["id"], "paymentMethodId": method });
    app.ada().does("PayInvoice", pay).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_although_it_was_declined_is_booked(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_declined").await;
    let payment = first_payment(&app, &boards).await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    app.at("2026-02-01T09:00:00Z");
    told(&app, payment, "SUCCEEDED").await;
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    let paid = payments(&app, &boards).await;
    assert_eq!((&paid[0]["status"], &paid[0]["failureCode"]), (&json!("SUCCEEDED"), &json!(null)));
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
    let history = app.ada().history(&boards).await;
    assert_eq!(history, ["PURCHASED", "ACTIVATED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED"]);
    // The retry days pass, and nothing is charged again.
    app.until("2026-02-27").await;
    assert_eq!(payments(&app, &boards).await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_decline_that_comes_after_the_money_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_ok").await;
    let before = (app.ada().sees(&boards).await, app.ada().invoices(&boards).await);
    assert_eq!(before.1[0]["status"], "PAID");
    for _ in 0..2 {
        told(&app, first_payment(&app, &boards).await, "DECLINED").await;
    }
    assert_eq!((app.ada().sees(&boards).await, app.ada().invoices(&boards).await), before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_it_was_paid_otherwise_goes_back_once(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    // Its first charge succeeded at the gateway, which says the contrary before it says so.
    let boards = bought_with(&app, "card_timeout").await;
    let payment = first_payment(&app, &boards).await;
    told(&app, payment, "DECLINED").await;
    app.at("2026-01-31T10:00:00Z");
    pays_otherwise(&app, &boards).await;
    for _ in 0..2 {
        told(&app, payment, "SUCCEEDED").await;
    }
    let invoice = first_invoice(&app, &boards).await;
    assert_eq!((&invoice["status"], &invoice["amountDue"]["amount"]), (&json!("PAID"), &json!("0.00")));
    let both = payments(&app, &boards).await;
    assert_eq!(both.len(), 2, "{both:#?}");
    let refunds = both[0]["refunds"].as_array().expect("refunds");
    assert_eq!(refunds.len(), 1, "{both:#?}");
    assert_eq!(
        (&refunds[0]["status"], &refunds[0]["amount"]["amount"]),
        (&json!("PENDING"), &json!("125.00"))
    );
    assert_eq!(both[1]["refunds"], json!([]));
    app.runs(Job::RefundPayments).await;
    told(&app, payment, "SUCCEEDED").await;
    let both = payments(&app, &boards).await;
    assert_eq!((&both[0]["status"], &both[1]["status"]), (&json!("REFUNDED"), &json!("SUCCEEDED")));
    assert_eq!(both[0]["refunds"].as_array().expect("refunds").len(), 1);
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_for_a_void_invoice_goes_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let payment = first_payment(&app, &boards).await;
    app.ada().cancels(&boards).await.done();
    assert_eq!(
        first_invoice(&app, &boards).await["status"],
        "VOID",
        "credited while its outcome was awaited"
    );
    let before = app.ada().sees(&boards).await;
    for _ in 0..2 {
        told(&app, payment, "SUCCEEDED").await;
    }
    app.runs(Job::RefundPayments).await;
    let paid = payments(&app, &boards).await;
    assert_eq!((paid.len(), &paid[0]["status"]), (1, &json!("REFUNDED")));
    let refunds = paid[0]["refunds"].as_array().expect("refunds");
    assert_eq!((refunds.len(), &refunds[0]["amount"]["amount"]), (1, &json!("125.00")));
    assert_eq!(first_invoice(&app, &boards).await["status"], "VOID");
    assert_eq!(fixed(&app.ada().sees(&boards).await), fixed(&before));
}

/// How a subscription ended.
#[derive(Debug, Clone, Copy)]
enum Ended {
    Cancelled,
    Expired,
    Lapsed,
}

/// A subscription that ended with its first invoice unpaid.
async fn ended(app: &App, how: Ended) -> Subscription {
    let card = match how {
        Ended::Cancelled | Ended::Expired => "card_timeout",
        Ended::Lapsed => "card_declined",
    };
    let boards = bought_with(app, card).await;
    match how {
        Ended::Cancelled => {
            // Too late for a credit: the invoice stays due.
            app.at("2026-02-10T12:00:00Z");
            app.ada().cancels(&boards).await.done();
        }
        Ended::Expired => {
            app.ada().sets_auto_renew(&boards, false).await.done();
            app.at("2026-03-01");
            app.runs(Job::ExpireSubscriptions).await;
        }
        Ended::Lapsed => {
            app.until("2026-04-01").await;
        }
    }
    boards
}

fn fixed(page: &Json) -> Vec<&Json> {
    FIXED.iter().map(|field| &page[*field]).collect()
}

/// Others had this bug: paying an old invoice of a cancelled subscription revived it (erpnext#57761).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn late_and_repeated_notices_book_the_money_and_leave_the_end_alone(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(Ended::Cancelled, Ended::Expired, Ended::Lapsed)] how: Ended,
) {
    let app = App::on(db).await;
    let boards = ended(&app, how).await;
    let end = async || {
        let found = subscription_end::Entity::find_by_id(SubscriptionId(boards.uuid()));
        found.one(app.market.db().read()).await.expect("an answer").expect("it ended")
    };
    let (before, was) = (app.ada().sees(&boards).await, end().await);
    assert_eq!(before["status"], "DISABLED");
    assert_ne!(first_invoice(&app, &boards).await["status"], "PAID");
    let payment = first_payment(&app, &boards).await;
    for status in ["DECLINED", "SUCCEEDED", "SUCCEEDED", "DECLINED"] {
        told(&app, payment, status).await;
        assert_eq!(fixed(&app.ada().sees(&boards).await), fixed(&before), "after {status}");
    }
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID", "the money is booked");
    app.until("2026-05-01").await;
    assert_eq!(fixed(&app.ada().sees(&boards).await), fixed(&before));
    assert_eq!(end().await, was);
    let statuses: Vec<_> =
        payments(&app, &boards).await.iter().map(|payment| payment["status"].clone()).collect();
    assert_eq!(statuses.iter().filter(|status| *status == "SUCCEEDED").count(), 1, "{statuses:?}");
}

/// Two declined attempts turn out to have succeeded: one pays, the other is owed to the customer.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_attempts_that_succeeded_late_one_goes_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = ended(&app, Ended::Lapsed).await;
    let before = app.ada().sees(&boards).await;
    let attempts: Vec<Uuid> =
        payments(&app, &boards).await.iter().map(|payment| uuid_of(&payment["id"])).collect();
    for _ in 0..2 {
        for attempt in &attempts[..2] {
            told(&app, *attempt, "SUCCEEDED").await;
        }
    }
    let paid = payments(&app, &boards).await;
    assert_eq!(paid[0]["refunds"], json!([]));
    let owed = paid[1]["refunds"].as_array().expect("refunds");
    assert_eq!((owed.len(), &owed[0]["amount"]["amount"]), (1, &json!("125.00")), "{paid:#?}");
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    assert_eq!(fixed(&app.ada().sees(&boards).await), fixed(&before));
}
