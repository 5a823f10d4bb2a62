//! The summary of billing: what was spent by app and month, what is due, and what of it is overdue.

use super::scene::{bought_by_tailspin, received, taxed, wire_profile};
use crate::harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, Client, Db, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

const SUMMARY: &str = "query($from: Date, $to: Date, $profile: ID) {
    billingSummary(from: $from, to: $to, billingProfileId: $profile) {
        currency due { amount currency } overdue { amount }
        spend { month app { name } charged { amount } credited { amount } net { amount } } } }";

/// The entries, one for each currency.
async fn summary(client: &Client<'_>, variables: Json) -> Vec<Json> {
    let answer = client.asks(SUMMARY, variables).await.done();
    answer.at("/billingSummary").as_array().expect("entries").clone()
}

/// What was spent, a line for each app and month: `2026-01 Northwind Boards: 125.00 - 0.00 = 125.00`.
#[track_caller]
fn spent(entry: &Json) -> Vec<String> {
    let line = |spend: &Json| {
        let amount = |what: &str| spend[what]["amount"].as_str().expect("an amount").to_owned();
        let (month, app) = (spend["month"].as_str().expect("a month"), spend["app"]["name"].as_str());
        let month = month.strip_suffix("-01").expect("the first of a month");
        let (charged, credited, net) = (amount("charged"), amount("credited"), amount("net"));
        format!("{month} {}: {charged} - {credited} = {net}", app.expect("a name"))
    };
    let spend = entry["spend"].as_array().expect("what was spent");
    assert!(spend.is_sorted_by_key(|spend| spend["month"].as_str()), "by month: {spend:#?}");
    let mut lines: Vec<_> = spend.iter().map(line).collect();
    // The order of apps within a month means nothing.
    lines.sort();
    lines
}

/// What is due, and what of it is overdue.
fn owed(entry: &Json) -> (&Json, &Json) {
    (&entry["due"]["amount"], &entry["overdue"]["amount"])
}

/// The fixed figures: 125.00 on 31 January, five more on 10 February 40.18, the renewal on 28 February
/// 187.50. The vault was bought on 10 February and cancelled in time.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_is_added_up_by_app_and_month(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-10T15:30:00Z").await;
    app.ada().changes_quantity(&boards, 15).await.done();
    let vault = app.active(VAULT).await;
    app.until("2026-02-11T12:00:00Z").await;
    app.ada().cancels(&vault).await.done();
    app.until("2026-03-01").await;
    let entries = summary(&app.ada(), json!({})).await;
    let [dollars] = entries.as_slice() else { panic!("one currency: {entries:#?}") };
    assert_eq!((&dollars["currency"], &dollars["due"]["currency"]), (&json!("USD"), &json!("USD")));
    let expected = [
        "2026-01 Northwind Boards: 125.00 - 0.00 = 125.00",
        "2026-02 Northwind Boards: 227.68 - 0.00 = 227.68",
        "2026-02 Northwind Vault: 900.00 - 900.00 = 0.00",
    ];
    assert_eq!(spent(dollars), expected);
    assert_eq!(owed(dollars), (&json!("0.00"), &json!("0.00")), "all of it is paid");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_one_of_utc_and_a_credit_counts_in_its_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.at("2026-01-31T23:59:59Z");
    let first = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-01T00:00:00Z");
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(2), "Contoso Main").await;
    app.ada().cancels(&first).await.done();
    let entries = summary(&app.ada(), json!({})).await;
    let expected = [
        "2026-01 Northwind Boards: 125.00 - 0.00 = 125.00",
        "2026-02 Northwind Boards: 25.00 - 125.00 = -100.00",
    ];
    assert_eq!(spent(&entries[0]), expected);
}

/// With 7.7 % of tax: four licences on a card that is declined, 50.00 + 3.85 = 53.85; two by wire, 25.00 +
/// 1.93 (1.925) = 26.93; together 80.78. What is spent is told without tax, what is owed with it.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_told_with_its_tax_and_what_is_overdue_apart(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = taxed(db).await;
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(4), "Declined").await;
    wire_profile(&app, "Wire").await;
    let wired = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(2), "Wire").await;
    let before = summary(&app.ada(), json!({})).await;
    assert_eq!(owed(&before[0]), (&json!("80.78"), &json!("53.85")));
    assert_eq!(spent(&before[0]), ["2026-01 Northwind Boards: 75.00 - 0.00 = 75.00"]);
    received(&app, &app.ada().invoices(&wired).await[0], "20.00").await.done();
    let after = summary(&app.ada(), json!({})).await;
    assert_eq!(owed(&after[0]), (&json!("60.78"), &json!("53.85")));
    // What is owed is owed now, whichever months are asked for.
    let earlier = summary(&app.ada(), json!({ "from": "2025-01-01", "to": "2025-12-31" })).await;
    assert_eq!(owed(&earlier[0]), (&json!("60.78"), &json!("53.85")));
    assert_eq!(spent(&earlier[0]), [""; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_currency_is_added_up_by_itself_and_each_profile_on_demand(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    let euros = app.ada().new_profile("Euros", "EUR", "card_ok").await;
    app.active_for(&app.ada(), BOARDS_EUROS, Some(10), "Euros").await;
    let both = summary(&app.ada(), json!({})).await;
    let currencies: Vec<_> = both.iter().map(|entry| &entry["currency"]).collect();
    assert_eq!(currencies, ["EUR", "USD"]);
    assert_eq!(spent(&both[0]), ["2026-01 Northwind Boards: 110.00 - 0.00 = 110.00"]);
    assert_eq!(spent(&both[1]), ["2026-01 Northwind Boards: 125.00 - 0.00 = 125.00"]);
    assert_eq!(summary(&app.ada(), json!({ "profile": euros })).await, both[..1]);
    let theirs = app.finn().profile("Fabrikam Main").await;
    for nothing in [theirs.as_str(), "nonsense"] {
        assert!(summary(&app.ada(), json!({ "profile": nothing })).await.is_empty(), "{nothing}");
    }
}

/// Renewals on 28 February and 31 March; by 15 April a year and more can be asked for, by any day of its
/// months.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_months_can_be_chosen(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    app.until("2026-04-15").await;
    let ada = app.ada();
    let months = async |from: Option<&str>, to: Option<&str>| {
        let entries = summary(&ada, json!({ "from": from, "to": to })).await;
        let lines = entries.first().map(spent).unwrap_or_default();
        lines.iter().map(|line| line[.."2026-01".len()].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(months(None, None).await, ["2026-01", "2026-02", "2026-03"]);
    assert_eq!(months(Some("2026-02-28"), None).await, ["2026-02", "2026-03"]);
    assert_eq!(months(None, Some("2026-02-01")).await, ["2026-01", "2026-02"]);
    assert_eq!(months(Some("2026-03-31"), Some("2026-03-01")).await, ["2026-03"], "the same month");
    // Eleven months before the last one are the default.
    assert_eq!(months(None, Some("2027-01-01")).await, ["2026-02", "2026-03"]);
    assert_eq!(months(Some("2021-05-31"), None).await.len(), 3, "60 months");
    for (from, to) in [("2026-03-01", "2026-02-28"), ("2021-04-30", "2026-04-15")] {
        let answer = ada.asks(SUMMARY, json!({ "from": from, "to": to })).await;
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{from} to {to}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_invoices_that_you_see_are_added_up(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    bought_by_tailspin(&app).await;
    let contoso = ["2026-01 Northwind Boards: 125.00 - 0.00 = 125.00"];
    for client in [app.ada(), app.carl(), app.ivan(), app.rui()] {
        assert_eq!(spent(&summary(&client, json!({})).await[0]), contoso, "{}", client.who);
    }
    // Three licences that Tailspin bought for Woodgrove, on its own profile.
    let tailspin = summary(&app.tailspin(), json!({})).await;
    assert_eq!(spent(&tailspin[0]), ["2026-01 Northwind Boards: 37.50 - 0.00 = 37.50"]);
    assert_eq!(owed(&tailspin[0]), (&json!("37.50"), &json!("0.00")));
    let all = summary(&app.operator(), json!({})).await;
    assert_eq!(spent(&all[0]), ["2026-01 Northwind Boards: 162.50 - 0.00 = 162.50"]);
    for client in [app.lena(), app.finn(), app.wendy(), app.northwind()] {
        assert!(summary(&client, json!({})).await.is_empty(), "{}", client.who);
    }
}
