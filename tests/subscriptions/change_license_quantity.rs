//! Changing the number of licences: up at once and charged, down at the next renewal.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

/// The fixed figures: Boards monthly at 12.50, ten seats, activated on 31 January 2026.
///
/// Period 0 is 31 January to 28 February, 28 days: 10 × 12.50 = 125.00. Five more on 10 February, with 18 days left, that day
/// included: 5 × 12.50 × 18 ÷ 28 = 40.178…, so 40.18. Renewal on 28 February: 15 × 12.50 = 187.50. A decrease to 8 on 1 March
/// takes effect on 31 March: 8 × 12.50 = 100.00.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn up_is_charged_for_the_days_left_and_down_waits_for_the_renewal(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.until("2026-02-10T15:30:00Z").await;
    let raised = app.ada().changes_quantity(&boards, 15).await.done();
    assert_eq!(raised.at("/changeLicenseQuantity/invoice/total/amount"), "40.18");
    let line = raised.at("/changeLicenseQuantity/invoice/lines/0");
    assert_eq!(line["kind"], "PRORATION");
    assert_eq!(line["quantity"], 5);
    assert_eq!(line["period"], json!({ "start": "2026-02-10", "end": "2026-02-28" }));
    app.until("2026-03-01T10:00:00Z").await;
    let lowered = app.ada().changes_quantity(&boards, 8).await.done();
    assert_eq!(lowered.at("/changeLicenseQuantity/invoice"), &json!(null));
    assert_eq!(
        lowered.at("/changeLicenseQuantity/subscription/licenses"),
        &json!({ "purchased": 15, "assigned": 0, "available": 8, "scheduled": 8 })
    );
    app.until("2026-03-31T01:00:00Z").await;
    assert_eq!(app.ada().totals(&boards).await, ["125.00", "40.18", "187.50", "100.00"]);
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["licenses"], json!({ "purchased": 8, "assigned": 0, "available": 8, "scheduled": null }));
    assert_eq!(page["currentPeriod"], json!({ "number": 2, "start": "2026-03-31", "end": "2026-04-30" }));
    assert!(app.ada().invoices(&boards).await.iter().all(|invoice| invoice["status"] == "PAID"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_decrease_never_goes_below_what_is_assigned(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let users = app.ada().users(6).await;
    app.ada().assigns(&boards, &users[..5]).await.done();
    assert_eq!(app.ada().changes_quantity(&boards, 4).await.refused(), "LICENSES_STILL_ASSIGNED");
    app.ada().changes_quantity(&boards, 5).await.done();
    assert_eq!(app.ada().assigns(&boards, &users).await.refused(), "NO_LICENSE_AVAILABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_decrease_can_be_withdrawn(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().changes_quantity(&boards, 5).await.done();
    app.ada().changes_quantity(&boards, 5).await.done();
    app.ada().changes_quantity(&boards, 10).await.done();
    app.ada().changes_quantity(&boards, 10).await.done();
    app.ada().changes_quantity(&boards, 4).await.done();
    app.ada().sets_auto_renew(&boards, false).await.done();
    assert_eq!(app.ada().sees(&boards).await["licenses"]["scheduled"], json!(null));
    let history = [
        "PURCHASED",
        "ACTIVATED",
        "LICENSE_DECREASE_SCHEDULED",
        "LICENSE_DECREASE_WITHDRAWN",
        "LICENSE_DECREASE_SCHEDULED",
        "AUTO_RENEW_CHANGED",
    ];
    assert_eq!(app.ada().history(&boards).await, history);
    assert_eq!(
        app.ada().changes_quantity(&boards, 4).await.refused(),
        "INVALID_INPUT",
        "there is no renewal to come"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_plan_limits_it_and_the_profile_has_to_be_yours(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for quantity in [0, -1, 1001] {
        assert_eq!(
            app.ada().changes_quantity(&boards, quantity).await.refused(),
            "LICENSE_QUANTITY_OUT_OF_RANGE"
        );
    }
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.ada().moves(&boards, &own).await.done();
    // Carl may manage, but not spend from a profile on which he has no role.
    assert_eq!(app.carl().changes_quantity(&boards, 11).await.refused(), "BILLING_PROFILE_NOT_USABLE");
    app.carl().changes_quantity(&boards, 9).await.done();
    assert_eq!(app.lena().changes_quantity(&boards, 8).await.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_raises_at_once_are_both_charged_for_what_they_added(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (ada, carl) = (app.ada(), app.carl());
    let (one, other) = tokio::join!(ada.changes_quantity(&boards, 12), carl.changes_quantity(&boards, 15));
    one.done();
    other.done();
    // Whoever came second raised what the first had made, or scheduled a decrease to it: five were added either way.
    assert_eq!(app.ada().sees(&boards).await["licenses"]["purchased"], 15);
    let invoices = app.ada().invoices(&boards).await;
    let lines =
        invoices.iter().map(|invoice| &invoice["lines"][0]).filter(|line| line["kind"] == "PRORATION");
    assert_eq!(lines.map(|line| line["quantity"].as_i64().unwrap()).sum::<i64>(), 5, "{invoices:#?}");
}
