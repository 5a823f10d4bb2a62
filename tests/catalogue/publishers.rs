//! What publishers say of themselves: where their portal and their support are.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

const PORTAL: &str = "http://127.0.0.1:8100/?shop=tenure";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn customers_are_led_to_where_the_portal_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let updated = app.northwind().does("UpdatePublisher", json!({ "portalUrl": PORTAL })).await.done();
    assert_eq!(updated.text("/updatePublisher/publisher/portalUrl"), PORTAL);
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let link = app.ada().opens_portal(&boards).await.done();
    let url = link.text("/openPublisherPortal/url");
    let token = url.strip_prefix(&format!("{PORTAL}&token=")).expect("the portal, with a token");
    let resolved = app.northwind().sends("ResolvePurchase", json!({ "token": token })).await.done();
    assert_eq!(resolved.text("/resolvePurchase/subscription/id"), boards.id);
    let help = "https://help.northwind.example/";
    app.northwind().does("UpdatePublisher", json!({ "supportUrl": help })).await.done();
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["app"]["publisher"]["supportUrl"], help);
    // Where the portal is belongs to its publisher: customers get there with a link.
    let document = "{ apps(first: 1) { nodes { publisher { portalUrl } } } }";
    let seen = app.ada().asks(document, json!({})).await.done();
    assert!(seen.at("/apps/nodes/0/publisher/portalUrl").is_null());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_a_publisher_says_where_and_only_of_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let input = json!({ "portalUrl": PORTAL });
    for client in [app.ada(), app.tailspin(), app.operator()] {
        assert_eq!(client.does("UpdatePublisher", input.clone()).await.failed(), "FORBIDDEN");
    }
    // Outside of the sandbox nothing is tried out on the machine itself.
    let serious = App::on(db).await;
    assert_eq!(serious.litware().does("UpdatePublisher", input.clone()).await.refused(), "INVALID_INPUT");
    app.litware().does("UpdatePublisher", input).await.done();
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let link = app.ada().opens_portal(&boards).await.done();
    assert!(!link.text("/openPublisherPortal/url").starts_with(PORTAL), "it is Northwind's");
    for (field, value) in [
        ("portalUrl", json!("ftp://portal.example/")),
        ("portalUrl", json!("https://user:word@portal.example/")),
        ("portalUrl", json!(null)),
        ("portalUrl", json!("http://portal.example/")),
        ("portalUrl", json!("https://portal.example/#start")),
        ("portalUrl", json!("https://portal.example/?token=mine")),
        ("supportUrl", json!("http://help.example/")),
        ("supportUrl", json!("nowhere")),
    ] {
        let answer = app.litware().does("UpdatePublisher", json!({ field: value })).await;
        assert_eq!(
            (answer.refused(), answer.refused_path().join(".")),
            ("INVALID_INPUT".into(), format!("input.{field}"))
        );
    }
}
