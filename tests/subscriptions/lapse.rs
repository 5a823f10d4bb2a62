//! Payments that fail: past due, grace, recovery, lapse.

use crate::harness::{App, BOARDS_MONTHLY, Db, Setup, Subscription, instant};
use chrono::TimeDelta;
use domain::job::Job;
use rstest::rstest;
use serde_json::json;

async fn declined(app: &App) -> Subscription {
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_charge_begins_grace_and_its_end_disables(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["paymentStanding"]), (&json!("ACTIVE"), &json!("PAST_DUE")));
    assert_eq!(instant(page["graceEndsAt"].as_str().unwrap()), instant("2026-03-02T09:00:00Z"));
    let invoice = &app.ada().invoices(&boards).await[0];
    assert_eq!(invoice["status"], "OVERDUE");
    assert_eq!(invoice["payments"][0]["failureCode"], "card_declined");
    app.until("2026-03-02T08:59:59Z").await;
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["status"], "ACTIVE");
    assert_eq!(page["currentPeriod"]["number"], 0, "not renewed until it is paid");
    let attempts = app.ada().invoices(&boards).await[0]["payments"].as_array().unwrap().len();
    assert_eq!(attempts, 6, "when due, then 3, 5, 7, 14 and 21 days after");
    app.until("2026-03-02T09:00:00Z").await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["disabledReason"]), (&json!("DISABLED"), &json!("PAYMENT_LAPSED")));
    assert_eq!(page["graceEndsAt"], json!(null));
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "PAYMENT_PAST_DUE", "DISABLED"]);
}

/// Period 0 ended on 28 February; it was used until 2 March, 9:00: 28 February, 1 and 2 March, 3 of the 31 days of period 1,
/// 28 February to 31 March. 10 × 12.50 × 3 ÷ 31 = 12.096…, so 12.10.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn days_used_after_the_last_period_are_charged_at_the_lapse(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    app.until("2026-04-30").await;
    let invoices = app.ada().invoices(&boards).await;
    let [_, last] = invoices.as_slice() else { panic!("two invoices: {invoices:#?}") };
    assert_eq!(last["lines"][0]["kind"], "USED_DAYS");
    assert_eq!(last["lines"][0]["period"], json!({ "start": "2026-02-28", "end": "2026-03-03" }));
    assert_eq!(last["total"]["amount"], "12.10");
    assert_eq!(last["payments"], json!([]), "after a lapse nothing is charged automatically");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn paying_within_grace_recovers_and_catches_up(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    app.until("2026-03-01T12:00:00Z").await;
    assert_eq!(app.ada().changes_quantity(&boards, 11).await.refused(), "PAYMENT_PAST_DUE");
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let invoice_id = invoice["id"].as_str().unwrap();
    assert_eq!(app.ada().pays(invoice_id).await.refused(), "PAYMENT_DECLINED");
    let card =
        app.ada().does("AddPaymentMethod", json!({ "kind": "CARD", "gatewayToken": "card_ok" })).await.done();
    let pay = json!({ "invoiceId": invoice_id, "paymentMethodId": card.text("/addPaymentMethod/paymentMethod/id") });
    let paid = app.ada().does("PayInvoice", pay).await.done();
    assert_eq!(paid.text("/payInvoice/invoice/status"), "PAID");
    app.works().await;
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["currentPeriod"], json!({ "number": 1, "start": "2026-02-28", "end": "2026-03-31" }));
    let history = app.ada().history(&boards).await;
    let expected = ["PURCHASED", "ACTIVATED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED", "RENEWED"];
    assert_eq!(history[..5], expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn paying_for_a_lapsed_one_books_the_money_and_revives_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    app.until("2026-04-01").await;
    let before = app.ada().sees(&boards).await;
    let card =
        app.ada().does("AddPaymentMethod", json!({ "kind": "CARD", "gatewayToken": "card_ok" })).await.done();
    let method = card.text("/addPaymentMethod/paymentMethod/id").to_owned();
    for invoice in app.ada().invoices(&boards).await {
        let pay = json!({ "invoiceId": invoice["id"], "paymentMethodId": method });
        app.ada().does("PayInvoice", pay.clone()).await.done();
        assert_eq!(app.ada().does("PayInvoice", pay).await.refused(), "INVOICE_NOT_PAYABLE");
    }
    app.until("2026-05-01").await;
    let after = app.ada().sees(&boards).await;
    assert_eq!(after["status"], "DISABLED");
    assert_eq!(after["events"], before["events"]);
    assert_eq!(after["paymentStanding"], before["paymentStanding"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_grace_a_decline_disables_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let mut setup = Setup::on(db);
    setup.settings.grace = TimeDelta::zero();
    let app = setup.start().await;
    let boards = declined(&app).await;
    assert_eq!(app.ada().sees(&boards).await["disabledReason"], "PAYMENT_LAPSED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_declined_once_recovers_by_the_schedule(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Once", "USD", "card_declined_once").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Once").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    app.until("2026-02-03T08:59:59Z").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    app.until("2026-02-03T09:00:00Z").await;
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
    let invoice = &app.ada().invoices(&boards).await[0];
    let statuses: Vec<_> =
        invoice["payments"].as_array().unwrap().iter().map(|p| p["status"].clone()).collect();
    assert_eq!(statuses, [json!("DECLINED"), json!("SUCCEEDED")]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_asked_about_and_never_charged_twice(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    app.ada().new_profile("Timeout", "USD", "card_timeout").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["payments"][0]["status"], "UNKNOWN");
    assert_eq!(invoice["status"], "DUE");
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
    assert_eq!(app.ada().pays(invoice["id"].as_str().unwrap()).await.refused(), "PAYMENT_PENDING");
    app.until("2026-01-31T10:00:00Z").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["status"], "PAID");
    assert_eq!(invoice["payments"].as_array().unwrap().len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_lapses_who_was_never_charged(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-28T00:01:00Z");
    app.runs(Job::RenewSubscriptions).await;
    // The worker that charges is down for two months.
    app.at("2026-04-28T00:01:00Z");
    for job in [Job::DisableLapsedApps, Job::ExpireSubscriptions] {
        assert_eq!(app.runs(job).await.changed, 0);
    }
    app.works().await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["paymentStanding"]), (&json!("ACTIVE"), &json!("CURRENT")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_who_pay_at_once_pay_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let id = invoice["id"].as_str().unwrap();
    let (ada, ivan) = (app.ada(), app.ivan());
    let (one, other, _) = tokio::join!(ada.pays(id), ivan.pays(id), app.runs(Job::CollectPayments));
    for answer in [one, other] {
        assert!(
            ["OK", "PAYMENT_PENDING", "INVOICE_NOT_PAYABLE"].contains(&answer.outcome().as_str()),
            "{answer:?}"
        );
    }
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["status"], "PAID");
    assert_eq!(invoice["payments"].as_array().unwrap().len(), 1, "{invoice:#}");
    assert_eq!(app.rui().pays(id).await.failed(), "FORBIDDEN");
}
