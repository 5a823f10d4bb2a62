//! Documents that are named instead of sent.

use super::{WHO, answered, asks, exposed, limited};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use api::{Exposure, Limits, Trusted};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

fn hash(document: &str) -> String {
    Sha256::digest(document.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The extension with which Apollo's clients name a document.
fn named(hash: &str) -> Json {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sent_once_and_named_from_then_on() {
    let app = App::on(Db::Sqlite).await;
    let routes = limited(&app, Limits::default());
    let only_named = json!({ "extensions": named(&hash(WHO)) });
    let unknown = asks(&routes, &app, &only_named).await;
    // Apollo's clients look at the status, the code and the message.
    assert_eq!(unknown.status, StatusCode::OK);
    assert_eq!(unknown.failed(), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(unknown.body["errors"][0]["message"], "PersistedQueryNotFound");
    assert!(unknown.body.get("data").is_none(), "{:#}", unknown.body);

    let sent = json!({ "query": WHO, "extensions": named(&hash(WHO)) });
    assert_eq!(asks(&routes, &app, &sent).await.done().text("/viewer/kind"), "MEMBER");
    assert_eq!(asks(&routes, &app, &only_named).await.done().text("/viewer/kind"), "MEMBER");
    // By GET too, which is what they are for.
    let extensions: String =
        named(&hash(WHO)).to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = Request::get(format!("/graphql?extensions={extensions}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token))
        .header("Apollo-Require-Preflight", "1");
    let by_get = answered(&routes, request.body(Body::empty()).expect("a request")).await;
    assert_eq!(by_get.done().text("/viewer/kind"), "MEMBER");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_checked_and_what_is_refused_is_not_kept() {
    let app = App::on(Db::Sqlite).await;
    let routes = limited(&app, Limits { aliases: 1, ..Limits::default() });
    let other = hash("{ apps { totalCount } }");
    let wrong = asks(&routes, &app, &json!({ "query": WHO, "extensions": named(&other) })).await;
    assert_eq!(wrong.failed(), "BAD_USER_INPUT");
    assert!(wrong.body.get("data").is_none(), "{:#}", wrong.body);
    let unknown = asks(&routes, &app, &json!({ "extensions": named(&other) })).await;
    assert_eq!(unknown.failed(), "PERSISTED_QUERY_NOT_FOUND", "nobody gives a document another's name");
    let large = "{ a: __typename b: __typename }";
    let refused = asks(&routes, &app, &json!({ "query": large, "extensions": named(&hash(large)) })).await;
    assert_eq!(refused.failed(), "LIMIT_EXCEEDED");
    let unknown = asks(&routes, &app, &json!({ "extensions": named(&hash(large)) })).await;
    assert_eq!(unknown.failed(), "PERSISTED_QUERY_NOT_FOUND");
    for malformed in
        [json!(1), json!({}), json!({ "version": 2, "sha256Hash": hash(WHO) }), json!({ "version": 1 })]
    {
        let members = json!({ "query": WHO, "extensions": { "persistedQuery": malformed } });
        let answer = asks(&routes, &app, &members).await;
        assert_eq!(
            (answer.status, answer.failed()),
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT".to_owned()),
            "{malformed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_documents_are_kept() {
    let app = App::on(Db::Sqlite).await;
    let routes = limited(&app, Limits { persisted: 1, ..Limits::default() });
    for document in [WHO, "{ __typename }"] {
        asks(&routes, &app, &json!({ "query": document, "extensions": named(&hash(document)) })).await.done();
    }
    let forgotten = asks(&routes, &app, &json!({ "extensions": named(&hash(WHO)) })).await;
    assert_eq!(forgotten.failed(), "PERSISTED_QUERY_NOT_FOUND");
    asks(&routes, &app, &json!({ "extensions": named(&hash("{ __typename }")) })).await.done();
    let off = limited(&app, Limits { persisted: 0, ..Limits::default() });
    let answer = asks(&off, &app, &json!({ "extensions": named(&hash(WHO)) })).await;
    assert_eq!(answer.failed(), "PERSISTED_QUERY_NOT_SUPPORTED");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_trusted_documents_are_executed_nothing_else_is() {
    let app = App::on(Db::Sqlite).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        { "id": "who-is-it", "name": "Who", "type": "query", "body": WHO },
    ] });
    let trusted = Some(Arc::new(Trusted::read(&manifest.to_string()).expect("a manifest")));
    let routes = exposed(&app, Exposure { trusted, only_trusted: true, ..Exposure::default() });
    for request in [
        json!({ "documentId": "who-is-it" }),
        json!({ "doc_id": "who-is-it" }),
        json!({ "extensions": named("who-is-it") }),
        json!({ "documentId": format!("sha256:{}", hash(WHO)) }),
        json!({ "extensions": named(&hash(WHO)) }),
        json!({ "query": WHO }),
    ] {
        assert_eq!(asks(&routes, &app, &request).await.done().text("/viewer/kind"), "MEMBER", "{request}");
    }
    let cancel = format!(
        "mutation {{ cancelSubscription(input: {{ subscriptionId: \"{}\" }}) {{ userErrors {{ code }} }} }}",
        boards.id
    );
    for request in [
        json!({ "query": cancel }),
        json!({ "query": cancel, "extensions": named(&hash(&cancel)) }),
        json!({ "query": format!("{WHO} ") }),
        json!({ "query": "{ __schema { types { name } } }" }),
        json!({ "documentId": "nothing" }),
    ] {
        let answer = asks(&routes, &app, &request).await;
        assert_eq!(answer.failed(), "PERSISTED_QUERY_NOT_IN_LIST", "{request}");
        assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
    }
    let mixed = asks(&routes, &app, &json!({ "query": cancel, "documentId": "who-is-it" })).await;
    assert_eq!(mixed.failed(), "BAD_USER_INPUT");
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
}
