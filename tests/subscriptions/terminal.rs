//! Nothing brings a disabled subscription back.

use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription};
use rstest::rstest;
use serde_json::json;

/// Tries everything that would change it.
async fn nothing_brings_it_back(app: &App, subscription: &Subscription) {
    let before = app.ada().sees(subscription).await;
    assert_eq!(before["status"], "DISABLED");
    let ada = app.ada();
    let users = ada.users(1).await;
    let other = ada.new_profile("Another", "USD", "card_ok").await;
    let tries = [
        app.northwind().activates(subscription).await,
        ada.opens_portal(subscription).await,
        ada.changes_quantity(subscription, 10).await,
        ada.changes_quantity(subscription, 11).await,
        ada.changes_quantity(subscription, 9).await,
        ada.assigns(subscription, &users).await,
        ada.unassigns(subscription, &users).await,
        ada.sets_auto_renew(subscription, true).await,
        ada.sets_auto_renew(subscription, false).await,
        ada.moves(subscription, &other).await,
    ];
    for answer in tries {
        assert_eq!(answer.refused(), "DISABLED_IS_TERMINAL");
    }
    let canceled = app.ada().cancels(subscription).await;
    if before["disabledReason"] == "CANCELED" {
        canceled.done();
    } else {
        assert_eq!(canceled.refused(), "DISABLED_IS_TERMINAL");
    }
    app.works().await;
    let mut after = app.ada().sees(subscription).await;
    after["invoices"] = before["invoices"].clone();
    after["allowedActions"] = before["allowedActions"].clone();
    assert_eq!(after, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    nothing_brings_it_back(&app, &boards).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().sets_auto_renew(&boards, false).await.done();
    app.until("2026-03-01").await;
    nothing_brings_it_back(&app, &boards).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await;
    app.until("2026-04-01").await;
    nothing_brings_it_back(&app, &boards).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_never_activated(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.until("2026-04-01").await;
    assert_eq!(app.ada().sees(&boards).await["activatedAt"], json!(null));
    nothing_brings_it_back(&app, &boards).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn not_when_it_is_cancelled_while_it_is_renewed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..5 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    app.at("2026-02-28T00:00:30Z");
    let ada = app.ada();
    let cancels = futures::future::join_all(bought.iter().map(|boards| ada.cancels(boards)));
    let (cancelled, ()) = tokio::join!(cancels, app.works());
    for answer in cancelled {
        answer.done();
    }
    app.works().await;
    for boards in &bought {
        let history = app.ada().history(boards).await;
        assert_eq!(history.last().unwrap(), "DISABLED", "{history:?}");
        assert_eq!(app.ada().sees(boards).await["status"], "DISABLED");
    }
}
