//! What went wrong in other billing engines: two who do one thing at once, and what ends twice.

use super::scene::cents;
use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription};
use domain::job::Job;
use entity::sandbox_refund;
use futures::future::join_all;
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

/// How the attempts to pay an invoice went, in their order.
pub(super) fn attempts(invoice: &Json) -> Vec<&str> {
    let payments = invoice["payments"].as_array().expect("payments");
    payments.iter().map(|payment| payment["status"].as_str().expect("a status")).collect()
}

/// polarsource/polar#11065: two schedulers enqueued one renewal, and it was billed twice.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_schedulers_renew_and_charge_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let replica = app.replica().await;
    // Both have the same tick, and then ticks of their own.
    for (tick, other_tick) in
        [("2026-02-28T00:01:00Z", "2026-02-28T00:01:00Z"), ("2026-03-31T00:01:00Z", "2026-03-31T00:01:01Z")]
    {
        app.at(tick);
        replica.at(other_tick);
        let (one, other) =
            tokio::join!(app.runs(Job::RenewSubscriptions), replica.runs(Job::RenewSubscriptions));
        assert_eq!((one.changed + other.changed, one.failed + other.failed), (1, 0));
        tokio::join!(app.runs(Job::CollectPayments), replica.runs(Job::CollectPayments));
    }
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED", "RENEWED"]);
    assert_eq!(app.ada().totals(&boards).await, ["125.00"; 3]);
    for invoice in app.ada().invoices(&boards).await {
        assert_eq!(attempts(&invoice), ["SUCCEEDED"]);
    }
}

/// The first days of the periods that a subscription was charged for.
async fn starts(app: &App, of: &Subscription) -> Vec<String> {
    let invoices = app.ada().invoices(of).await;
    let lines = invoices.iter().flat_map(|invoice| invoice["lines"].as_array().expect("lines"));
    lines
        .filter(|line| line["kind"] == "PERIOD" && line["subscription"]["id"] == of.id)
        .map(|line| line["period"]["start"].as_str().expect("a date").to_owned())
        .collect()
}

/// getlago/lago-api#958: what was terminated between enqueueing and running its renewal had two invoices.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_beside_its_renewal_is_charged_once_and_never_after_its_end(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..5 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    app.until("2026-02-27T23:59:59Z").await;
    let early = bought.pop().expect("five of them");
    app.ada().cancels(&early).await.done();
    app.at("2026-02-28T00:00:30Z");
    let ada = app.ada();
    let cancels = join_all(bought.iter().map(|boards| ada.cancels(boards)));
    let (answers, ()) = tokio::join!(cancels, app.works());
    for answer in answers {
        answer.done();
    }
    app.until("2026-05-01").await;
    assert_eq!(starts(&app, &early).await, ["2026-01-31"], "its end came before the renewal");
    for boards in &bought {
        // The renewal was due before the end, whoever did it; so soon after it is credited in full, and once.
        assert_eq!(starts(&app, boards).await, ["2026-01-31", "2026-02-28"]);
        assert_eq!(app.ada().history(boards).await, ["PURCHASED", "ACTIVATED", "RENEWED", "DISABLED"]);
        let invoices = app.ada().invoices(boards).await;
        let renewal = invoices.last().expect("two invoices");
        let credits = renewal["creditNotes"].as_array().expect("credit notes");
        let credited: i64 = credits.iter().map(|note| cents(&note["total"])).sum();
        assert_eq!((credited, cents(&renewal["amountDue"])), (cents(&renewal["total"]), 0), "{renewal:#}");
        assert!(attempts(renewal).iter().all(|status| *status == "REFUNDED"), "{renewal:#}");
    }
}

/// getlago/lago-api#4945: two credit notes at once credited the same amounts twice.
///
/// Five more licences on 1 February, with 27 of 28 days left: 5 × 12.50 × 27 ÷ 28 = 60.267…, so 60.27.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_who_credit_at_once_credit_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-01T10:00:00Z");
    app.ada().changes_quantity(&boards, 15).await.done();
    app.runs(Job::CollectPayments).await;
    let in_full = || json!({ "subscriptionId": boards.id, "creditInFull": true });
    let (ada, carl, operator) = (app.ada(), app.carl(), app.operator());
    let (one, two, three, four) = tokio::join!(
        ada.cancels(&boards),
        operator.does("Cancel", in_full()),
        carl.cancels(&boards),
        operator.does("Cancel", in_full()),
    );
    for answer in [one, two, three, four] {
        answer.done();
    }
    app.runs(Job::RefundPayments).await;
    let invoices = app.ada().invoices(&boards).await;
    let mut numbers = Vec::new();
    for (invoice, amount) in invoices.iter().zip(["125.00", "60.27"]) {
        let notes = invoice["creditNotes"].as_array().expect("credit notes");
        let [note] = notes.as_slice() else { panic!("one credit note: {invoice:#}") };
        assert_eq!((&note["total"]["amount"], &invoice["total"]["amount"]), (&json!(amount), &json!(amount)));
        assert_eq!(attempts(invoice), ["REFUNDED"]);
        numbers.push(note["number"].as_str().expect("a number"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, ["CN-0000001", "CN-0000002"]);
    let refunds = sandbox_refund::Entity::find().all(app.market.db().read()).await.unwrap();
    let mut given: Vec<_> = refunds.iter().map(|refund| refund.amount).collect();
    given.sort_unstable();
    assert_eq!(given, [6_027_i64, 12_500]);
}

/// killbill/killbill#619: cancelling what was cancelled did it again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_twice_ends_and_credits_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-02T09:00:00Z");
    let first = app.ada().cancels(&boards).await.done();
    let credited = first.at("/cancelSubscription/creditNotes");
    assert_eq!(credited[0]["total"]["amount"], "125.00");
    app.runs(Job::RefundPayments).await;
    let before = (app.ada().sees(&boards).await, app.ada().invoices(&boards).await);
    assert_eq!(attempts(&before.1[0]), ["REFUNDED"]);
    // Still within the 72 hours in which a cancellation is credited.
    app.at("2026-02-03T08:59:59Z");
    let in_full = json!({ "subscriptionId": boards.id, "creditInFull": true });
    for answer in [app.ada().cancels(&boards).await, app.operator().does("Cancel", in_full).await] {
        assert_eq!(answer.done().at("/cancelSubscription/creditNotes"), credited);
    }
    app.runs(Job::RefundPayments).await;
    assert_eq!((app.ada().sees(&boards).await, app.ada().invoices(&boards).await), before);
}
