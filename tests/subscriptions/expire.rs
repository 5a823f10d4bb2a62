//! Expiry: never activated in time, or the end of a term without auto-renewal.

use crate::harness::{App, BOARDS_MONTHLY, Db, instant};
use domain::job::Job;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_activated_within_thirty_days_expires(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().opens_portal(&boards).await.done();
    app.at("2026-03-02T08:59:59Z");
    assert_eq!(app.runs(Job::ExpireSubscriptions).await.changed, 0);
    app.at("2026-03-02T09:00:00Z");
    // An operation that meets what is due applies it first.
    assert_eq!(app.northwind().activates(&boards).await.refused(), "DISABLED_IS_TERMINAL");
    app.at("2026-03-02T11:00:00Z");
    assert_eq!(app.runs(Job::ExpireSubscriptions).await.changed, 1);
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["disabledReason"], "EXPIRED");
    assert_eq!(
        instant(page["disabledAt"].as_str().unwrap()),
        instant("2026-03-02T09:00:00Z"),
        "the due instant"
    );
    assert_eq!(app.ada().invoices(&boards).await.len(), 0);
    assert_eq!(app.runs(Job::ExpireSubscriptions).await.changed, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_auto_renewal_it_ends_with_its_period(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().sets_auto_renew(&boards, false).await.done();
    app.until("2026-02-27T23:59:59Z").await;
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
    app.until("2026-02-28T00:00:00Z").await;
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["disabledReason"], "EXPIRED");
    assert_eq!(instant(page["disabledAt"].as_str().unwrap()), instant("2026-02-28"));
    assert_eq!(page["events"]["nodes"][0]["actor"]["kind"], "SYSTEM");
    assert_eq!(app.ada().totals(&boards).await, ["125.00"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn switching_renewal_on_after_the_end_comes_too_late(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().sets_auto_renew(&boards, false).await.done();
    app.at("2026-02-28T00:00:01Z");
    assert_eq!(app.ada().sets_auto_renew(&boards, true).await.refused(), "DISABLED_IS_TERMINAL");
    app.works().await;
    assert_eq!(app.ada().sees(&boards).await["status"], "DISABLED");
}
