//! A Tenure that has nothing in it yet, and whoever speaks to it.

use crate::harness::{Answer, BEGINNING, Db, SECRET, TestDatabase, instant};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use domain::{
    Ids, ManualClock, Marketplace, Settings,
    feed::Feed,
    gateway::SandboxGateway,
    identity::{self, Issuer, Subject},
    operator::add_operator,
};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// A Tenure on a database that was migrated, and nothing more.
pub(crate) struct Fresh {
    pub(crate) market: Marketplace,
    routes: axum::Router,
    // Last: the database goes when everything that is connected to it has gone.
    _database: TestDatabase,
}

impl Fresh {
    pub(crate) async fn on(db: Db) -> Self {
        let database = TestDatabase::empty(db).await;
        let owner = database.connect_as_owner().await;
        migration::up(&owner, None).await.expect("migrations run");
        owner.close().await.expect("closed");
        let connected = database.connect().await;
        let secret = || SecretString::from(SECRET);
        let gateway = Arc::new(SandboxGateway::new(connected.clone(), secret()));
        let (clock, ids) = (Arc::new(ManualClock::at(instant(BEGINNING))), Arc::new(Ids::from_entropy()));
        let settings = Settings::with_portal_secret(secret());
        let market = Marketplace::new(connected, clock, ids, gateway, settings);
        let api = api::Api {
            market: market.clone(),
            feed: Feed::new(),
            issuer: Issuer::Local(secret()),
            stopping: CancellationToken::new(),
            sockets: TaskTracker::new(),
            exposure: api::Exposure::default(),
        };
        Self { market, routes: api::router(api), _database: database }
    }

    /// One that has an operator.
    pub(crate) async fn begun(db: Db) -> Self {
        let fresh = Self::on(db).await;
        add_operator(&fresh.market, Some("Olivia"), "olivia@tenure.example").await.expect("an operator");
        fresh
    }

    /// Whoever has a local token for this subject.
    pub(crate) fn somebody(&self, subject: &str) -> Somebody<'_> {
        let subject: Subject = subject.parse().expect("a subject");
        let token = identity::sign(&SecretString::from(SECRET), &subject, self.market.real_now());
        Somebody { fresh: self, token: token.expect("a token") }
    }

    /// Whoever has this API key.
    pub(crate) fn machine(&self, secret: &str) -> Somebody<'_> {
        Somebody { fresh: self, token: secret.to_owned() }
    }
}

/// Somebody with a token.
pub(crate) struct Somebody<'a> {
    fresh: &'a Fresh,
    token: String,
}

impl Somebody<'_> {
    pub(crate) async fn asks(&self, document: &str, variables: Json) -> Answer {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::from(body))
            .expect("a request");
        let response = self.fresh.routes.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let body = serde_json::from_slice(&bytes).expect("JSON");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a document with this input.
    pub(crate) async fn does(&self, mutation: &str, input: Json) -> Answer {
        self.asks(mutation, json!({ "input": input })).await
    }

    pub(crate) async fn viewer(&self) -> Json {
        let document = "{ viewer { kind roles user { name } organization { name country }
                                   publisher { name } partner { name } } }";
        self.asks(document, json!({})).await.done().at("/viewer").clone()
    }
}
