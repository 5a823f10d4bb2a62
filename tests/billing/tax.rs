//! Tax, and exact sums: lines make the subtotal, subtotal and tax the total, in the currency's minor unit.

use super::profiles::profile_row;
use crate::harness::{
    App, BEGINNING, BOARDS_EUROS, BOARDS_MONTHLY, Client, Db, Offer, SECRET, Setup, Subscription, instant,
};
use domain::{
    Ids, Marketplace,
    gateway::SandboxGateway,
    job::{Job, run_tick},
};
use entity::{
    id::PlanId,
    plan, plan_country,
    state::{BillingInterval, PricingModel},
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// 8.875 %, in thousandths of a percent, on what is billed in the United States.
const RATE: i64 = 8_875;

const YEN: Offer = Offer { app: "Northwind Boards", plan: "Monthly, in yen" };
const DINARS: Offer = Offer { app: "Northwind Boards", plan: "Monthly, in dinars" };

/// A Tenure that taxes what is billed in the United States.
async fn taxing(db: Db) -> App {
    let mut setup = Setup::on(db);
    setup.settings.tax_rates.insert("US".into(), RATE);
    setup.start().await
}

/// Subtotal, tax and total, and the rate that the document names.
async fn sums(client: &Client<'_>, invoice: &Json) -> [String; 4] {
    let document = "query($id: ID!) { invoice(id: $id) {
        subtotal { amount } tax { amount } total { amount } taxRate } }";
    let answer = client.asks(document, json!({ "id": invoice["id"] })).await.done();
    ["subtotal/amount", "tax/amount", "total/amount", "taxRate"]
        .map(|field| answer.text(&format!("/invoice/{field}")).to_owned())
}

/// The sums of the invoices of one of Contoso's subscriptions, the oldest first.
async fn all_sums(app: &App, of: &Subscription) -> Vec<[String; 4]> {
    let mut found = Vec::new();
    for invoice in app.ada().invoices(of).await {
        found.push(sums(&app.ada(), &invoice).await);
    }
    found
}

/// Northwind sells Boards in one more currency, per licence and month.
async fn sells(app: &App, offer: Offer, currency: &str, unit_price: i64) {
    let (db, now) = (app.market.db().writer().unwrap(), instant(BEGINNING));
    let select = entity::app::Entity::find().filter(entity::app::Column::Name.eq(offer.app));
    let boards = select.one(db).await.unwrap().expect("the app");
    let id: PlanId = Ids::from_entropy().next(now);
    let row = plan::Model {
        id,
        app_id: boards.id,
        name: offer.plan.into(),
        pricing_model: PricingModel::PerLicense,
        billing_interval: BillingInterval::Month,
        currency: currency.into(),
        unit_price,
        min_licenses: Some(1),
        max_licenses: Some(1000),
        retired_at: None,
        created_at: now,
    };
    plan::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
    let sold = plan_country::Model { plan_id: id, country: "US".into() };
    plan_country::Entity::insert(sold.into_active_model()).exec_without_returning(db).await.unwrap();
}

/// An amount in minor units.
fn minor(money: &Json) -> i64 {
    money["amount"].as_str().expect("an amount").replace('.', "").parse().expect("digits")
}

/// A quotient of two whole numbers, rounded half up.
fn half_up(dividend: i64, divisor: i64) -> i64 {
    (2 * dividend + divisor) / (2 * divisor)
}

/// Ten seats at 12.50: 125.00, and 125.00 × 8.875 % = 11.09375, so 11.09. Five more on 10 February, with
/// 18 of 28 days left: 5 × 12.50 × 18 ÷ 28 = 40.178…, so 40.18, and 40.18 × 8.875 % = 3.565975, so 3.57.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tax_is_shown_as_tax_and_never_among_the_lines(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-10T15:30:00Z").await;
    let raised = app.ada().changes_quantity(&boards, 15).await.done();
    assert_eq!(raised.text("/changeLicenseQuantity/invoice/tax/amount"), "3.57");
    assert_eq!(raised.text("/changeLicenseQuantity/invoice/amountDue/amount"), "43.75");
    let expected = [["125.00", "11.09", "136.09", "8.875"], ["40.18", "3.57", "43.75", "8.875"]];
    assert_eq!(all_sums(&app, &boards).await, expected);
    app.until("2026-02-10T16:00:00Z").await;
    let invoices = app.ada().invoices(&boards).await;
    for (invoice, (kind, amount, paid)) in
        invoices.iter().zip([("PERIOD", "125.00", "136.09"), ("PRORATION", "40.18", "43.75")])
    {
        let [line] = invoice["lines"].as_array().unwrap().as_slice() else { panic!("{invoice:#}") };
        assert_eq!((&line["kind"], &line["amount"]["amount"]), (&json!(kind), &json!(amount)));
        assert_eq!(invoice["status"], "PAID");
        assert_eq!(invoice["payments"][0]["amount"]["amount"], paid, "what is charged is the total");
    }
}

/// One seat: 12.50 × 8.875 % = 1.109375, so 1.11. Eight: 100.00 × 8.875 % = 8.875, exactly between two cents,
/// so 8.88. Nine: 112.50 × 8.875 % = 9.984375, so 9.98. Twelve: 150.00 × 8.875 % = 13.3125, so 13.31.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tax_is_rounded_half_up(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    for (quantity, expected) in [
        (1, ["12.50", "1.11", "13.61", "8.875"]),
        (8, ["100.00", "8.88", "108.88", "8.875"]),
        (9, ["112.50", "9.98", "122.48", "8.875"]),
        (12, ["150.00", "13.31", "163.31", "8.875"]),
    ] {
        let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(quantity), "Contoso Main").await;
        assert_eq!(all_sums(&app, &boards).await, [expected], "{quantity}");
    }
}

/// Two seats at 11.00 EUR: 22.00. Billed in the United States: 22.00 × 8.875 % = 1.9525, so 1.95.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_country_of_the_billing_address_decides(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    let viewer = app.finn().sends("Viewer", json!({})).await.done();
    let version = json!({ "version": viewer.at("/customerAgreement/currentVersion") });
    app.finn().does("AcceptCustomerAgreement", version).await.done();
    let german = app.active_for(&app.finn(), BOARDS_EUROS, Some(2), "Fabrikam Main").await;
    let invoice = app.finn().invoices(&german).await.remove(0);
    assert_eq!(sums(&app.finn(), &invoice).await, ["22.00", "0.00", "22.00", "0"]);
    // It is the country that counts, not the currency.
    app.ada().new_profile("Euros", "EUR", "card_ok").await;
    let american = app.active_for(&app.ada(), BOARDS_EUROS, Some(2), "Euros").await;
    assert_eq!(all_sums(&app, &american).await, [["22.00", "1.95", "23.95", "8.875"]]);
    // And the one of the profile when an invoice is issued: the next one goes to Germany.
    let moved = json!({
        "billingProfileId": app.ada().profile("Euros").await,
        "billingAddress": { "line1": "1 Hauptstraße", "city": "Berlin", "country": "DE" },
    });
    app.ada().does("UpdateBillingProfile", moved).await.done();
    assert_eq!(profile_row(&app, "Euros").await.country, "DE");
    app.until("2026-02-28T01:00:00Z").await;
    let expected = [["22.00", "1.95", "23.95", "8.875"], ["22.00", "0.00", "22.00", "0"]];
    assert_eq!(all_sums(&app, &american).await, expected);
}

/// From 8.875 % to 10.5 %: 125.00 × 10.5 % = 13.125, exactly between two cents, so 13.13.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn another_rate_touches_no_issued_invoice(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let before = app.ada().invoices(&boards).await;
    // A worker that was started again, with another configuration, on the same database.
    let mut settings = app.market.settings().clone();
    settings.tax_rates.insert("US".into(), 10_500);
    let database = app.database.connect().await;
    let gateway = Arc::new(SandboxGateway::new(database.clone(), SecretString::from(SECRET)));
    let ids = Arc::new(Ids::from_entropy());
    let worker = Marketplace::new(database, app.clock.clone(), ids, gateway, settings);
    app.at("2026-02-28T00:01:00Z");
    let tick = instant("2026-02-28T00:01:00Z");
    let report = run_tick(&worker, Job::RenewSubscriptions, tick).await.unwrap().expect("the tick is free");
    assert_eq!((report.changed, report.failed), (1, 0));
    assert_eq!(app.ada().invoices(&boards).await[..1], before);
    let expected = [["125.00", "11.09", "136.09", "8.875"], ["125.00", "13.13", "138.13", "10.5"]];
    assert_eq!(all_sums(&app, &boards).await, expected);
}

/// A seat for 1250 yen, or for 1.250 dinars: 1250 of the minor unit each; the tax is 110.9375, so 111. Five
/// more on 10 February, with 18 of 28 days left: 5 × 1250 × 18 ÷ 28 = 4017.857…, so 4018; its tax: 356.5975,
/// so 357.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn amounts_have_as_many_decimals_as_their_currency(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    sells(&app, YEN, "JPY", 1250).await;
    sells(&app, DINARS, "BHD", 1250).await;
    app.ada().new_profile("Yen", "JPY", "card_ok").await;
    app.ada().new_profile("Dinars", "BHD", "card_ok").await;
    let yen = app.active_for(&app.ada(), YEN, Some(1), "Yen").await;
    let dinars = app.active_for(&app.ada(), DINARS, Some(1), "Dinars").await;
    let price = app.ada().sees(&yen).await["unitPrice"].clone();
    assert_eq!(price, json!({ "amount": "1250", "currency": "JPY" }));
    let price = app.ada().sees(&dinars).await["unitPrice"].clone();
    assert_eq!(price, json!({ "amount": "1.250", "currency": "BHD" }));
    app.until("2026-02-10T15:30:00Z").await;
    for boards in [&yen, &dinars] {
        app.ada().changes_quantity(boards, 6).await.done();
    }
    app.until("2026-02-10T16:00:00Z").await;
    let of_yen = [["1250", "111", "1361", "8.875"], ["4018", "357", "4375", "8.875"]];
    assert_eq!(all_sums(&app, &yen).await, of_yen);
    let of_dinars = [["1.250", "0.111", "1.361", "8.875"], ["4.018", "0.357", "4.375", "8.875"]];
    assert_eq!(all_sums(&app, &dinars).await, of_dinars);
    for (boards, sums) in [(&yen, of_yen), (&dinars, of_dinars)] {
        for (invoice, [subtotal, _, total, _]) in app.ada().invoices(boards).await.iter().zip(sums) {
            assert_eq!(invoice["lines"][0]["amount"]["amount"], subtotal);
            assert_eq!(invoice["payments"][0]["amount"]["amount"], total);
        }
    }
}

/// Purchases of many quantities, one more seat for each on 10 February with 18 of 28 days left, and a renewal
/// that all share. Every sum is worked out again in cents.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_invoice_adds_up(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxing(db).await;
    let mut bought = Vec::new();
    for quantity in [1, 2, 7, 8, 33, 99, 365, 999] {
        let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(quantity), "Contoso Main").await;
        bought.push((boards, quantity));
    }
    app.until("2026-02-10T15:30:00Z").await;
    for (boards, quantity) in &bought {
        app.ada().changes_quantity(boards, quantity + 1).await.done();
    }
    app.until("2026-02-28T01:00:00Z").await;
    let answer = app.ada().sends("Invoices", json!({ "first": 100 })).await.done();
    let invoices = answer.at("/invoices/nodes").as_array().unwrap();
    for invoice in invoices {
        let lines = invoice["lines"].as_array().unwrap();
        for line in lines {
            let whole = minor(&line["unitPrice"]) * line["quantity"].as_i64().unwrap();
            let charged = if line["kind"] == "PRORATION" { half_up(whole * 18, 28) } else { whole };
            assert_eq!(minor(&line["amount"]), charged, "{line:#}");
        }
        let subtotal = minor(&invoice["subtotal"]);
        assert_eq!(lines.iter().map(|line| minor(&line["amount"])).sum::<i64>(), subtotal, "{invoice:#}");
        let tax = minor(&invoice["tax"]);
        assert_eq!(tax, half_up(subtotal * RATE, 100_000), "{invoice:#}");
        assert_eq!(minor(&invoice["total"]), subtotal + tax, "{invoice:#}");
        assert_eq!(invoice["status"], "PAID");
    }
    let mut lines: Vec<_> =
        invoices.iter().map(|invoice| invoice["lines"].as_array().unwrap().len()).collect();
    lines.sort_unstable();
    let expected: Vec<usize> = [1; 16].into_iter().chain([8]).collect();
    assert_eq!(lines, expected, "eight purchases and eight raises with a line each, and one renewal");
}
