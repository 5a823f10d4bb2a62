//! Checks and wires: 30 days to pay, what the operator books, and what comes of it when nothing arrives.

use super::payment_methods::{card, check_or_wire, decides, pays_with, profile_with};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Db, Subscription, instant};
use entity::sandbox_charge;
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

/// Ten seats of Boards for 125.00 a month, active since 31 January at 9:00, on a profile that pays by wire.
async fn wired(app: &App) -> Subscription {
    let wire = check_or_wire(&app.ada()).await;
    decides(&app.operator(), &wire, true).await.done();
    profile_with(&app.ada(), "Wire", &wire).await.done();
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Wire").await
}

/// The first invoice of a subscription.
async fn first(app: &App, of: &Subscription) -> Json {
    app.ada().invoices(of).await.remove(0)
}

fn id_of(invoice: &Json) -> &str {
    invoice["id"].as_str().expect("an id")
}

/// The operator books this as received.
async fn books(app: &App, invoice: &str, amount: &str) -> Answer {
    let input = json!({ "invoiceId": invoice, "amount": amount, "reference": format!("wire of {amount}") });
    app.operator().does("RecordPayment", input).await
}

/// What is due on the invoice, its status, and each payment as "status amount reference".
async fn booked(app: &App, invoice: &str) -> (String, String, Vec<String>) {
    let document = "query($id: ID!) { invoice(id: $id) {
        status amountDue { amount } payments { status amount { amount } reference } } }";
    let answer = app.ada().asks(document, json!({ "id": invoice })).await.done();
    let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
    let payments = answer.at("/invoice/payments").as_array().expect("payments").iter().map(|paid| {
        format!("{} {} {}", text(&paid["status"]), text(&paid["amount"]["amount"]), text(&paid["reference"]))
    });
    let payments = payments.collect();
    (text(answer.at("/invoice/amountDue/amount")), text(answer.at("/invoice/status")), payments)
}

fn is(due: &str, status: &str, payments: &[&str]) -> (String, String, Vec<String>) {
    (due.to_owned(), status.to_owned(), payments.iter().map(|&payment| payment.to_owned()).collect())
}

/// Issued on 31 January at 9:00, the first invoice is due 30 × 24 hours later, on 2 March at 9:00; grace ends
/// 30 days after that, on 1 April at 9:00. The period from 28 February is invoiced meanwhile, the one from
/// 31 March is not: of its 30 days two were used at the lapse. 10 × 12.50 × 2 ÷ 30 = 8.333…, so 8.33.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_wire_has_thirty_days_then_grace_then_it_lapses(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let standing = async || {
        let page = app.ada().sees(&boards).await;
        [
            page["status"].clone(),
            page["paymentStanding"].clone(),
            first(&app, &boards).await["status"].clone(),
        ]
    };
    let invoice = first(&app, &boards).await;
    assert_eq!(instant(invoice["issuedAt"].as_str().unwrap()), instant("2026-01-31T09:00:00Z"));
    assert_eq!(instant(invoice["dueAt"].as_str().unwrap()), instant("2026-03-02T09:00:00Z"));
    app.until("2026-03-02T08:59:59Z").await;
    assert_eq!(standing().await, ["ACTIVE", "CURRENT", "DUE"]);
    app.until("2026-03-02T09:00:00Z").await;
    assert_eq!(standing().await, ["ACTIVE", "PAST_DUE", "OVERDUE"]);
    assert_eq!(first(&app, &boards).await["payments"], json!([]), "nothing was attempted");
    let page = app.ada().sees(&boards).await;
    assert_eq!(instant(page["graceEndsAt"].as_str().unwrap()), instant("2026-04-01T09:00:00Z"));
    app.until("2026-04-01T08:59:59Z").await;
    assert_eq!(standing().await, ["ACTIVE", "PAST_DUE", "OVERDUE"]);
    app.until("2026-04-01T09:00:00Z").await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["status"], &page["disabledReason"]), (&json!("DISABLED"), &json!("PAYMENT_LAPSED")));
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00", "8.33"]);
    let history = ["PURCHASED", "ACTIVATED", "RENEWED", "PAYMENT_PAST_DUE", "DISABLED"];
    assert_eq!(app.ada().history(&boards).await, history);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn parts_are_booked_until_nothing_is_due(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let invoice = first(&app, &boards).await;
    let id = id_of(&invoice);
    app.until("2026-02-02T10:00:00Z").await;
    let answer = books(&app, id, "50.00").await.done();
    assert_eq!(answer.text("/recordPayment/invoice/amountDue/amount"), "75.00");
    assert_eq!(answer.at("/recordPayment/invoice/paidAt"), &json!(null));
    let one = "SUCCEEDED 50.00 wire of 50.00";
    assert_eq!(booked(&app, id).await, is("75.00", "DUE", &[one]));
    let too_much = books(&app, id, "75.01").await;
    assert_eq!(too_much.refused(), "AMOUNT_EXCEEDS_DUE");
    assert_eq!(too_much.refused_path(), ["input", "amount"]);
    assert_eq!(booked(&app, id).await, is("75.00", "DUE", &[one]));
    app.until("2026-02-03T10:00:00Z").await;
    books(&app, id, "0.5").await.done();
    let two = "SUCCEEDED 0.50 wire of 0.5";
    assert_eq!(booked(&app, id).await, is("74.50", "DUE", &[one, two]));
    app.until("2026-02-04T10:00:00Z").await;
    let answer = books(&app, id, "74.50").await.done();
    assert_eq!(instant(answer.text("/recordPayment/invoice/paidAt")), instant("2026-02-04T10:00:00Z"));
    let all = is("0.00", "PAID", &[one, two, "SUCCEEDED 74.50 wire of 74.50"]);
    assert_eq!(booked(&app, id).await, all);
    assert_eq!(books(&app, id, "0.01").await.refused(), "INVOICE_NOT_PAYABLE");
    assert_eq!(booked(&app, id).await, all);
    // Paid in time, it is never overdue.
    app.until("2026-03-02T09:00:00Z").await;
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED"]);
}

/// Past due since 2 March, and with the second invoice, of 28 February at 0:00, since 30 March.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_recovers_and_is_caught_up_when_all_has_arrived(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    app.until("2026-03-31T12:00:00Z").await;
    let invoices = app.ada().invoices(&boards).await;
    let statuses: Vec<_> = invoices.iter().map(|invoice| &invoice["status"]).collect();
    assert_eq!(statuses, ["OVERDUE", "OVERDUE"]);
    books(&app, id_of(&invoices[0]), "125.00").await.done();
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["paymentStanding"], "PAST_DUE");
    let ends = page["graceEndsAt"].as_str().unwrap();
    assert_eq!(instant(ends), instant("2026-04-29"), "30 days after 30 March, the oldest that is unpaid now");
    books(&app, id_of(&invoices[1]), "124.99").await.done();
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE");
    books(&app, id_of(&invoices[1]), "0.01").await.done();
    app.works().await;
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["paymentStanding"], &page["graceEndsAt"]), (&json!("CURRENT"), &json!(null)));
    assert_eq!(page["currentPeriod"], json!({ "number": 2, "start": "2026-03-31", "end": "2026-04-30" }));
    let history = ["PURCHASED", "ACTIVATED", "RENEWED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED", "RENEWED"];
    assert_eq!(app.ada().history(&boards).await, history);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_amount_or_reference_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let invoice = first(&app, &boards).await;
    for amount in ["12.505", "-1", "0", "0.00", "1e3", "", " 1", "1,000.00", "12.50 USD"] {
        let answer = books(&app, id_of(&invoice), amount).await;
        assert_eq!(answer.outcome(), "INVALID_INPUT", "{amount}");
        assert_eq!(answer.refused_path(), ["input", "amount"], "{amount}");
    }
    for reference in ["", "  ", "wire\n42"] {
        let input = json!({ "invoiceId": invoice["id"], "amount": "1.00", "reference": reference });
        let answer = app.operator().does("RecordPayment", input).await;
        assert_eq!(answer.outcome(), "INVALID_INPUT", "{reference}");
        assert_eq!(answer.refused_path(), ["input", "reference"]);
    }
    assert_eq!(books(&app, "nonsense", "1.00").await.refused(), "NOT_FOUND");
    assert_eq!(booked(&app, id_of(&invoice)).await, is("125.00", "DUE", &[]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_books(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let invoice = first(&app, &boards).await;
    let input = json!({ "invoiceId": invoice["id"], "amount": "1.00", "reference": "wire 42" });
    let customers = [app.ada(), app.carl(), app.ivan(), app.lena(), app.rui(), app.finn()];
    for client in customers.into_iter().chain([app.northwind(), app.tailspin()]) {
        let answer = client.does("RecordPayment", input.clone()).await;
        assert_eq!(answer.failed(), "FORBIDDEN", "{}", client.who);
    }
    assert_eq!(booked(&app, id_of(&invoice)).await, is("125.00", "DUE", &[]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sent_again_it_is_booked_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let invoice = first(&app, &boards).await;
    let (one, other) = (app.operator(), app.operator());
    let input = |amount: &str, key: &str| {
        let id = id_of(&invoice);
        json!({ "invoiceId": id, "amount": amount, "reference": "wire 42", "idempotencyKey": key })
    };
    let (first, second) = tokio::join!(
        one.does("RecordPayment", input("50.00", "bank-42")),
        other.does("RecordPayment", input("50.00", "bank-42"))
    );
    first.done();
    second.done();
    let parts = ["SUCCEEDED 50.00 wire 42", "SUCCEEDED 75.00 wire 42"];
    assert_eq!(booked(&app, id_of(&invoice)).await, is("75.00", "DUE", &parts[..1]));
    let reused = one.does("RecordPayment", input("75.00", "bank-42")).await;
    assert_eq!(reused.refused(), "IDEMPOTENCY_KEY_REUSED");
    // A refusal keeps no key.
    let refused = one.does("RecordPayment", input("75.01", "bank-43")).await;
    assert_eq!(refused.refused(), "AMOUNT_EXCEEDS_DUE");
    app.at("2026-01-31T10:00:00Z");
    one.does("RecordPayment", input("75.00", "bank-43")).await.done();
    // The key is kept for ever, and the answer is the invoice as it is now.
    app.until("2026-02-10T10:00:00Z").await;
    let late = app.operator().does("RecordPayment", input("50.00", "bank-42")).await.done();
    assert_eq!(late.text("/recordPayment/invoice/status"), "PAID");
    assert_eq!(booked(&app, id_of(&invoice)).await, is("0.00", "PAID", &parts));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_lapsed_one_is_booked_and_revives_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    app.until("2026-04-01T09:00:00Z").await;
    let before = app.ada().sees(&boards).await;
    assert_eq!(before["disabledReason"], "PAYMENT_LAPSED");
    for (invoice, due) in app.ada().invoices(&boards).await.iter().zip(["125.00", "125.00", "8.33"]) {
        let answer = books(&app, id_of(invoice), due).await.done();
        assert_eq!(answer.text("/recordPayment/invoice/status"), "PAID");
        assert_eq!(books(&app, id_of(invoice), "0.01").await.refused(), "INVOICE_NOT_PAYABLE");
    }
    app.until("2026-06-01").await;
    let after = app.ada().sees(&boards).await;
    for field in ["status", "disabledReason", "disabledAt", "paymentStanding", "currentPeriod", "events"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(app.ada().invoices(&boards).await.len(), 3);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn while_a_charge_is_awaited_nothing_is_booked(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Timeout", "USD", "card_timeout").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    let invoice = first(&app, &boards).await;
    assert_eq!(books(&app, id_of(&invoice), "1.00").await.refused(), "PAYMENT_PENDING");
    app.until("2026-01-31T10:00:00Z").await;
    assert_eq!(booked(&app, id_of(&invoice)).await, is("0.00", "PAID", &["SUCCEEDED 125.00 -"]));
}

/// The charge of 31 January is declined. 25.00 arrive by wire; the retry of 3 February charges the rest.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn after_a_part_payment_the_rest_is_charged(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Once", "USD", "card_declined_once").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Once").await;
    let invoice = first(&app, &boards).await;
    app.until("2026-02-01T12:00:00Z").await;
    books(&app, id_of(&invoice), "25.00").await.done();
    let parts = ["DECLINED 125.00 -", "SUCCEEDED 25.00 wire of 25.00", "SUCCEEDED 100.00 -"];
    assert_eq!(booked(&app, id_of(&invoice)).await, is("100.00", "OVERDUE", &parts[..2]));
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "PAST_DUE", "as long as anything is due");
    app.until("2026-02-03T09:00:00Z").await;
    assert_eq!(booked(&app, id_of(&invoice)).await, is("0.00", "PAID", &parts));
    assert_eq!(app.ada().sees(&boards).await["paymentStanding"], "CURRENT");
    let charges = sandbox_charge::Entity::find().all(app.market.db().read()).await.unwrap();
    let mut amounts: Vec<_> = charges.iter().map(|charge| charge.amount).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [10_000, 12_500], "what the gateway was asked for");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_pays_a_wire_invoice_when_it_is_named(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    let invoice = first(&app, &boards).await;
    assert_eq!(app.ada().pays(id_of(&invoice)).await.refused(), "PAYMENT_METHOD_NOT_USABLE");
    let card = card(&app.ada(), "card_ok").await;
    let pay = json!({ "invoiceId": invoice["id"], "paymentMethodId": card });
    app.ada().does("PayInvoice", pay).await.done();
    assert_eq!(booked(&app, id_of(&invoice)).await, is("0.00", "PAID", &["SUCCEEDED 125.00 -"]));
}

/// The first invoice stays due on 2 March; that of 28 February is issued to the card, and due at once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_card_waits_for_what_is_not_due_yet(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = wired(&app).await;
    app.until("2026-02-01T12:00:00Z").await;
    let card = card(&app.ada(), "card_ok").await;
    pays_with(&app.ada(), &app.ada().profile("Wire").await, &card).await.done();
    app.works().await;
    app.until("2026-03-02T08:59:59Z").await;
    let [issued, renewal]: [Json; 2] = app.ada().invoices(&boards).await.try_into().expect("two invoices");
    assert_eq!(booked(&app, id_of(&issued)).await, is("125.00", "DUE", &[]));
    assert_eq!(booked(&app, id_of(&renewal)).await, is("0.00", "PAID", &["SUCCEEDED 125.00 -"]));
    app.until("2026-03-02T09:00:00Z").await;
    assert_eq!(booked(&app, id_of(&issued)).await, is("0.00", "PAID", &["SUCCEEDED 125.00 -"]));
    assert_eq!(app.ada().history(&boards).await, ["PURCHASED", "ACTIVATED", "RENEWED"]);
}
