//! Tokens of an identity provider: which are accepted, what happens while its keys change or it fails, and to
//! whom somebody from there is bound.
//!
//! What is decided before anything is read from the database is tried on SQLite alone, or without any.

mod accepted;
mod binding;
mod keys;
mod operators;
mod provider;
mod refused;
mod rotation;
mod slow;
mod sockets;

use self::{
    keys::{EC, ED, Key, RSA},
    provider::Provider,
};
use crate::harness::{Answer, App, BEGINNING, Db, instant};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::{Issuer, Oidc, Unverified};
use entity::user;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
use std::{cell::Cell, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// A document that everybody who comes in may send.
const WHO: &str = "{ viewer { kind user { id email } } }";

const ADA: &str = "ada@contoso.example";
const CARL: &str = "carl@contoso.example";

/// What the provider signs with.
const KEYS: [Key; 3] = [RSA, EC, ED];

/// A Tenure that trusts a provider, and nobody else.
struct Scene {
    routes: Router,
    provider: Provider,
    app: App,
}

impl Scene {
    async fn on(db: Db) -> Self {
        let (app, provider) = (App::on(db).await, Provider::start(&KEYS).await);
        Self { routes: trusting(&app, &provider), provider, app }
    }

    /// A token of Ada's, but for this.
    fn token(&self, but: Json) -> String {
        self.provider.token(&ED, but)
    }

    async fn asks(&self, token: &str, document: &str) -> Answer {
        asked(&self.routes, token, document).await
    }

    /// Does something that must not be refused.
    async fn does(&self, token: &str, mutation: &str) -> Answer {
        self.asks(token, mutation).await.done()
    }

    /// Who comes in with a token: an address of a user, or a kind.
    async fn who(&self, token: &str) -> String {
        who(&self.routes, token).await
    }

    /// Insists that nobody comes in with a token.
    async fn nobody(&self, token: &str, why: &str) {
        turned_away(&self.asks(token, WHO).await, why);
    }

    /// The living user with this address, as the table has them.
    async fn row(&self, email: &str) -> Option<user::Model> {
        let living = user::Entity::find().filter(user::Column::RemovedAt.is_null());
        let found = living.filter(user::Column::Email.eq(email)).one(self.app.market.db().read()).await;
        found.expect("the database answers")
    }

    /// To whom the user with this address is bound, if they are.
    async fn bound(&self, email: &str) -> Option<(String, String)> {
        let row = self.row(email).await.expect("somebody with this address");
        row.issuer.zip(row.subject)
    }
}

/// The routes of an app that trusts this provider, and nobody else.
fn trusting(app: &App, provider: &Provider) -> Router {
    api::router(api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: Issuer::Provider(provider.oidc()),
        stopping: CancellationToken::new(),
        sockets: TaskTracker::new(),
        exposure: api::Exposure::default(),
    })
}

/// What a document is answered that is sent with this token.
async fn asked(routes: &Router, token: &str, document: &str) -> Answer {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(json!({ "query": document }).to_string()))
        .expect("a request");
    let response = routes.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let body = serde_json::from_slice(&bytes).expect("JSON");
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Who comes in with a token: an address of a user, or a kind.
async fn who(routes: &Router, token: &str) -> String {
    let answer = asked(routes, token, WHO).await.done();
    let user = answer.at("/viewer/user/email").as_str();
    user.unwrap_or_else(|| answer.text("/viewer/kind")).to_owned()
}

/// Insists that nobody was recognized and nothing executed.
#[track_caller]
fn turned_away(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}: {:#}", answer.body);
    let scheme = answer.headers.get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    assert!(scheme.is_some_and(|scheme| scheme.starts_with("Bearer")), "{why}: {:?}", answer.headers);
    assert_eq!(answer.failed(), "UNAUTHENTICATED", "{why}");
    assert!(answer.body.get("data").is_none(), "{why}: {:#}", answer.body);
}

thread_local! {
    /// The seconds that have passed since the beginning, in the test of this thread.
    static PASSED: Cell<i64> = const { Cell::new(0) };
}

/// The time: the beginning, and what has passed since.
fn now() -> DateTime<Utc> {
    instant(BEGINNING) + TimeDelta::seconds(PASSED.get())
}

/// So many seconds later, or before, as tokens say it.
fn after(seconds: i64) -> i64 {
    (now() + TimeDelta::seconds(seconds)).timestamp()
}

/// What a provider's token comes to, at the beginning.
async fn outcome(oidc: &Arc<Oidc>, token: &str) -> &'static str {
    match oidc.verify(token, now()).await {
        Ok(_) => "good",
        Err(Unverified::Invalid(_)) => "invalid",
        Err(Unverified::Unavailable) => "unavailable",
    }
}

/// Time passes.
async fn passes(seconds: i64) {
    PASSED.set(PASSED.get() + seconds);
}
