//! The link to the publisher's portal, and what its token tells.

use crate::harness::{App, BOARDS_MONTHLY, Db, instant};
use rstest::rstest;
use serde_json::json;

fn token(url: &str) -> String {
    let (portal, token) = url.split_once("?token=").expect("a token in the address");
    assert_eq!(portal, "https://portal.northwind.example/activate");
    token.to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_tells_the_publisher_what_was_bought_for_a_day(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let link = app.lena().opens_portal(&boards).await.done();
    assert_eq!(instant(link.text("/openPublisherPortal/expiresAt")), instant("2026-02-01T09:00:00Z"));
    let token = token(link.text("/openPublisherPortal/url"));
    let resolve = async |client: crate::harness::Client<'_>| {
        client.sends("ResolvePurchase", json!({ "token": token })).await
    };
    let resolved = resolve(app.northwind()).await.done();
    assert_eq!(resolved.text("/resolvePurchase/subscription/id"), boards.id);
    assert_eq!(resolved.at("/resolvePurchase/subscription/unitPrice"), &json!(null));
    assert_eq!(resolve(app.litware()).await.refused(), "TOKEN_INVALID");
    assert_eq!(resolve(app.ada()).await.failed(), "FORBIDDEN");
    // Opening again makes a new one, and the earlier one stays valid; also when the subscription has ended.
    app.ada().opens_portal(&boards).await.done();
    app.ada().cancels(&boards).await.done();
    assert_eq!(
        resolve(app.northwind()).await.done().text("/resolvePurchase/subscription/status"),
        "DISABLED"
    );
    app.at("2026-02-01T08:59:59Z");
    resolve(app.northwind()).await.done();
    app.at("2026-02-01T09:00:00Z");
    assert_eq!(resolve(app.northwind()).await.refused(), "TOKEN_INVALID");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_refused(#[values(Db::Sqlite)] db: Db) {
    let app = App::on(db).await;
    let bearer = app.ada().token.clone();
    for token in ["", "x.y.z", bearer.as_str()] {
        let answer = app.northwind().sends("ResolvePurchase", json!({ "token": token })).await;
        assert_eq!(answer.refused(), "TOKEN_INVALID");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn readers_open_no_portal(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    assert_eq!(app.rui().opens_portal(&boards).await.failed(), "FORBIDDEN");
    assert_eq!(app.finn().opens_portal(&boards).await.refused(), "NOT_FOUND");
}
