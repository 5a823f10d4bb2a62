//! Giving money back: by the gateway, tried again when it fails and asked about when it does not answer, or
//! by hand.

use super::scene::{followed, received, refusal, wire_profile};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Setup, instant};
use chrono::{DateTime, Utc};
use domain::{
    Gateway,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected},
    job::Job,
};
use entity::{event, id::RefundId, sandbox_refund, state::EventType};
use futures::{FutureExt, future::BoxFuture};
use rstest::rstest;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};

const LIST: &str = "query($filter: RefundFilter) { refunds(first: 100, filter: $filter) { nodes {
    id status attempt byHand failureCode reference settledAt amount { amount currency } invoice { id } } } }";

const RECORD: &str = "mutation($input: RecordRefundInput!) { recordRefund(input: $input) {
    refund { id status byHand reference } userErrors { code message path } } }";

/// The refunds that the operator lists, the oldest first.
async fn listed(app: &App, filter: Json) -> Vec<Json> {
    let answer = app.operator().asks(LIST, json!({ "filter": filter })).await.done();
    answer.at("/refunds/nodes").as_array().expect("refunds").iter().rev().cloned().collect()
}

async fn records(client: &Client<'_>, refund: &Json, reference: &str) -> Answer {
    let input = json!({ "refundId": refund["id"], "reference": reference });
    client.asks(RECORD, json!({ "input": input })).await
}

/// One thing of each: `["FAILED", "PENDING"]`.
fn each<'a>(refunds: &'a [Json], what: &str) -> Vec<&'a Json> {
    refunds.iter().map(|refund| &refund[what]).collect()
}

async fn given_back_by_sandbox(app: &App) -> u64 {
    sandbox_refund::Entity::find().count(app.market.db().read()).await.unwrap()
}

/// How many events told of a refund that failed, and of one that succeeded.
async fn told(app: &App) -> (usize, usize) {
    let events = event::Entity::find().all(app.market.db().read()).await.unwrap();
    let of = |kind: EventType| events.iter().filter(|event| event.r#type == kind).count();
    (of(EventType::RefundFailed), of(EventType::PaymentRefunded))
}

/// The invoice of a subscription that was paid with this card, 125.00, and cancelled at ten. The worker comes
/// a minute later.
async fn canceled_at_ten(app: &App, card: &str) -> Json {
    app.ada().new_profile("Card", "USD", card).await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Card").await;
    app.at("2026-01-31T10:00:00Z");
    app.ada().cancels(&boards).await.done();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["status"], "PAID");
    app.at("2026-01-31T10:01:00Z");
    invoice
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_is_seen_and_tried_again_an_hour_later(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let invoice = canceled_at_ten(&app, "card_refund_declined_once").await;
    app.until("2026-01-31T11:00:59Z").await;
    let payment = followed(&app.ada(), &invoice).await["payments"][0].clone();
    assert_eq!(payment["status"], "SUCCEEDED", "the money is still here");
    let attempt = |number: i64, status: &str, failure: Json| {
        json!({
            "status": status, "attempt": number, "byHand": false, "failureCode": failure,
            "amount": { "amount": "125.00" },
        })
    };
    let failed = attempt(1, "FAILED", json!("refund_declined"));
    assert_eq!(payment["refunds"], json!([failed, attempt(2, "PENDING", json!(null))]));
    let of_operator = listed(&app, json!({ "statuses": ["FAILED"] })).await;
    assert_eq!(each(&of_operator, "failureCode"), ["refund_declined"]);
    assert_eq!(of_operator[0]["invoice"]["id"], invoice["id"]);
    assert_eq!(told(&app).await, (1, 0));
    app.until("2026-01-31T11:01:00Z").await;
    let payment = followed(&app.ada(), &invoice).await["payments"][0].clone();
    assert_eq!(payment["status"], "REFUNDED");
    assert_eq!(payment["refunds"], json!([failed, attempt(2, "SUCCEEDED", json!(null))]));
    assert_eq!(told(&app).await, (1, 1));
}

/// The waits are 1, 2, 4 and 8 hours.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn after_five_failures_it_is_given_back_by_hand(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let invoice = canceled_at_ten(&app, "card_ok").await;
    // The gateway gives nothing back of what it does not have.
    app.as_owner("update sandbox_charge set amount = 0").await;
    app.until("2026-02-15").await;
    let refunds = listed(&app, json!({})).await;
    assert_eq!(each(&refunds, "attempt"), [1_i64, 2, 3, 4, 5, 6]);
    assert_eq!(each(&refunds, "status"), ["FAILED", "FAILED", "FAILED", "FAILED", "FAILED", "PENDING"]);
    assert_eq!(each(&refunds, "byHand"), [false, false, false, false, false, true]);
    let times: Vec<_> =
        refunds[..5].iter().map(|refund| instant(refund["settledAt"].as_str().unwrap())).collect();
    let expected = ["01-31T10", "01-31T11", "01-31T13", "01-31T17", "02-01T01"];
    assert_eq!(times, expected.map(|hour| instant(&format!("2026-{hour}:01:00Z"))));
    records(&app.operator(), &refunds[5], "wire 4712").await.done();
    assert_eq!(followed(&app.ada(), &invoice).await["payments"][0]["status"], "REFUNDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_came_by_check_or_wire_is_given_back_by_the_operator(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    wire_profile(&app, "Wire").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Wire").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    received(&app, &invoice, "125.00").await.done();
    app.ada().cancels(&boards).await.done();
    app.until("2026-02-15").await;
    let waiting = listed(&app, json!({ "byHand": true, "statuses": ["PENDING"] })).await;
    let [refund] = waiting.as_slice() else { panic!("one refund: {waiting:#?}") };
    assert_eq!(refund["amount"], json!({ "amount": "125.00", "currency": "USD" }));
    assert!(listed(&app, json!({ "byHand": false })).await.is_empty());
    // Only the operator knows what left the bank.
    assert_eq!(records(&app.ada(), refund, "mine").await.failed(), "FORBIDDEN");
    let asked = app.ada().asks(LIST, json!({})).await;
    assert_eq!(asked.failed(), "FORBIDDEN");
    let empty = records(&app.operator(), refund, " ").await;
    assert_eq!(refusal(&empty), "INVALID_INPUT input.reference");
    let nothing = records(&app.operator(), &json!({ "id": "nonsense" }), "wire 4712").await;
    assert_eq!(refusal(&nothing), "NOT_FOUND input.refundId");
    assert_eq!(followed(&app.ada(), &invoice).await["payments"][0]["status"], "SUCCEEDED");

    let recorded = records(&app.operator(), refund, "wire 4712").await.done();
    let expected =
        json!({ "id": refund["id"], "status": "SUCCEEDED", "byHand": true, "reference": "wire 4712" });
    assert_eq!(recorded.at("/recordRefund/refund"), &expected);
    // The same once more changes nothing; another wire would be another refund.
    let again = records(&app.operator(), refund, "wire 4712").await.done();
    assert_eq!(again.at("/recordRefund/refund"), &expected);
    let other = records(&app.operator(), refund, "wire 9999").await;
    assert_eq!(refusal(&other), "INVALID_INPUT input.refundId");
    assert_eq!(listed(&app, json!({})).await[0]["reference"], "wire 4712");
    assert_eq!(told(&app).await, (0, 1));
    assert!(listed(&app, json!({ "byHand": true, "statuses": ["PENDING"] })).await.is_empty());
    let payment = &followed(&app.ada(), &invoice).await["payments"][0];
    assert_eq!(payment["status"], "REFUNDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_gives_back_is_not_recorded(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    canceled_at_ten(&app, "card_ok").await;
    let pending = listed(&app, json!({ "byHand": false })).await.remove(0);
    let before = records(&app.operator(), &pending, "wire 4712").await;
    assert_eq!(refusal(&before), "INVALID_INPUT input.refundId");
    app.runs(Job::RefundPayments).await;
    assert_eq!(records(&app.operator(), &pending, "wire 4712").await.refused(), "INVALID_INPUT");
    let refunds = listed(&app, json!({})).await;
    assert_eq!(each(&refunds, "status"), ["SUCCEEDED"]);
    assert_eq!(refunds[0]["reference"], json!(null));
    assert_eq!(given_back_by_sandbox(&app).await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_goes_back_once_however_often_and_wherever_the_job_runs(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..5 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    app.until("2026-01-31T10:00:00Z").await;
    for boards in &bought {
        app.ada().cancels(boards).await.done();
    }
    let replica = app.replica().await;
    // Another tick, or the two would be one run.
    replica.at("2026-01-31T10:00:01Z");
    let (one, other) = tokio::join!(app.runs(Job::RefundPayments), replica.runs(Job::RefundPayments));
    assert_eq!((one.failed, other.failed), (0, 0), "{one:?} {other:?}");
    assert_eq!(given_back_by_sandbox(&app).await, 5);
    // Where both called the gateway at once, one of them may have to ask again.
    app.until("2026-01-31T11:00:00Z").await;
    for boards in &bought {
        let invoice = app.ada().invoices(boards).await.remove(0);
        let payment = &followed(&app.ada(), &invoice).await["payments"][0];
        assert_eq!(payment["status"], "REFUNDED");
        assert_eq!(payment["refunds"].as_array().unwrap().len(), 1);
    }
    app.at("2026-01-31T12:00:00Z");
    assert!(!app.runs(Job::RefundPayments).await.had_work());
    assert_eq!((given_back_by_sandbox(&app).await, told(&app).await), (5, (0, 5)));
}

/// A gateway that takes every card and gives money back, but whose answer to that never arrives.
#[derive(Default)]
struct Mute {
    given_back: Mutex<Vec<RefundId>>,
}

impl Gateway for Mute {
    fn name(&self) -> &'static str {
        "mute"
    }

    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<Option<Card>>> {
        async { Ok(None) }.boxed()
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome> {
        async move { Outcome::Succeeded { reference: charge.id.0.to_string() } }.boxed()
    }

    fn lookup<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Outcome> {
        self.given_back.lock().unwrap().push(refund.id);
        async { Outcome::Unknown }.boxed()
    }

    fn lookup_refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        let arrived = self.given_back.lock().unwrap().contains(&refund.id);
        let outcome = arrived.then(|| Outcome::Succeeded { reference: "found".into() });
        async move { outcome }.boxed()
    }

    fn notice(
        &self,
        _: &dyn Fn(&str) -> Option<String>,
        _: &[u8],
        _: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        Ok(Notice::Other)
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_whose_answer_got_lost_is_asked_about_and_never_made_again(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let mute = Arc::new(Mute::default());
    let mut setup = Setup::on(db);
    setup.gateway = Some(mute.clone());
    let app = setup.start().await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-01-31T10:00:00Z");
    app.ada().cancels(&boards).await.done();
    app.until("2026-01-31T10:09:59Z").await;
    assert_eq!(each(&listed(&app, json!({})).await, "status"), ["UNKNOWN"]);
    app.until("2026-01-31T10:10:00Z").await;
    assert_eq!(each(&listed(&app, json!({})).await, "status"), ["SUCCEEDED"]);
    assert_eq!(mute.given_back.lock().unwrap().len(), 1);
}
