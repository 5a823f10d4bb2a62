//! What a part of a period costs: which days count, of how many, and how the minor unit is rounded.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, Subscription};
use rstest::rstest;
use serde_json::json;

/// What raising the number of licences costs at once.
async fn raises(app: &App, of: &Subscription, quantity: i64) -> String {
    let raised = app.ada().changes_quantity(of, quantity).await.done();
    raised.text("/changeLicenseQuantity/invoice/total/amount").to_owned()
}

/// One more licence in the period from 31 January to 28 February, 28 days.
///
/// | raised at | days left, that one included | 12.50 × days ÷ 28 | |
/// |---|---|---|---|
/// | 31 January, its last second | 28 | 12.50 | 12.50 |
/// | 10 February, its last second | 18 | 8.035… | 8.04 |
/// | 11 February, 0:00 | 17 | 7.589… | 7.59 |
/// | 27 February, its last second | 1 | 0.446… | 0.45 |
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_day_counts_from_its_first_moment_to_its_last_in_utc(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for (at, quantity, amount) in [
        ("2026-01-31T23:59:59Z", 11, "12.50"),
        ("2026-02-10T23:59:59Z", 12, "8.04"),
        ("2026-02-11T00:00:00Z", 13, "7.59"),
        ("2026-02-27T23:59:59Z", 14, "0.45"),
    ] {
        app.at(at);
        assert_eq!(raises(&app, &boards, quantity).await, amount, "{at}");
    }
}

/// On 21 February 7 of 28 days are left. One more costs 12.50 × 7 ÷ 28 = 3.125, so 3.13; two at once, 6.25.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn half_a_cent_is_rounded_up_for_each_increase_by_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-21");
    for (quantity, amount) in [(11, "3.13"), (12, "3.13"), (14, "6.25")] {
        assert_eq!(raises(&app, &boards, quantity).await, amount, "{quantity}");
    }
}

/// From 1 June 2027 to 1 June 2028 there are 366 days. On 29 February 93 are left: that day, 31 in March, 30
/// in April and 31 in May. Two more licences cost 2 × 120.00 × 93 ÷ 366 = 60.983…, so 60.98.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_year_with_a_leap_day_has_one_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.at("2027-06-01T09:00:00Z");
    let boards = app.active(BOARDS_YEARLY).await;
    app.at("2028-02-29T12:00:00Z");
    assert_eq!(raises(&app, &boards, 12).await, "60.98");
    let invoices = app.ada().invoices(&boards).await;
    let line = &invoices[1]["lines"][0];
    assert_eq!((&line["kind"], &line["quantity"]), (&json!("PRORATION"), &json!(2)));
    assert_eq!(line["period"], json!({ "start": "2028-02-29", "end": "2028-06-01" }));
}
