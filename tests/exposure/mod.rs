//! How much the public gets: limits, and what is told to whom.

mod failures;
mod graphiql;
mod headers;
mod origins;
mod rate_limits;
mod secrets;
mod settings;

use crate::{
    harness::{Answer, App, Client, SECRET},
    live::Server,
};
use api::{Exposure, RateLimit};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, header, request::Builder},
};
use domain::identity::Issuer;
use secrecy::SecretString;
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// A document that everybody with a token may send, of two points.
const WHO: &str = "{ viewer { kind } }";

/// The most that is read of a body.
const LARGEST_BODY: usize = 256 * 1024;

/// The routes of an app of which the public gets this much: those of another process.
fn exposed(app: &App, exposure: Exposure) -> Router {
    api::router(api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: Issuer::Local(SecretString::from(SECRET)),
        stopping: CancellationToken::new(),
        sockets: TaskTracker::new(),
        exposure,
    })
}

/// That callers have this many points at once, and get this many back in a second.
fn limited(burst: u32, per_second: u32) -> Exposure {
    let points = |points: u32| points.try_into().expect("points");
    let rate_limit = RateLimit { burst: points(burst), per_second: points(per_second) };
    Exposure { rate_limit: Some(rate_limit), ..Exposure::default() }
}

/// A request to GraphQL with this value of `Authorization`.
fn post(authorization: Option<&str>) -> Builder {
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    match authorization {
        Some(value) => request.header(header::AUTHORIZATION, value),
        None => request,
    }
}

fn asking(document: &str) -> Body {
    Body::from(json!({ "query": document }).to_string())
}

/// The request as it comes from this address.
fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: IpAddr = address.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 4711)));
    request
}

async fn send(routes: &Router, request: Request<Body>) -> Answer {
    let response = routes.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Answer { status: parts.status, headers: parts.headers, body }
}

/// What is answered to somebody with this token.
async fn asks(routes: &Router, token: &str, document: &str) -> Answer {
    send(routes, post(Some(&format!("Bearer {token}"))).body(asking(document)).expect("a request")).await
}

/// A header of an answer; nothing if there is none.
fn said<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Insists that somebody is told to come again, in the header as in the body, and returns after how many seconds.
#[track_caller]
fn comes_again(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429, "{:#}", answer.body);
    assert_eq!(answer.failed(), "RATE_LIMITED");
    assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
    let error = &answer.body["errors"][0];
    let seconds = error["extensions"]["retryAfterSeconds"].as_u64().expect("whole seconds");
    assert_eq!(said(answer, "retry-after"), seconds.to_string());
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains(&format!("try again in {seconds} s")), "{message}");
    seconds
}

/// A key that may read on behalf of a client: its id, and whoever has it.
async fn key<'a>(app: &'a App, of: &Client<'_>, name: &str) -> (String, Client<'a>) {
    let document = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
        secret apiKey { id } userErrors { code } } }";
    let created = of.asks(document, json!({ "input": { "name": name, "scope": "READ" } })).await.done();
    let client = Client::new(app, name.to_owned(), created.text("/createApiKey/secret").to_owned());
    (created.text("/createApiKey/apiKey/id").to_owned(), client)
}

/// What a server answers to these bytes.
async fn answered(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.write_all(bytes.as_bytes()).await.expect("they are sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}
