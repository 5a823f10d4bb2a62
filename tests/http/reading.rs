//! What is read of a request.

use super::{LARGEST_BODY, WHO, asking, post_of_ada, said};
use crate::harness::{App, Db, send};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn only_json_is_read() {
    let app = App::on(Db::Sqlite).await;
    let request =
        || Request::post("/graphql").header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token));
    // The first three are what a form on another site's page can send without asking first.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json-patch+json",
        "text/json",
        "",
    ] {
        let answer =
            send(&app, request().header(header::CONTENT_TYPE, kind).body(asking(WHO)).expect("a request"))
                .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{kind}");
        assert!(answer.body.get("data").is_none(), "{kind}: {:#}", answer.body);
    }
    let untold = send(&app, request().body(asking(WHO)).expect("a request")).await;
    assert_eq!(untold.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let answer =
            send(&app, request().header(header::CONTENT_TYPE, kind).body(asking(WHO)).expect("a request"))
                .await;
        assert_eq!(answer.status, StatusCode::OK, "{kind}");
        answer.done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_is_a_bad_request() {
    let app = App::on(Db::Sqlite).await;
    let nested = "[".repeat(10_000);
    let batch = json!([{ "query": WHO }, { "query": WHO }]).to_string();
    let bodies: [&[u8]; 11] = [
        b"",
        b"{",
        b"nonsense",
        b"null",
        b"\"{ viewer { kind } }\"",
        br#"{"query": 5}"#,
        br#"{"query": "{ viewer { kind } }", "variables": "none"}"#,
        b"\xff\xfe",
        // A character that PostgreSQL cannot store.
        br#"{"query": "query($text: String) { apps(filter: { text: $text }) { totalCount } }", "variables": {"text": "\u0000"}}"#,
        nested.as_bytes(),
        batch.as_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = send(&app, post_of_ada(&app).body(Body::from(body.to_vec())).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{shown}: {:#}", answer.body);
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{shown}");
        assert!(answer.body.get("data").is_none(), "{shown}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_is_sent_by_post_alone() {
    let app = App::on(Db::Sqlite).await;
    let path = "/graphql?query=%7B%20viewer%20%7B%20kind%20%7D%20%7D";
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        // What a page of another site can send unasked: `by_get` has the GETs that are answered.
        let kind = if method == Method::GET { "text/plain" } else { "application/json" };
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token));
        let answer = send(&app, request.body(asking(WHO)).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}: {:#}", answer.body);
        let allowed = said(&answer, "allow");
        assert!(allowed.split(',').any(|allowed| allowed.trim() == "POST"), "{method}: {allowed}");
        assert!(answer.body.get("data").is_none(), "{method}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_read_up_to_its_limit() {
    let app = App::on(Db::Sqlite).await;
    let mut largest = json!({ "query": WHO }).to_string().into_bytes();
    largest.resize(LARGEST_BODY, b' ');
    let mut too_large = largest.clone();
    too_large.push(b' ');
    // A client may say how much it sends, or not.
    for told in [true, false] {
        let request = |body: &Vec<u8>| {
            let request = post_of_ada(&app);
            let request = if told { request.header(header::CONTENT_LENGTH, body.len()) } else { request };
            request.body(Body::from(body.clone())).expect("a request")
        };
        assert_eq!(send(&app, request(&largest)).await.done().text("/viewer/kind"), "MEMBER");
        let answer = send(&app, request(&too_large)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "told: {told}");
        assert!(answer.body.get("data").is_none(), "told: {told}: {:#}", answer.body);
    }
}
