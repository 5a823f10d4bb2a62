//! What stands in the head of every answer, whoever answers.

use super::{LARGEST_BODY, WHO, answered, asking, exposed, from, limited, post, said, send};
use crate::{
    harness::{Answer, App, Db},
    live::Server,
};
use api::Exposure;
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use std::collections::BTreeSet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request for each way to be answered, with the status of the answer.
fn requests(app: &App) -> Vec<(u16, Request<Body>)> {
    let ada = format!("Bearer {}", app.ada().token);
    let of_ada = || post(Some(&ada));
    let too_large = || Body::from(vec![b' '; LARGEST_BODY + 1]);
    let get = |path: &str| Request::get(path).body(Body::empty());
    let upgrade = Request::get("/graphql")
        .header(header::HOST, "api.example")
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket");
    let preflight = Request::builder().method(Method::OPTIONS).uri("/graphql");
    let requests = [
        (200, of_ada().body(asking(WHO))),
        (400, of_ada().body(Body::from("nonsense"))),
        (401, post(None).body(asking(WHO))),
        (413, of_ada().body(too_large())),
        (413, of_ada().header(header::CONTENT_LENGTH, LARGEST_BODY + 1).body(too_large())),
        (413, Request::post("/webhooks/gateway/sandbox").body(too_large())),
        (415, Request::post("/graphql").body(asking(WHO))),
        (405, Request::put("/graphql").body(Body::empty())),
        (405, upgrade.body(Body::empty())),
        (200, preflight.header(header::ORIGIN, "https://app.example").body(Body::empty())),
        (404, Request::post("/webhooks/gateway/nobody").body(Body::empty())),
        (200, get("/graphiql")),
        (200, get("/graphiql/assets/boot.js")),
        (404, get("/graphiql/assets/nothing.js")),
        (401, get("/invoices/x/document.pdf")),
        (200, get("/health/live")),
        (200, get("/health/ready")),
        (405, Request::post("/health/live").body(Body::empty())),
        (404, get("/nothing")),
        // The first request had all the points that there are.
        (429, of_ada().body(asking(WHO))),
    ];
    requests.into_iter().map(|(status, request)| (status, request.expect("a request"))).collect()
}

async fn answers(app: &App) -> Vec<(String, Answer)> {
    let exposure =
        Exposure { origins: vec!["https://app.example".parse().expect("an origin")], ..limited(2, 1) };
    let routes = exposed(app, exposure);
    let mut answers = Vec::new();
    for (status, request) in requests(app) {
        let what = format!("{} {}", request.method(), request.uri());
        let answer = send(&routes, from("203.0.113.9", request)).await;
        assert_eq!(answer.status, status, "{what}: {:#}", answer.body);
        answers.push((what, answer));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_browsers_to_be_careful() {
    let app = App::on(Db::Sqlite).await;
    for (what, answer) in answers(&app).await {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(said(&answer, name), value, "{what}: {:?}", answer.headers);
        }
        let policy = said(&answer, "content-security-policy");
        if what == "GET /graphiql" {
            assert!(policy.starts_with("default-src 'self'"), "{what}: {policy}");
        } else {
            assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{what}");
        }
        assert_eq!(said(&answer, "strict-transport-security"), "", "{what}: that is for whoever ends TLS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_of_its_own() {
    let app = App::on(Db::Sqlite).await;
    let mut ids = BTreeSet::new();
    for (what, answer) in answers(&app).await {
        let id = said(&answer, "x-request-id");
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{what}: {id:?}");
        assert!(ids.insert(id.to_owned()), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_keeps_the_id_that_its_client_gave_it() {
    let app = App::on(Db::Sqlite).await;
    let routes = exposed(&app, limited(2, 1));
    for (_, mut request) in requests(&app) {
        let what = format!("{} {}", request.method(), request.uri());
        request.headers_mut().insert("x-request-id", "mine-42".parse().expect("a header"));
        assert_eq!(said(&send(&routes, request).await, "x-request-id"), "mine-42", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_in_the_words_of_graphql() {
    let app = App::on(Db::Sqlite).await;
    let answers = answers(&app).await;
    let too_large: Vec<_> = answers.iter().filter(|(_, answer)| answer.status == 413).collect();
    assert_eq!(too_large.len(), 3);
    for (what, answer) in too_large {
        assert_eq!(answer.failed(), "LIMIT_EXCEEDED", "{what}");
        assert!(said(answer, "content-type").starts_with("application/json"), "{what}");
        let message = answer.body["errors"][0]["message"].as_str().expect("a message");
        assert!(message.contains(&LARGEST_BODY.to_string()), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_says_what_it_is_made_of() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let request = |call: &str| format!("{call} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n");
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000));
    for bytes in [
        &request("GET /graphql"),
        &request("GET /health/live"),
        &request("GET /health/ready"),
        &request("GET /nothing"),
        &request("POST /graphql"),
        &request("DELETE /graphiql"),
        &request("GET /graphiql/assets/nothing.js"),
        "GET\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        &long,
    ] {
        let answer = answered(&server, bytes).await.to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 "), "{answer}");
        let version = format!("/{}", env!("CARGO_PKG_VERSION"));
        for banner in ["\r\nserver:", "\r\nx-powered-by:", "\r\nvia:", "axum", "hyper", "tenure/", &version] {
            assert!(!answer.contains(banner), "{banner:?} for {bytes:.60}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_answered_like_everything_else() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let upgrade = |more: &str| {
        format!(
            "GET /graphql HTTP/1.1\r\nHost: api.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: graphql-transport-ws\r\nX-Request-Id: mine-42\r\n{more}\r\n"
        )
    };
    for (more, status) in [("", "101"), ("Origin: https://evil.example\r\nConnection: close\r\n", "403")] {
        let mut stream = TcpStream::connect(server.address).await.expect("it listens");
        stream.write_all(upgrade(more).as_bytes()).await.expect("it is sent");
        let mut head = String::new();
        while !head.contains("\r\n\r\n") {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes).await.expect("an answer");
            assert!(read > 0, "{head}");
            head.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        for header in ["x-request-id: mine-42", "x-content-type-options: nosniff", "cache-control: no-store"]
        {
            assert!(head.contains(&format!("\r\n{header}\r\n")), "{header} in {head}");
        }
    }
}
