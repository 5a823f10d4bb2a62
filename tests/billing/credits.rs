//! What a cancellation takes back: the charge of the period and its seat increases, until 72 hours after that
//! charge.

use super::scene::{contoso_card, credited, followed, received, sharing_an_overdue_invoice, wire_profile};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use domain::job::Job;
use rstest::rstest;
use serde_json::json;

/// The charge is issued on 31 January at 9:00. Three days of 24 hours later is 3 February, 9:00.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_credited_for_72_hours_to_the_second(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (in_time, late) = (app.active(BOARDS_MONTHLY).await, app.active(BOARDS_MONTHLY).await);
    app.at("2026-02-03T08:59:59Z");
    assert_eq!(credited(&app.ada().cancels(&in_time).await.done()), ["125.00"]);
    app.at("2026-02-03T09:00:00Z");
    assert!(credited(&app.ada().cancels(&late).await.done()).is_empty());
    assert_eq!(app.ada().sees(&late).await["status"], "DISABLED");
    let invoice = &app.ada().invoices(&late).await[0];
    assert_eq!((&invoice["status"], &invoice["creditNotes"]), (&json!("PAID"), &json!([])));
}

/// Five more on 2 February, with 26 of the 28 days left: 5 × 12.50 × 26 ÷ 28 = 58.035…, so 58.04. The 72
/// hours are those of the period's charge: when they end, the increase is thirteen hours old.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn seat_increases_are_credited_with_their_period_and_no_longer(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (in_time, late) = (app.active(BOARDS_MONTHLY).await, app.active(BOARDS_MONTHLY).await);
    app.at("2026-02-02T20:00:00Z");
    for boards in [&in_time, &late] {
        app.ada().changes_quantity(boards, 15).await.done();
    }
    app.at("2026-02-03T08:59:59Z");
    assert_eq!(credited(&app.ada().cancels(&in_time).await.done()), ["125.00", "58.04"]);
    let invoices = app.ada().invoices(&in_time).await;
    let statuses: Vec<_> = invoices.iter().map(|invoice| &invoice["status"]).collect();
    assert_eq!(statuses, ["PAID", "VOID"], "the increase was not paid yet");
    app.at("2026-02-03T09:00:00Z");
    assert!(credited(&app.ada().cancels(&late).await.done()).is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_unpaid_becomes_void_and_is_never_collected(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    assert_eq!(credited(&app.ada().cancels(&boards).await.done()), ["125.00"]);
    app.until("2026-03-31").await;
    let invoices = app.ada().invoices(&boards).await;
    let [invoice] = invoices.as_slice() else { panic!("one invoice: {invoices:#?}") };
    assert_eq!((&invoice["status"], &invoice["paidAt"]), (&json!("VOID"), &json!(null)));
    assert_eq!(invoice["amountDue"]["amount"], "0.00");
    assert_eq!(invoice["payments"], json!([]), "so nothing can be given back either");
    assert_eq!(app.ada().pays(invoice["id"].as_str().unwrap()).await.refused(), "INVOICE_NOT_PAYABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_is_owed_and_then_given_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-01-31T10:00:00Z");
    app.ada().cancels(&boards).await.done();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let with = |payment: &str, refund: &str| {
        json!({
            "status": "PAID", "amountDue": { "amount": "0.00" },
            "creditNotes": [{ "total": { "amount": "125.00" } }],
            "payments": [{ "status": payment, "refunds": [{
                "status": refund, "attempt": 1, "byHand": false, "failureCode": null,
                "amount": { "amount": "125.00" },
            }] }],
        })
    };
    assert_eq!(followed(&app.ada(), &invoice).await, with("SUCCEEDED", "PENDING"));
    assert_eq!(app.runs(Job::RefundPayments).await.changed, 1);
    assert_eq!(followed(&app.ada(), &invoice).await, with("REFUNDED", "SUCCEEDED"));
}

/// 50.00 of 125.00 were received: 75.00 of the credit come off what is unpaid, the other 50.00 go back the
/// way they came.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_credit_goes_against_what_is_unpaid_first(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    wire_profile(&app, "Wire").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Wire").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    received(&app, &invoice, "50.00").await.done();
    assert_eq!(credited(&app.ada().cancels(&boards).await.done()), ["125.00"]);
    // Long after its due time: nobody can give it back but the operator.
    app.until("2026-03-31").await;
    let after = followed(&app.ada(), &invoice).await;
    assert_eq!((&after["status"], &after["amountDue"]["amount"]), (&json!("PAID"), &json!("0.00")));
    let back = json!([{
        "status": "PENDING", "attempt": 1, "byHand": true, "failureCode": null,
        "amount": { "amount": "50.00" },
    }]);
    assert_eq!(after["payments"], json!([{ "status": "SUCCEEDED", "refunds": back }]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_a_shared_invoice_only_the_line_of_what_was_cancelled_is_credited(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (ten, four, shared) = sharing_an_overdue_invoice(&app).await;
    assert_eq!(credited(&app.ada().cancels(&ten).await.done()), ["125.00"]);
    let after = followed(&app.ada(), &shared).await;
    assert_eq!((&after["status"], &after["amountDue"]["amount"]), (&json!("OVERDUE"), &json!("50.00")));
    assert_eq!(app.ada().sees(&four).await["paymentStanding"], "PAST_DUE", "its part is not paid");
    let other_card = contoso_card(&app, "card_ok").await;
    let pay = json!({ "invoiceId": shared["id"], "paymentMethodId": other_card });
    app.ada().does("PayInvoice", pay).await.done();
    let history = ["PURCHASED", "ACTIVATED", "RENEWED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED"];
    assert_eq!(app.ada().history(&four).await, history);
    // What was credited before is not owed to anybody: of the other one's cancellation its own part goes
    // back.
    assert_eq!(credited(&app.ada().cancels(&four).await.done()), ["50.00"]);
    app.until("2026-02-28T13:00:00Z").await;
    let payments = &followed(&app.ada(), &shared).await["payments"];
    assert_eq!((&payments[0]["status"], &payments[0]["refunds"]), (&json!("DECLINED"), &json!([])));
    assert_eq!(payments[1]["status"], "REFUNDED");
    assert_eq!(payments[1]["refunds"][0]["amount"]["amount"], "50.00");
}

/// 50.00 of 175.00 came by wire. The credit of 125.00 settles the rest.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_credit_that_settles_a_shared_invoice_recovers_who_shares_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (ten, four, shared) = sharing_an_overdue_invoice(&app).await;
    received(&app, &shared, "50.00").await.done();
    assert_eq!(app.ada().sees(&four).await["paymentStanding"], "PAST_DUE");
    app.ada().cancels(&ten).await.done();
    let after = followed(&app.ada(), &shared).await;
    assert_eq!(after["status"], "PAID");
    assert_eq!(after["payments"][1]["refunds"], json!([]));
    let page = app.ada().sees(&four).await;
    assert_eq!((&page["paymentStanding"], &page["graceEndsAt"]), (&json!("CURRENT"), &json!(null)));
    assert_eq!(app.ada().history(&four).await.last().unwrap(), "PAYMENT_RECOVERED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_its_charge_was_credited_goes_back_whole(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    app.ada().new_profile("Timeout", "USD", "card_timeout").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    app.at("2026-01-31T09:05:00Z");
    assert_eq!(credited(&app.ada().cancels(&boards).await.done()), ["125.00"]);
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let before = followed(&app.ada(), &invoice).await;
    assert_eq!(before["status"], "VOID");
    assert_eq!(before["payments"], json!([{ "status": "UNKNOWN", "refunds": [] }]));
    // The gateway is asked at 9:10, and the charge turns out to have succeeded.
    app.until("2026-01-31T10:00:00Z").await;
    let after = followed(&app.ada(), &invoice).await;
    assert_eq!(after["status"], "VOID");
    assert_eq!(after["payments"][0]["status"], "REFUNDED");
    let refunds = after["payments"][0]["refunds"].as_array().unwrap();
    let [refund] = refunds.as_slice() else { panic!("one refund: {refunds:#?}") };
    assert_eq!((&refund["status"], &refund["amount"]["amount"]), (&json!("SUCCEEDED"), &json!("125.00")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_renewal_begins_72_hours_of_its_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (in_time, late) = (app.active(BOARDS_MONTHLY).await, app.active(BOARDS_MONTHLY).await);
    app.until("2026-02-28").await;
    app.at("2026-03-02T23:59:59Z");
    assert_eq!(credited(&app.ada().cancels(&in_time).await.done()), ["125.00"]);
    let invoices = app.ada().invoices(&in_time).await;
    assert_eq!(invoices[0]["creditNotes"], json!([]), "the first period was used");
    assert_eq!(invoices[1]["creditNotes"][0]["total"]["amount"], "125.00");
    app.at("2026-03-03T00:00:00Z");
    assert!(credited(&app.ada().cancels(&late).await.done()).is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_72_hours_count_from_the_issue_and_not_from_the_period(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (in_time, late) = (app.active(BOARDS_MONTHLY).await, app.active(BOARDS_MONTHLY).await);
    // The period begins at midnight, but the worker is down until ten.
    app.at("2026-02-28T10:00:00Z");
    assert_eq!(app.runs(Job::RenewSubscriptions).await.changed, 2);
    app.at("2026-03-03T09:59:59Z");
    assert_eq!(credited(&app.ada().cancels(&in_time).await.done()), ["125.00"]);
    app.at("2026-03-03T10:00:00Z");
    assert!(credited(&app.ada().cancels(&late).await.done()).is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_a_cancellation_meets_is_applied_and_credited(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-28T00:00:30Z");
    assert_eq!(credited(&app.ada().cancels(&boards).await.done()), ["125.00"]);
    let invoices = app.ada().invoices(&boards).await;
    let statuses: Vec<_> = invoices.iter().map(|invoice| &invoice["status"]).collect();
    assert_eq!(statuses, ["PAID", "VOID"]);
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED", "DISABLED"]);
    assert_eq!(app.runs(Job::RenewSubscriptions).await.changed, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn before_the_activation_there_is_nothing_to_credit(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    assert!(credited(&app.ada().cancels(&boards).await.done()).is_empty());
    assert!(app.ada().invoices(&boards).await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_again_answers_the_same_and_credits_nothing_more(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let notes = "/cancelSubscription/creditNotes";
    let first = app.ada().cancels(&boards).await.done();
    app.at("2026-02-20");
    let in_full = json!({ "subscriptionId": boards.id, "creditInFull": true });
    for again in [app.ada().cancels(&boards).await, app.operator().does("Cancel", in_full).await] {
        assert_eq!(again.done().at(notes), first.at(notes));
    }
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let after = followed(&app.ada(), &invoice).await;
    assert_eq!(after["creditNotes"].as_array().unwrap().len(), 1);
    assert_eq!(after["payments"][0]["refunds"].as_array().unwrap().len(), 1);
}

/// Five more on 10 February: 40.18, as the fixed figures have it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_credits_in_full_however_late_and_nobody_else(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-10T15:30:00Z").await;
    app.ada().changes_quantity(&boards, 15).await.done();
    app.until("2026-02-20T12:00:00Z").await;
    let in_full = json!({ "subscriptionId": boards.id, "creditInFull": true });
    assert_eq!(app.ada().does("Cancel", in_full.clone()).await.failed(), "FORBIDDEN");
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
    let canceled = app.operator().does("Cancel", in_full).await.done();
    assert_eq!(credited(&canceled), ["125.00", "40.18"]);
    app.until("2026-02-20T13:00:00Z").await;
    for invoice in app.ada().invoices(&boards).await {
        let after = followed(&app.ada(), &invoice).await;
        assert_eq!((&after["status"], &after["payments"][0]["status"]), (&json!("PAID"), &json!("REFUNDED")));
    }
}

/// The customer cancelled too late for a credit; the operator gives it all the same.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_without_a_credit_can_be_credited_by_the_operator_afterwards(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-20").await;
    assert!(credited(&app.ada().cancels(&boards).await.done()).is_empty());
    let before = app.operator().sees(&boards).await;
    let in_full = json!({ "subscriptionId": boards.id, "creditInFull": true });
    assert_eq!(app.ada().does("Cancel", in_full.clone()).await.failed(), "FORBIDDEN");
    for _ in 0..2 {
        let credited = credited(&app.operator().does("Cancel", in_full.clone()).await.done());
        assert_eq!(credited, ["125.00"], "once, however often it is asked for");
    }
    let after = app.operator().sees(&boards).await;
    assert_eq!((&after["disabledAt"], &after["events"]), (&before["disabledAt"], &before["events"]));
}
