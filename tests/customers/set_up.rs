//! An app is set up for an organization once, by its publisher.

use crate::harness::{Answer, App, BOARDS_MONTHLY, BOARDS_YEARLY, Client, Db, Subscription, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

async fn completes(publisher: &Client<'_>, of: &Subscription) -> Answer {
    publisher.does("CompleteAppSetup", json!({ "subscriptionId": of.id })).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_set_up_once_and_later_copies_need_none(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 3).await;
    assert_eq!(app.ada().sees(&boards).await["setUpAt"], Json::Null);
    assert_eq!(completes(&app.litware(), &boards).await.refused(), "NOT_FOUND");
    assert_eq!(completes(&app.finn(), &boards).await.refused(), "NOT_FOUND");
    for client in [app.ada(), app.operator()] {
        assert_eq!(completes(&client, &boards).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    let done = completes(&app.northwind(), &boards).await.done();
    let setup = done.at("/completeAppSetup/appSetup");
    assert_eq!(setup["completedAt"], "2026-01-31T09:00:00+00:00");
    assert!(setup["app"]["id"].is_string() && setup["organization"]["id"].is_string());
    app.at("2026-02-02");
    assert_eq!(completes(&app.northwind(), &boards).await.done().body, done.body);
    assert_eq!(app.ada().sees(&boards).await["setUpAt"], "2026-01-31T09:00:00+00:00");
    // Another copy of the app is set up already, another app is not.
    let copy = app.ada().buys(BOARDS_YEARLY, 3).await;
    assert_eq!(app.ada().sees(&copy).await["setUpAt"], "2026-01-31T09:00:00+00:00");
    let vault = app.active(VAULT).await;
    assert_eq!(app.ada().sees(&vault).await["setUpAt"], Json::Null);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_set_up_for_what_ended(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    assert_eq!(completes(&app.northwind(), &boards).await.refused(), "DISABLED_IS_TERMINAL");
    let copy = app.ada().buys(BOARDS_MONTHLY, 3).await;
    completes(&app.northwind(), &copy).await.done();
    // By whichever copy: it is the app that was set up.
    completes(&app.northwind(), &boards).await.done();
}
