//! What went wrong in other billing engines: days that a month does not have, and a period billed twice.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, Subscription, instant};
use chrono::{Datelike, NaiveDate, TimeDelta};
use rstest::rstest;
use serde_json::{Value as Json, json};

/// The first day of a period, and the day after its last.
type Days = (NaiveDate, NaiveDate);

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The periods that a subscription was charged for, in the order of their invoices.
async fn periods(app: &App, of: &Subscription) -> Vec<Days> {
    let invoices = app.ada().invoices(of).await;
    let lines = invoices.iter().flat_map(|invoice| invoice["lines"].as_array().expect("lines"));
    let day = |json: &Json| date(json.as_str().expect("a date"));
    lines
        .filter(|line| line["kind"] == "PERIOD" && line["subscription"]["id"] == of.id)
        .map(|line| (day(&line["period"]["start"]), day(&line["period"]["end"])))
        .collect()
}

/// Insists that each period begins when the one before ends, and returns their first days.
#[track_caller]
fn tiled(periods: &[Days]) -> Vec<NaiveDate> {
    for pair in periods.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "a gap, or an overlap, between {pair:?}");
    }
    periods.iter().map(|(start, _)| *start).collect()
}

/// frappe/erpnext#28179: a monthly subscription was billed whenever the hourly job ran.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_monthly_subscription_is_not_billed_hourly(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (mut now, end) = (instant("2026-01-31T10:00:00Z"), instant("2026-02-28"));
    while now < end {
        app.clock.set(now);
        app.works().await;
        now += TimeDelta::hours(1);
    }
    let invoices = app.ada().invoices(&boards).await;
    let [invoice] = invoices.as_slice() else { panic!("one invoice: {invoices:#?}") };
    assert_eq!(invoice["payments"].as_array().map(Vec::len), Some(1), "{invoice:#}");
    app.clock.set(end);
    app.works().await;
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00"]);
}

/// killbill/killbill#127: with 31 as its bill day, a subscription ceased to be billed after March.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bill_day_31_is_billed_in_every_month(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2027-01-31").await;
    let expected = [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
        "2027-01-31",
    ]
    .map(date);
    assert_eq!(tiled(&periods(&app, &boards).await), expected);
    // Each renewal is issued, and paid, on the very day; the first invoice was at the activation.
    for (invoice, start) in app.ada().invoices(&boards).await.iter().zip(expected).skip(1) {
        let midnight = instant(&start.to_string());
        assert_eq!(instant(invoice["issuedAt"].as_str().unwrap()), midnight);
        assert_eq!(instant(invoice["paidAt"].as_str().unwrap()), midnight);
    }
}

/// killbill/killbill#2133: what was created on the last day of March was billed on 30 May, not on 31 May.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_begins_on_the_last_day_of_march_is_billed_on_the_last_of_every_month(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    app.at("2026-03-31T09:00:00Z");
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-09-01").await;
    let expected = ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31"];
    assert_eq!(tiled(&periods(&app, &boards).await), expected.map(date));
}

/// getlago/lago-api#6173: periods that were anchored on 29 February overlapped, or left gaps.
///
/// The years 2028 and 2032 have that day. In the others the period of February begins on the 28th, and the
/// next one, of March, on the 29th again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn periods_from_29_february_tile(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.at("2028-02-29T09:00:00Z");
    let monthly = app.active(BOARDS_MONTHLY).await;
    let yearly = app.active(BOARDS_YEARLY).await;
    app.until("2033-03-01").await;
    let februaries = ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28"];
    assert_eq!(tiled(&periods(&app, &yearly).await), februaries.map(date));
    let months = tiled(&periods(&app, &monthly).await);
    assert_eq!(months.len(), 61, "from February 2028 to February 2033, both included");
    let (of_february, others): (Vec<_>, Vec<_>) = months.into_iter().partition(|day| day.month() == 2);
    assert_eq!(of_february, februaries.map(date));
    assert!(others.iter().all(|day| day.day() == 29), "{others:?}");
}

/// getlago/lago-api#6194: a period whose first day was moved to the end of its month was prorated over days
/// that it does not have.
///
/// Anchored on 31 January, period 1 is 28 February to 31 March: 31 days. Five more on 1 March, 30 days left:
/// 5 × 12.50 × 30 ÷ 31 = 60.483…, so 60.48. Five more on 30 March, one day left:
/// 5 × 12.50 × 1 ÷ 31 = 2.016…, so 2.02.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn proration_counts_the_days_of_the_period_as_it_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for (day, quantity, amount) in [("2026-03-01", 15, "60.48"), ("2026-03-30", 20, "2.02")] {
        app.until(&format!("{day}T12:00:00Z")).await;
        let raised = app.ada().changes_quantity(&boards, quantity).await.done();
        assert_eq!(raised.text("/changeLicenseQuantity/invoice/total/amount"), amount);
        let line = raised.at("/changeLicenseQuantity/invoice/lines/0");
        assert_eq!(line["period"], json!({ "start": day, "end": "2026-03-31" }));
    }
    app.until("2026-03-31T01:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "125.00", "60.48", "2.02", "250.00"]);
}
