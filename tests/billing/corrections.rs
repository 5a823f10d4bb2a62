//! Corrections by the operator, and what reviewers of the billing asked for.

use super::{
    payment_methods::{card, profile_with},
    scene::{cents, followed},
};
use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Client, Db, VAULT};
use domain::job::Job;
use rstest::rstest;
use serde_json::{Value as Json, json};

const CREDIT: &str = "mutation($input: CreditInvoiceInput!) { creditInvoice(input: $input) {
    invoice { status amountDue { amount } creditNotes { total { amount } lines { description } } }
    userErrors { code message path } } }";

async fn credits(client: &Client<'_>, invoice: &Json, lines: Json) -> crate::harness::Answer {
    let input = json!({ "invoiceId": invoice["id"], "lines": lines });
    client.asks(CREDIT, json!({ "input": input })).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_takes_lines_back_once_and_what_was_paid_is_refunded(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-20").await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    for who in [app.ada(), app.rui(), app.northwind(), app.tailspin()] {
        assert_eq!(credits(&who, &invoice, json!(null)).await.failed(), "FORBIDDEN", "{}", who.who);
    }
    let operator = app.operator();
    let wrong = credits(&operator, &invoice, json!([1])).await;
    assert_eq!(
        (wrong.refused().as_str(), wrong.refused_path()),
        ("INVALID_INPUT", vec!["input".into(), "lines".into(), "0".into()])
    );
    assert_eq!(credits(&operator, &invoice, json!([0, 0])).await.refused(), "INVALID_INPUT");
    let credited = credits(&operator, &invoice, json!([0])).await.done();
    assert_eq!(credited.at("/creditInvoice/invoice/creditNotes/0/total/amount"), "125.00");
    assert_eq!(credits(&operator, &invoice, json!(null)).await.refused(), "INVALID_INPUT");
    app.until("2026-02-20T01:00:00Z").await;
    let after = followed(&app.ada(), &invoice).await;
    assert_eq!((&after["status"], &after["payments"][0]["status"]), (&json!("PAID"), &json!("REFUNDED")));
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE", "nothing else changes");
}

/// A lapsed subscription's debt is written off, and its profile buys again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_debt_is_written_off_and_the_profile_is_free_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await;
    app.until("2026-04-01").await;
    let before = app.ada().sees(&boards).await;
    assert_eq!((&before["status"], &before["paymentStanding"]), (&json!("DISABLED"), &json!("CURRENT")));
    let refused = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Declined", json!({})).await;
    assert_eq!(refused.refused(), "BILLING_PROFILE_NOT_USABLE");
    for invoice in app.ada().invoices(&boards).await {
        let credited = credits(&app.operator(), &invoice, json!(null)).await.done();
        assert_eq!(credited.at("/creditInvoice/invoice/status"), "VOID");
    }
    app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Declined", json!({})).await.done();
    let after = app.ada().sees(&boards).await;
    assert_eq!((&after["status"], &after["events"]), (&before["status"], &before["events"]));
}

/// Carl may buy for Contoso, but holds no role on the profile that pays with Ada's card.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_charged_only_for_who_may_pay_with_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let adas = card(&app.ada(), "card_ok").await;
    profile_with(&app.ada(), "Board of directors", &adas).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let pay = json!({ "invoiceId": invoice["id"], "paymentMethodId": adas });
    for who in [app.carl(), app.ivan()] {
        assert_eq!(who.does("PayInvoice", pay.clone()).await.failed(), "FORBIDDEN", "{}", who.who);
    }
    let main = app.carl().profile("Contoso Main").await;
    let update = json!({ "billingProfileId": main, "paymentMethodId": adas });
    assert_eq!(app.carl().does("UpdateBillingProfile", update).await.failed(), "FORBIDDEN");
    assert_eq!(app.ada().invoices(&boards).await[0]["payments"], json!([]));
    let own = card(&app.carl(), "card_ok").await;
    let pay = json!({ "invoiceId": invoice["id"], "paymentMethodId": own });
    app.carl().does("PayInvoice", pay).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn more_licences_need_a_profile_that_can_pay(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_YEARLY).await;
    let main = app.ada().profile("Contoso Main").await;
    let none = json!({ "billingProfileId": main, "paymentMethodId": null });
    app.ada().does("UpdateBillingProfile", none).await.done();
    let preview = json!({ "subscriptionId": boards.id, "quantity": 11 });
    assert_eq!(app.rui().sends("PreviewLicenseChange", preview).await.refused(), "PAYMENT_METHOD_NOT_USABLE");
    assert_eq!(app.ada().changes_quantity(&boards, 11).await.refused(), "PAYMENT_METHOD_NOT_USABLE");
    app.ada().changes_quantity(&boards, 9).await.done();
}

/// Five more on 10 February, for 18 of the 28 days: anybody can work 40.18 out from what the line says.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_of_how_many_days_its_price_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.active(VAULT).await;
    app.until("2026-02-10").await;
    app.ada().changes_quantity(&boards, 15).await.done();
    let line = app.ada().invoices(&boards).await[1]["lines"][0].clone();
    assert_eq!(line["description"], "Northwind Boards, Monthly, more licences, 18 of 28 days");
    assert_eq!(cents(&line["amount"]), 4018);
    assert_eq!(app.runs(Job::RefundPayments).await.changed, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_shows_whom_it_billed_then(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let main = app.ada().profile("Contoso Main").await;
    let renamed =
        json!({ "billingProfileId": main, "name": "Contoso Holding", "purchaseOrderNumber": "PO-7" });
    app.ada().does("UpdateBillingProfile", renamed).await.done();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let document = "query($id: ID!) { invoice(id: $id) {
        billingProfile { name } billTo { name purchaseOrderNumber address { country } contact { email } }
        seller { name address taxId paymentInstructions } } }";
    let shown = app.ada().asks(document, json!({ "id": invoice["id"] })).await.done();
    assert_eq!(shown.at("/invoice/billingProfile/name"), "Contoso Holding");
    let bill_to = shown.at("/invoice/billTo");
    assert_eq!((&bill_to["name"], &bill_to["purchaseOrderNumber"]), (&json!("Contoso Main"), &json!(null)));
    assert_eq!(bill_to["address"]["country"], "US");
    assert_eq!(shown.at("/invoice/seller/name"), "Tenure Marketplace");
}
