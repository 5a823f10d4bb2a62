//! What a gateway tells by itself, through the route of its notices: believed when it is signed, once.

use super::{bought_with, first_invoice, first_payment, now, payments, posts, signed, uuid_of};
use crate::harness::{Answer, App, Db, SECRET, Subscription};
use axum::http::StatusCode;
use chrono::TimeDelta;
use domain::{Ids, job::Job};
use entity::{event, sandbox_refund, state::EventType};
use futures::future::join_all;
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Where the sandbox gateway puts its signature.
const HEADER: &str = "tenure-sandbox-signature";

/// What the sandbox gateway says of a payment.
pub(super) fn of_payment(payment: Uuid, status: &str) -> String {
    json!({ "payment": payment, "status": status }).to_string()
}

fn of_refund(refund: Uuid, status: &str) -> String {
    json!({ "refund": refund, "status": status }).to_string()
}

/// The sandbox gateway sends it now.
pub(super) async fn hears(app: &App, body: String) -> Answer {
    let signature = signed(SECRET, &body, now(app));
    posts(app, "sandbox", (HEADER, Some(&signature)), &body).await
}

/// Insists that a notice is taken.
async fn takes(app: &App, body: String) {
    let answer = hears(app, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
}

async fn events(app: &App) -> Vec<event::Model> {
    event::Entity::find().all(app.market.db().read()).await.expect("the events")
}

/// How often an invoice was paid in full.
async fn paid(app: &App) -> usize {
    events(app).await.iter().filter(|event| event.r#type == EventType::InvoicePaid).count()
}

/// All that a notice could change.
async fn everything(app: &App, of: &Subscription) -> Json {
    json!({
        "page": app.ada().sees(of).await, "invoices": app.ada().invoices(of).await,
        "payments": payments(app, of).await, "events": events(app).await.len(),
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_settled_by_a_notice(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    assert_eq!(payments(&app, &boards).await[0]["status"], "UNKNOWN");
    takes(&app, of_payment(first_payment(&app, &boards).await, "SUCCEEDED")).await;
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    // Nobody asks any more.
    app.until("2026-01-31T12:00:00Z").await;
    let payments = payments(&app, &boards).await;
    assert_eq!(payments.len(), 1, "{payments:#?}");
    assert_eq!((&payments[0]["status"], paid(&app).await), (&json!("SUCCEEDED"), 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_that_was_a_decline_begins_grace(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    takes(&app, of_payment(first_payment(&app, &boards).await, "DECLINED")).await;
    assert_eq!(first_invoice(&app, &boards).await["status"], "OVERDUE");
    assert_eq!(payments(&app, &boards).await[0]["failureCode"], "card_declined");
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_notice_twice_books_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let body = of_payment(first_payment(&app, &boards).await, "SUCCEEDED");
    takes(&app, body.clone()).await;
    let before = everything(&app, &boards).await;
    assert_eq!(paid(&app).await, 1);
    for _ in 0..2 {
        takes(&app, body.clone()).await;
    }
    assert_eq!(everything(&app, &boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_without_a_valid_signature_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let before = everything(&app, &boards).await;
    let payment = first_payment(&app, &boards).await;
    let (body, other) = (of_payment(payment, "SUCCEEDED"), of_payment(payment, "DECLINED"));
    let (at, old) = (now(&app), TimeDelta::seconds(301));
    let valid = signed(SECRET, &body, at);
    for (what, header, signature) in [
        ("none", HEADER, None),
        ("in another header", "stripe-signature", Some(valid.clone())),
        ("with another secret", HEADER, Some(signed("another secret", &body, at))),
        ("of another body", HEADER, Some(signed(SECRET, &other, at))),
        ("too old", HEADER, Some(signed(SECRET, &body, at - old))),
        ("from the future", HEADER, Some(signed(SECRET, &body, at + old))),
    ] {
        let answer = posts(&app, "sandbox", (header, signature.as_deref()), &body).await;
        assert_eq!(
            (answer.status, answer.failed().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"),
            "{what}"
        );
    }
    assert_eq!(everything(&app, &boards).await, before);
    let answer = posts(&app, "sandbox", (HEADER, Some(&valid)), &body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_not_in_use_is_not_found(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let before = everything(&app, &boards).await;
    let body = of_payment(first_payment(&app, &boards).await, "SUCCEEDED");
    let signature = signed(SECRET, &body, now(&app));
    for gateway in ["stripe", "Sandbox", "sandbox%20"] {
        for header in [HEADER, "stripe-signature"] {
            let answer = posts(&app, gateway, (header, Some(&signature)), &body).await;
            assert_eq!(
                (answer.status, answer.failed().as_str()),
                (StatusCode::NOT_FOUND, "NOT_FOUND"),
                "{gateway}"
            );
        }
    }
    assert_eq!(everything(&app, &boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_what_nobody_knows_is_taken_and_forgotten(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let before = everything(&app, &boards).await;
    let payment = first_payment(&app, &boards).await;
    for body in ["", "SUCCEEDED", "{}", &format!("[\"{payment}\"]"), &of_payment(payment, "PAID")] {
        let answer = hears(&app, body.to_owned()).await;
        assert_eq!(
            (answer.status, answer.failed().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"),
            "{body}"
        );
    }
    let nobody: Uuid = Ids::from_entropy().next(now(&app));
    for status in ["SUCCEEDED", "DECLINED"] {
        takes(&app, of_payment(nobody, status)).await;
        takes(&app, of_refund(nobody, status)).await;
        // A payment is no refund.
        takes(&app, of_refund(payment, status)).await;
    }
    assert_eq!(everything(&app, &boards).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn contradicting_notices_at_once_settle_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let payment = first_payment(&app, &boards).await;
    let statuses = ["DECLINED", "SUCCEEDED", "DECLINED", "SUCCEEDED"];
    let answers = join_all(statuses.map(|status| hears(&app, of_payment(payment, status)))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:#?}");
    // Money that came is there, whoever was first; it is booked once, and there is no surplus.
    let invoice = first_invoice(&app, &boards).await;
    assert_eq!((&invoice["status"], &invoice["amountDue"]["amount"]), (&json!("PAID"), &json!("0.00")));
    let payments = payments(&app, &boards).await;
    assert_eq!((payments.len(), &payments[0]["status"]), (1, &json!("SUCCEEDED")));
    assert_eq!(payments[0]["refunds"], json!([]));
    assert_eq!(paid(&app).await, 1);
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_and_the_worker_who_asks_at_once_book_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_timeout").await;
    let payment = first_payment(&app, &boards).await;
    app.at("2026-01-31T09:10:00Z");
    let (answer, report) =
        tokio::join!(hears(&app, of_payment(payment, "SUCCEEDED")), app.runs(Job::CollectPayments));
    assert_eq!((answer.status, report.failed), (StatusCode::OK, 0), "{report:?}");
    let payments = payments(&app, &boards).await;
    assert_eq!((payments.len(), &payments[0]["refunds"]), (1, &json!([])), "{payments:#?}");
    assert_eq!(first_invoice(&app, &boards).await["status"], "PAID");
    assert_eq!(paid(&app).await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_settled_by_its_notice_before_anybody_asks(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_ok").await;
    app.ada().cancels(&boards).await.done();
    let owed = payments(&app, &boards).await[0]["refunds"][0].clone();
    assert_eq!((&owed["status"], &owed["amount"]["amount"]), (&json!("PENDING"), &json!("125.00")));
    for _ in 0..2 {
        takes(&app, of_refund(uuid_of(&owed["id"]), "SUCCEEDED")).await;
    }
    assert_eq!(app.runs(Job::RefundPayments).await.changed, 0, "nothing is left to do");
    let asked = sandbox_refund::Entity::find().all(app.market.db().read()).await.expect("the refunds");
    assert!(asked.is_empty(), "the gateway was asked once more: {asked:?}");
    let payments = payments(&app, &boards).await;
    assert_eq!(payments[0]["status"], "REFUNDED");
    assert_eq!(payments[0]["refunds"].as_array().expect("refunds").len(), 1);
}

/// The bank sends it back days later: the money is owed again, and what failed stays so.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_succeeded_can_be_taken_back_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_with(&app, "card_ok").await;
    app.ada().cancels(&boards).await.done();
    let refund = uuid_of(&payments(&app, &boards).await[0]["refunds"][0]["id"]);
    takes(&app, of_refund(refund, "SUCCEEDED")).await;
    app.at("2026-02-03T09:00:00Z");
    for status in ["DECLINED", "SUCCEEDED", "DECLINED"] {
        takes(&app, of_refund(refund, status)).await;
        let payment = payments(&app, &boards).await.remove(0);
        let refunds = payment["refunds"].as_array().expect("refunds");
        let told: Vec<_> = refunds.iter().map(|refund| (&refund["status"], &refund["attempt"])).collect();
        assert_eq!(told, [(&json!("FAILED"), &json!(1)), (&json!("PENDING"), &json!(2))], "after {status}");
        assert_eq!(payment["status"], "SUCCEEDED");
    }
    app.until("2026-02-03T10:00:00Z").await;
    assert_eq!(payments(&app, &boards).await[0]["status"], "REFUNDED", "an hour later it is tried again");
}
