//! Moving future charges to another billing profile.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn future_charges_move_and_issued_ones_stay(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.ada().moves(&boards, &own).await.done();
    app.ada().moves(&boards, &own).await.done();
    app.until("2026-02-28T06:00:00Z").await;
    let invoices = app.ada().invoices(&boards).await;
    let profiles: Vec<_> =
        invoices.iter().map(|invoice| invoice["billingProfile"]["name"].as_str().unwrap()).collect();
    assert_eq!(profiles, ["Contoso Main", "Ada's own"]);
    let history = ["PURCHASED", "ACTIVATED", "BILLING_PROFILE_CHANGED", "RENEWED"];
    assert_eq!(app.ada().history(&boards).await, history);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_has_to_be_usable_and_in_the_same_currency(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let euros = app.ada().new_profile("Euros", "EUR", "card_ok").await;
    assert_eq!(app.ada().moves(&boards, &euros).await.refused(), "CURRENCY_MISMATCH");
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    assert_eq!(app.carl().moves(&boards, &own).await.refused(), "BILLING_PROFILE_NOT_USABLE");
    let theirs = app.finn().profile("Fabrikam Main").await;
    assert_eq!(app.ada().moves(&boards, &theirs).await.refused(), "NOT_FOUND");
    assert_eq!(app.lena().moves(&boards, &own).await.failed(), "FORBIDDEN");
    app.ada().moves(&boards, &own).await.done();
}
