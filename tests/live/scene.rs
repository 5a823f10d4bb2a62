//! What is watched in these tests.

use crate::harness::{App, BOARDS_EUROS, Client, Subscription, VAULT};
use serde_json::{Value as Json, json};

/// The ids of a subscription's events, the oldest first.
pub(super) async fn events(client: &Client<'_>, of: &Subscription) -> Vec<String> {
    let document = "query($id: ID!, $after: String) { appSubscription(id: $id) {
                      events(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }";
    let (mut ids, mut after) = (Vec::new(), Json::Null);
    loop {
        let page = client.asks(document, json!({ "id": of.id, "after": after })).await.done();
        let page = page.at("/appSubscription/events");
        let nodes = page["nodes"].as_array().expect("events");
        ids.extend(nodes.iter().map(|event| event["id"].as_str().expect("an id").to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] != true {
            ids.reverse();
            return ids;
        }
    }
}

/// Ada's Vault, bought and nothing more: something to switch while other things are watched.
pub(super) async fn vault(app: &App) -> Subscription {
    let bought = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await;
    bought.done().subscription("purchaseSubscription")
}

/// Finn accepts the Customer Agreement.
pub(super) async fn agreed(app: &App) {
    let current = app.finn().asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let version = current.text("/customerAgreement/currentVersion");
    app.finn().does("AcceptCustomerAgreement", json!({ "version": version })).await.done();
}

/// Finn's Boards, bought and nothing more.
pub(super) async fn boards_of_fabrikam(app: &App) -> Subscription {
    let bought = app.finn().buys_with(BOARDS_EUROS, Some(3), "Fabrikam Main", json!({})).await;
    bought.done().subscription("purchaseSubscription")
}
