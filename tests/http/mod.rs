//! GraphQL over HTTP, as clients and attackers meet it: who is let in, what is read, and what is never said.
//!
//! What is decided before anything is read from the database is tried on SQLite alone.

mod answers;
mod batches;
mod by_get;
mod door;
mod failures;
mod introspection;
mod limits;
mod masked;
mod pages;
mod persisted;
mod reading;
mod tenants;
mod time;

use crate::harness::{Answer, App, SECRET, send};
use api::{Exposure, Limits};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header, request::Builder},
};
use domain::identity::Issuer;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// A document that everybody with a token may send.
pub(super) const WHO: &str = "{ viewer { kind } }";

/// The most that is read of a body.
pub(super) const LARGEST_BODY: usize = 256 * 1024;

/// A request to GraphQL, so far without a token.
pub(super) fn post() -> Builder {
    Request::post("/graphql").header(header::CONTENT_TYPE, "application/json")
}

/// The same with the token of Ada.
pub(super) fn post_of_ada(app: &App) -> Builder {
    post().header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token))
}

pub(super) fn asking(document: &str) -> Body {
    Body::from(json!({ "query": document }).to_string())
}

pub(super) async fn gets(app: &App, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).expect("a request")).await
}

pub(super) fn said<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body of an answer that is no JSON.
pub(super) fn text(answer: &Answer) -> &str {
    answer.body.as_str().expect("a text")
}

/// Insists that nobody was recognized and nothing executed.
#[track_caller]
pub(super) fn turned_away(answer: &Answer, by: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{by}: {:#}", answer.body);
    assert!(said(answer, "www-authenticate").starts_with("Bearer"), "{by}: {:?}", answer.headers);
    assert_eq!(answer.failed(), "UNAUTHENTICATED", "{by}");
    assert!(answer.body.get("data").is_none(), "{by}: {:#}", answer.body);
}

/// The routes of an app of which the public gets this much: those of another process.
pub(super) fn exposed(app: &App, exposure: Exposure) -> Router {
    api::router(api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: Issuer::Local(SecretString::from(SECRET)),
        stopping: CancellationToken::new(),
        sockets: TaskTracker::new(),
        exposure,
    })
}

/// The same with other limits.
pub(super) fn limited(app: &App, limits: Limits) -> Router {
    exposed(app, Exposure { limits, ..Exposure::default() })
}

/// What these routes answer.
pub(super) async fn answered(routes: &Router, request: Request<Body>) -> Answer {
    let response = routes.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Answer { status: parts.status, headers: parts.headers, body }
}

/// What these routes answer to the members of a request of Ada's.
pub(super) async fn asks(routes: &Router, app: &App, members: &Json) -> Answer {
    answered(routes, post_of_ada(app).body(Body::from(members.to_string())).expect("a request")).await
}
