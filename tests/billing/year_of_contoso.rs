//! A year of Contoso, played with the sandbox's clock: every invoice against what was worked out by hand.

use super::scene::cents;
use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, Offer, Subscription, VAULT, instant};
use chrono::SecondsFormat;
use rstest::rstest;
use serde_json::{Value as Json, json};

/// An invoice as it has to be in the end: paid in full.
struct Expected {
    issued: &'static str,
    total: &'static str,
    lines: &'static [&'static str],
    payments: &'static [&'static str],
}

/// The invoices, in the order of their numbers.
const YEAR: [Expected; 16] = [
    Expected {
        issued: "2026-01-31T09:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-01-31 to 2026-02-28 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-01-31T09:00:00Z"],
    },
    Expected {
        issued: "2026-01-31T09:00:00Z",
        total: "900.00",
        lines: &["PERIOD Northwind Vault, Yearly: 1 x 900.00, 2026-01-31 to 2027-01-31 = 900.00"],
        payments: &["SUCCEEDED 900.00 at 2026-01-31T09:00:00Z"],
    },
    Expected {
        issued: "2026-02-28T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-02-28 to 2026-03-31 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-02-28T00:00:00Z"],
    },
    Expected {
        issued: "2026-03-10T10:00:00Z",
        total: "2400.00",
        lines: &["PERIOD Northwind Boards, Yearly: 20 x 120.00, 2026-03-10 to 2027-03-10 = 2400.00"],
        payments: &["SUCCEEDED 2400.00 at 2026-03-10T10:00:00Z"],
    },
    Expected {
        issued: "2026-03-31T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-03-31 to 2026-04-30 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-03-31T00:00:00Z"],
    },
    Expected {
        issued: "2026-04-30T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-04-30 to 2026-05-31 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-04-30T00:00:00Z"],
    },
    Expected {
        issued: "2026-05-31T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-05-31 to 2026-06-30 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-05-31T00:00:00Z"],
    },
    Expected {
        issued: "2026-06-30T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-06-30 to 2026-07-31 = 125.00"],
        payments: &[
            "DECLINED 125.00 at 2026-06-30T00:00:00Z",
            "DECLINED 125.00 at 2026-07-03T00:00:00Z",
            "SUCCEEDED 125.00 at 2026-07-04T12:00:00Z",
        ],
    },
    Expected {
        issued: "2026-07-31T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-07-31 to 2026-08-31 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-07-31T00:00:00Z"],
    },
    Expected {
        issued: "2026-08-31T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-08-31 to 2026-09-30 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-08-31T00:00:00Z"],
    },
    Expected {
        issued: "2026-09-01T14:00:00Z",
        total: "187.40",
        lines: &["PRORATION Northwind Boards, Yearly, more licences, 190 of 365 days: 3 x 120.00, \
             2026-09-01 to 2027-03-10 = 187.40"],
        payments: &["SUCCEEDED 187.40 at 2026-09-01T14:00:00Z"],
    },
    Expected {
        issued: "2026-09-30T00:00:00Z",
        total: "125.00",
        lines: &["PERIOD Northwind Boards, Monthly: 10 x 12.50, 2026-09-30 to 2026-10-31 = 125.00"],
        payments: &["SUCCEEDED 125.00 at 2026-09-30T00:00:00Z"],
    },
    Expected {
        issued: "2026-10-31T00:00:00Z",
        total: "100.00",
        lines: &["PERIOD Northwind Boards, Monthly: 8 x 12.50, 2026-10-31 to 2026-11-30 = 100.00"],
        payments: &["SUCCEEDED 100.00 at 2026-10-31T00:00:00Z"],
    },
    Expected {
        issued: "2026-11-30T00:00:00Z",
        total: "100.00",
        lines: &["PERIOD Northwind Boards, Monthly: 8 x 12.50, 2026-11-30 to 2026-12-31 = 100.00"],
        payments: &["SUCCEEDED 100.00 at 2026-11-30T00:00:00Z"],
    },
    Expected {
        issued: "2026-12-31T00:00:00Z",
        total: "100.00",
        lines: &["PERIOD Northwind Boards, Monthly: 8 x 12.50, 2026-12-31 to 2027-01-31 = 100.00"],
        payments: &["SUCCEEDED 100.00 at 2026-12-31T00:00:00Z"],
    },
    Expected {
        issued: "2027-01-31T00:00:00Z",
        total: "1000.00",
        lines: &[
            "PERIOD Northwind Boards, Monthly: 8 x 12.50, 2027-01-31 to 2027-02-28 = 100.00",
            "PERIOD Northwind Vault, Yearly: 1 x 900.00, 2027-01-31 to 2028-01-31 = 900.00",
        ],
        payments: &["SUCCEEDED 1000.00 at 2027-01-31T00:00:00Z"],
    },
];

async fn plays_until(app: &App, to: &str) {
    let played = app.operator().does("AdvanceClock", json!({ "to": to })).await.done();
    let runs = played.at("/advanceClock/jobRuns").as_array().expect("runs");
    assert!(runs.iter().all(|run| run["failed"] == 0), "{runs:#?}");
}

async fn buys_and_activates(app: &App, offer: Offer, quantity: Option<i64>) -> Subscription {
    let answer = app.ada().buys_with(offer, quantity, "Contoso Main", json!({})).await;
    let bought = answer.done().subscription("purchaseSubscription");
    app.activated(&app.ada(), &bought).await;
    bought
}

/// The payment method with which the profile pays.
async fn method_of(app: &App, profile: &str) -> Json {
    let answer = app.ada().sends("BillingProfiles", json!({})).await.done();
    let profiles = answer.at("/viewer/organization/billingProfiles/nodes").as_array().expect("profiles");
    let found = profiles.iter().find(|found| found["id"] == profile);
    found.expect("the profile")["paymentMethod"]["id"].clone()
}

async fn pays_with(app: &App, profile: &str, method: &Json) {
    let change = json!({ "billingProfileId": profile, "paymentMethodId": method });
    app.ada().does("UpdateBillingProfile", change).await.done();
}

async fn standing(app: &App, of: &Subscription) -> (Json, Json) {
    let page = app.ada().sees(of).await;
    (page["status"].clone(), page["paymentStanding"].clone())
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}"))
}

/// An instant as the table has it.
fn at(json: &Json) -> String {
    instant(text(json)).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn lines(invoice: &Json) -> Vec<String> {
    let line = |line: &Json| {
        format!(
            "{} {}: {} x {}, {} to {} = {}",
            text(&line["kind"]),
            text(&line["description"]),
            line["quantity"],
            text(&line["unitPrice"]["amount"]),
            text(&line["period"]["start"]),
            text(&line["period"]["end"]),
            text(&line["amount"]["amount"]),
        )
    };
    let mut lines: Vec<_> = invoice["lines"].as_array().expect("lines").iter().map(line).collect();
    // Those of an invoice that renewals share have no order among them.
    lines.sort();
    lines
}

fn payments(invoice: &Json) -> Vec<String> {
    let payment = |payment: &Json| {
        let (status, amount) = (text(&payment["status"]), text(&payment["amount"]["amount"]));
        format!("{status} {amount} at {}", at(&payment["attemptedAt"]))
    };
    invoice["payments"].as_array().expect("payments").iter().map(payment).collect()
}

/// Insists that an invoice is what the table says, and paid in full with its last payment.
#[track_caller]
fn check(invoice: &Json, number: usize, expected: &Expected) {
    assert_eq!(text(&invoice["number"]), format!("INV-{number:07}"), "no gap");
    assert_eq!(at(&invoice["issuedAt"]), expected.issued, "{number}");
    assert_eq!(at(&invoice["dueAt"]), expected.issued, "{number}: by card at once");
    assert_eq!(lines(invoice), expected.lines, "{number}");
    assert_eq!(text(&invoice["subtotal"]["amount"]), expected.total, "{number}");
    assert_eq!(text(&invoice["tax"]["amount"]), "0.00", "{number}");
    assert_eq!(text(&invoice["total"]["amount"]), expected.total, "{number}");
    let amounts = invoice["lines"].as_array().expect("lines").iter().map(|line| cents(&line["amount"]));
    assert_eq!(amounts.sum::<i64>(), cents(&invoice["total"]), "{number}");
    assert_eq!(payments(invoice), expected.payments, "{number}");
    let paid = (text(&invoice["status"]), text(&invoice["amountDue"]["amount"]));
    assert_eq!(paid, ("PAID", "0.00"), "{number}");
    let last = expected.payments.last().expect("a payment");
    assert!(last.ends_with(&format!(" at {}", at(&invoice["paidAt"]))), "{number}: {last}");
    assert_eq!(invoice["creditNotes"], json!([]), "{number}");
}

/// Three subscriptions on one profile, without tax: Boards monthly at 12.50 with ten seats and Vault yearly
/// at 900.00, both activated on 31 January 2026; Boards yearly at 120.00 with twenty seats, activated on
/// 10 March.
///
/// From 20 June on the profile pays with a card that is declined: on 30 June, when the invoice is due, and on
/// 3 July. On 4 July at noon the good card is back, and is tried at once. On 1 September the yearly seats are
/// raised to 23; on 5 October the monthly ones are lowered to 8, from the next renewal on.
///
/// | no. | issued | charges | days | worked out | total |
/// |---|---|---|---|---|---|
/// | 1 | 2026-01-31 9:00 | Boards monthly | 31 Jan – 28 Feb | 10 × 12.50 | 125.00 |
/// | 2 | 2026-01-31 9:00 | Vault | 31 Jan 2026 – 31 Jan 2027 | 1 × 900.00 | 900.00 |
/// | 3 | 2026-02-28 | Boards monthly | 28 Feb – 31 Mar | 10 × 12.50 | 125.00 |
/// | 4 | 2026-03-10 10:00 | Boards yearly | 10 Mar 2026 – 10 Mar 2027 | 20 × 120.00 | 2400.00 |
/// | 5 | 2026-03-31 | Boards monthly | 31 Mar – 30 Apr | 10 × 12.50 | 125.00 |
/// | 6 | 2026-04-30 | Boards monthly | 30 Apr – 31 May | 10 × 12.50 | 125.00 |
/// | 7 | 2026-05-31 | Boards monthly | 31 May – 30 Jun | 10 × 12.50 | 125.00 |
/// | 8 | 2026-06-30 | Boards monthly | 30 Jun – 31 Jul | 10 × 12.50 | 125.00 |
/// | 9 | 2026-07-31 | Boards monthly | 31 Jul – 31 Aug | 10 × 12.50 | 125.00 |
/// | 10 | 2026-08-31 | Boards monthly | 31 Aug – 30 Sep | 10 × 12.50 | 125.00 |
/// | 11 | 2026-09-01 14:00 | Boards yearly | 1 Sep – 10 Mar | 3 × 120.00 × 190 ÷ 365 = 187.397… | 187.40 |
/// | 12 | 2026-09-30 | Boards monthly | 30 Sep – 31 Oct | 10 × 12.50 | 125.00 |
/// | 13 | 2026-10-31 | Boards monthly | 31 Oct – 30 Nov | 8 × 12.50 | 100.00 |
/// | 14 | 2026-11-30 | Boards monthly | 30 Nov – 31 Dec | 8 × 12.50 | 100.00 |
/// | 15 | 2026-12-31 | Boards monthly | 31 Dec – 31 Jan | 8 × 12.50 | 100.00 |
/// | 16 | 2027-01-31 | Boards monthly | 31 Jan – 28 Feb | 8 × 12.50 = 100.00 | |
/// | | | and Vault, the same day | 31 Jan 2027 – 31 Jan 2028 | 1 × 900.00 = 900.00 | 1000.00 |
///
/// The 190 days are 30 in September, 31 in October, 30 in November, 31 in December, 31 in January, 28 in
/// February and 9 in March; the year from 10 March 2026 on has 365. All together:
/// 9 × 125.00 + 3 × 100.00 + 900.00 + 2400.00 + 187.40 + 1000.00 = 5912.40.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_invoice_of_a_year_is_right_to_the_cent(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let monthly = buys_and_activates(&app, BOARDS_MONTHLY, Some(10)).await;
    let vault = buys_and_activates(&app, VAULT, None).await;
    plays_until(&app, "2026-03-10T10:00:00Z").await;
    let yearly = buys_and_activates(&app, BOARDS_YEARLY, Some(20)).await;
    plays_until(&app, "2026-06-20T08:00:00Z").await;

    let profile = app.ada().profile("Contoso Main").await;
    let good = method_of(&app, &profile).await;
    let declined = json!({ "kind": "CARD", "gatewayToken": "card_declined" });
    let declined = app.ada().does("AddPaymentMethod", declined).await.done();
    pays_with(&app, &profile, declined.at("/addPaymentMethod/paymentMethod/id")).await;
    plays_until(&app, "2026-07-01T00:00:00Z").await;
    assert_eq!(standing(&app, &monthly).await, (json!("ACTIVE"), json!("PAST_DUE")));
    for other in [&vault, &yearly] {
        assert_eq!(standing(&app, other).await, (json!("ACTIVE"), json!("CURRENT")), "not on that invoice");
    }
    // Thirty days of grace, from the moment at which the invoice was due.
    let page = app.ada().sees(&monthly).await;
    assert_eq!(at(&page["graceEndsAt"]), "2026-07-30T00:00:00Z");
    assert_eq!(app.ada().changes_quantity(&monthly, 11).await.refused(), "PAYMENT_PAST_DUE");

    plays_until(&app, "2026-07-04T12:00:00Z").await;
    pays_with(&app, &profile, &good).await;
    plays_until(&app, "2026-09-01T14:00:00Z").await;
    assert_eq!(standing(&app, &monthly).await, (json!("ACTIVE"), json!("CURRENT")));
    let raised = app.ada().changes_quantity(&yearly, 23).await.done();
    assert_eq!(raised.text("/changeLicenseQuantity/invoice/total/amount"), "187.40");
    plays_until(&app, "2026-10-05T09:00:00Z").await;
    let lowered = app.ada().changes_quantity(&monthly, 8).await.done();
    assert_eq!(lowered.at("/changeLicenseQuantity/invoice"), &json!(null));
    plays_until(&app, "2027-02-01T00:00:00Z").await;

    let filter = json!({ "filter": { "billingProfileId": profile }, "first": 100 });
    let answer = app.ada().sends("Invoices", filter).await.done();
    let mut invoices = answer.at("/invoices/nodes").as_array().expect("invoices").clone();
    invoices.reverse();
    assert_eq!(invoices.len(), YEAR.len(), "{invoices:#?}");
    for ((number, invoice), expected) in (1..).zip(&invoices).zip(&YEAR) {
        check(invoice, number, expected);
    }
    assert_eq!(invoices.iter().map(|invoice| cents(&invoice["total"])).sum::<i64>(), 591_240);
    let page = app.ada().sees(&monthly).await;
    assert_eq!(page["currentPeriod"], json!({ "number": 12, "start": "2027-01-31", "end": "2027-02-28" }));
    crate::invariants::insist(app.market.db()).await;
}
