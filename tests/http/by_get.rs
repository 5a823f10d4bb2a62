//! Queries by GET: only with a header that no page of another site can send unasked, and nothing but queries.

use super::{said, turned_away};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Db, send};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

/// A document that everybody with a token may send, as an address has it.
const WHO: &str = "query=%7Bviewer%7Bkind%7D%7D";

async fn gets(app: &App, query: &str, with: Option<&str>) -> Answer {
    let request = Request::get(format!("/graphql?{query}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token))
        .header(header::ACCEPT, "application/graphql-response+json");
    let request = match with {
        Some(name) => request.header(name, "1"),
        None => request,
    };
    send(app, request.body(Body::empty()).expect("a request")).await
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_by_get_needs_a_header_that_forces_a_preflight() {
    let app = App::on(Db::Sqlite).await;
    for header in [
        "GraphQL-Require-Preflight",
        "Apollo-Require-Preflight",
        "X-Apollo-Operation-Name",
        "X-Requested-With",
    ] {
        let answer = gets(&app, WHO, Some(header)).await;
        assert_eq!(answer.status, StatusCode::OK, "{header}: {:#}", answer.body);
        assert!(said(&answer, "content-type").starts_with("application/graphql-response+json"), "{header}");
        assert_eq!(answer.done().text("/viewer/kind"), "MEMBER");
    }
    // Accept, Accept-Language and Content-Language any page may send.
    for header in [None, Some("Accept-Language"), Some("Content-Language")] {
        let answer = gets(&app, WHO, header).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{header:?}: {:#}", answer.body);
        assert_eq!(said(&answer, "allow"), "POST");
        assert_eq!(answer.failed(), "BAD_USER_INPUT");
        assert!(answer.body.get("data").is_none(), "{header:?}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_type_of_json_forces_a_preflight_too() {
    let app = App::on(Db::Sqlite).await;
    for (kind, status) in [
        ("application/json", StatusCode::OK),
        ("application/json; charset=utf-8", StatusCode::OK),
        ("text/plain", StatusCode::METHOD_NOT_ALLOWED),
        ("text/plain; application/json", StatusCode::METHOD_NOT_ALLOWED),
        ("text/plain, application/json", StatusCode::METHOD_NOT_ALLOWED),
        ("application/x-www-form-urlencoded", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = Request::get(format!("/graphql?{WHO}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token))
            .header(header::CONTENT_TYPE, kind);
        let answer = send(&app, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, status, "{kind}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_get_nothing_is_changed() {
    let app = App::on(Db::Sqlite).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let cancel = format!(
        "mutation {{ cancelSubscription(input: {{ subscriptionId: \"{}\" }}) {{ userErrors {{ code }} }} }}",
        boards.id
    );
    for document in [
        cancel.clone(),
        format!("query Q {{ viewer {{ kind }} }} {}", cancel.replace("mutation", "mutation M")),
        "subscription { appSubscriptionEvents { type } }".to_owned(),
    ] {
        let query = format!("query={}&operationName=M", escaped(&document));
        let answer = gets(&app, &query, Some("GraphQL-Require-Preflight")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{document}: {:#}", answer.body);
        assert_eq!(said(&answer, "allow"), "POST", "{document}");
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{document}");
        assert!(answer.body.get("data").is_none(), "{document}: {:#}", answer.body);
    }
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_and_extensions_by_get_are_json() {
    let app = App::on(Db::Sqlite).await;
    let document =
        escaped("query Q($n: Int) { apps(first: $n) { nodes { name } } } query Other { __typename }");
    let variables = escaped(&json!({ "n": 1 }).to_string());
    let query = format!("query={document}&variables={variables}&operationName=Q&extensions=%7B%7D");
    let answer = gets(&app, &query, Some("GraphQL-Require-Preflight")).await.done();
    assert_eq!(answer.at("/apps/nodes").as_array().map(Vec::len), Some(1));
    for wrong in [
        "",
        "query=%7B",
        "variables=%7B%7D",
        &format!("{WHO}&variables=x"),
        &format!("{WHO}&extensions=1"),
        &format!("{WHO}&{WHO}"),
    ] {
        let answer = gets(&app, wrong, Some("GraphQL-Require-Preflight")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}: {:#}", answer.body);
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{wrong}");
        assert!(answer.body.get("data").is_none(), "{wrong}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_get_as_by_post_nobody_is_let_in_without_a_token() {
    let app = App::on(Db::Sqlite).await;
    let request = Request::get(format!("/graphql?{WHO}")).header("GraphQL-Require-Preflight", "1");
    turned_away(&send(&app, request.body(Body::empty()).expect("a request")).await, "no token");
}
