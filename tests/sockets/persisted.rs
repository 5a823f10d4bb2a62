//! Documents that are named instead of sent, on a socket.

use super::{WHO, Wire, exposed};
use crate::{
    harness::{App, Db},
    live::Server,
};
use api::{Exposure, Trusted};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

fn named(document: &str) -> Json {
    let hash: String = Sha256::digest(document.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn asks(wire: &mut Wire, payload: Json) -> Json {
    wire.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let said = wire.said().await;
    if said["type"] == "next" {
        assert_eq!(wire.said().await, json!({ "id": "1", "type": "complete" }));
    }
    said["payload"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sent_once_and_named_from_then_on() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    let unknown = asks(&mut wire, json!({ "extensions": named(WHO) })).await;
    assert_eq!(unknown[0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND", "{unknown:#}");
    for payload in [json!({ "query": WHO, "extensions": named(WHO) }), json!({ "extensions": named(WHO) })] {
        let answer = asks(&mut wire, payload).await;
        assert_eq!(answer["data"]["viewer"]["kind"], "MEMBER", "{answer:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_trusted_documents_are_executed_nothing_else_is_on_a_socket_either() {
    let app = App::on(Db::Sqlite).await;
    let trusted = Trusted::read(&json!({ "who": WHO }).to_string()).expect("a manifest");
    let exposure = Exposure { trusted: Some(Arc::new(trusted)), only_trusted: true, ..Exposure::default() };
    let (server, _) = exposed(&app, exposure).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    let answer = asks(&mut wire, json!({ "documentId": "who" })).await;
    assert_eq!(answer["data"]["viewer"]["kind"], "MEMBER", "{answer:#}");
    for document in ["{ __typename }", "subscription { appSubscriptionEvents { type } }"] {
        let refused = asks(&mut wire, json!({ "query": document })).await;
        assert_eq!(refused[0]["extensions"]["code"], "PERSISTED_QUERY_NOT_IN_LIST", "{refused:#}");
    }
}
