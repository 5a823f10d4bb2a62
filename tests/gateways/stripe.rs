//! A stand-in for Stripe on this machine: an account behind HTTP as <https://docs.stripe.com/api> describes
//! it, with keys, versions, idempotency and errors, and faults on demand. It remembers what it was asked.

mod account;
mod form;
mod payments;

use self::{
    account::Account,
    form::{Fields, Reply},
};
use axum::{
    Form, Router,
    body::{Body, Bytes},
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use domain::gateway::{StripeGateway, StripeKeys};
use entity::id::{PaymentId, RefundId};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The key of the account.
pub(crate) const KEY: &str = "sk_test_only_for_tests";

/// What the account signs its events with.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_only_for_tests";

/// The version whose shapes it answers in.
const VERSION: &str = "2024-06-20";

/// What goes wrong with the next request of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is carried out, but the connection is dropped before the answer.
    Lost,
    /// It is carried out, but the answer is not JSON.
    Garbled,
    /// It is answered with this status, and not carried out.
    Status(u16),
}

/// A request as it was met.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Its idempotency key.
    pub(crate) key: Option<String>,
    fields: Fields,
    /// Whether it was answered like the first one with its key.
    pub(crate) replayed: bool,
}

impl Asked {
    /// Whether it is of a kind: a method and the beginning of a path, such as `POST /v1/refunds`.
    fn is(&self, kind: &str) -> bool {
        format!("{} {}", self.method, self.path).starts_with(kind)
    }

    /// A field of its form or query.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// The stand-in. It goes with the test.
pub(crate) struct StandIn {
    address: String,
    memory: Arc<Mutex<Memory>>,
    serving: JoinHandle<()>,
}

struct Memory {
    account: Account,
    asked: Vec<Asked>,
    /// The first request with a key, and what it was answered.
    first: BTreeMap<String, (Asked, Reply)>,
    faults: Vec<(String, Fault)>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        let memory =
            Memory { account: Account::new(), asked: Vec::new(), first: BTreeMap::new(), faults: Vec::new() };
        let memory = Arc::new(Mutex::new(memory));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = Router::new().fallback(answer).with_state(memory.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { address, memory, serving }
    }

    /// The adapter that talks to it.
    pub(crate) fn gateway(&self) -> StripeGateway {
        self.gateway_with(KEY)
    }

    /// The adapter with another key.
    pub(crate) fn gateway_with(&self, key: &str) -> StripeGateway {
        StripeGateway::new(&self.address, keys(key)).expect("a gateway")
    }

    /// What goes wrong with the next request of this kind.
    pub(crate) fn will(&self, kind: &str, fault: Fault) {
        self.memory().faults.push((kind.to_owned(), fault));
    }

    /// Nothing goes wrong any more.
    pub(crate) fn forgives(&self) {
        self.memory().faults.clear();
    }

    /// The requests of this kind, in their order.
    pub(crate) fn asked(&self, kind: &str) -> Vec<Asked> {
        self.memory().asked.iter().filter(|asked| asked.is(kind)).cloned().collect()
    }

    /// Looks into the account, or changes something there.
    pub(crate) fn account<T>(&self, look: impl FnOnce(&mut Account) -> T) -> T {
        look(&mut self.memory().account)
    }

    /// The event that tells how our charge went.
    pub(crate) fn tells_of_charge(&self, id: PaymentId) -> String {
        let ours = |intent: &&Json| intent["metadata"]["tenure_payment"] == json!(id);
        let found = self.account(|account| account.intents().iter().find(ours).cloned());
        let intent = found.unwrap_or_else(|| panic!("no PaymentIntent of {id:?}"));
        let kind = match intent["status"].as_str() {
            Some("succeeded") => "payment_intent.succeeded",
            Some("requires_payment_method") => "payment_intent.payment_failed",
            Some("canceled") => "payment_intent.canceled",
            other => panic!("Stripe sends nothing that says {other:?}"),
        };
        event(kind, &intent)
    }

    /// The event that tells how our refund went.
    pub(crate) fn tells_of_refund(&self, id: RefundId) -> String {
        let ours = |refund: &&Json| refund["metadata"]["tenure_refund"] == json!(id);
        let found = self.account(|account| account.refunds().iter().find(ours).cloned());
        event("charge.refund.updated", &found.unwrap_or_else(|| panic!("no refund of {id:?}")))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no request panicked")
    }
}

/// Keys with this secret key.
pub(crate) fn keys(secret_key: &str) -> StripeKeys {
    let webhook_secret = SecretString::from(WEBHOOK_SECRET);
    StripeKeys { secret_key: SecretString::from(secret_key), webhook_secret }
}

/// An event: <https://docs.stripe.com/api/events/object>.
pub(crate) fn event(kind: &str, object: &Json) -> String {
    json!({
        "id": "evt_stand_in", "object": "event", "api_version": VERSION, "created": account::CREATED,
        "data": { "object": object }, "livemode": false, "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null }, "type": kind
    })
    .to_string()
}

async fn answer(
    State(memory): State<Arc<Mutex<Memory>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (fields, readable) = match form {
        Ok(Form(fields)) => (fields, true),
        Err(_) => (Vec::new(), false),
    };
    let refused = if header("authorization") != Some(format!("Bearer {KEY}").as_str()) {
        Some(failed(401))
    } else if header("stripe-version") != Some(VERSION) {
        Some(Reply::invalid(400, "", "The stand-in answers in one version only: name it."))
    } else {
        (!readable).then(|| Reply::invalid(400, "", "The form cannot be read."))
    };
    let key = header("idempotency-key").map(str::to_owned);
    let path = uri.path().to_owned();
    let asked = Asked { method: method.to_string(), path, key, fields, replayed: false };
    memory.lock().expect("no request panicked").answer(asked, refused)
}

impl Memory {
    fn answer(&mut self, mut asked: Asked, refused: Option<Reply>) -> Response {
        let place = self.faults.iter().position(|(kind, _)| asked.is(kind));
        let fault = place.map(|place| self.faults.remove(place).1);
        let reply = match (refused, fault) {
            (Some(reply), _) => reply,
            (None, Some(Fault::Status(status))) if status < 500 => failed(status),
            (None, fault) => self.once(&mut asked, fault),
        };
        // This card loses the answer to every charge, but not to its repetition.
        let lossy =
            asked.is("POST /v1/payment_intents") && asked.field("payment_method") == Some("pm_lost_answer");
        let lost = fault == Some(Fault::Lost) || (lossy && !asked.replayed);
        let replayed = asked.replayed;
        self.asked.push(asked);
        if lost {
            // The body ends with a failure, so the connection is closed in the middle of the answer.
            let cut = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("the connection drops"))]);
            return Response::new(Body::from_stream(cut));
        }
        if fault == Some(Fault::Garbled) {
            return (StatusCode::OK, "<html><body>Welcome</body></html>").into_response();
        }
        let status = StatusCode::from_u16(reply.status).expect("a status");
        let mut response = (status, axum::Json(reply.body)).into_response();
        if replayed {
            response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }

    /// What comes of the request, or came of the first one with its key:
    /// <https://docs.stripe.com/api/idempotent_requests>.
    fn once(&mut self, asked: &mut Asked, fault: Option<Fault>) -> Reply {
        let key = asked.key.clone().filter(|_| asked.method == "POST");
        if let Some((first, reply)) = key.as_ref().and_then(|key| self.first.get(key)) {
            asked.replayed = first.path == asked.path && first.fields == asked.fields;
            if asked.replayed {
                return reply.clone();
            }
            let message = "Keys for idempotent requests can only be used with the same parameters they were \
                           first used with.";
            return Reply::error(400, json!({ "message": message, "type": "idempotency_error" }));
        }
        let reply = if fault == Some(Fault::Status(500)) {
            failed(500)
        } else {
            match self.account.answer(&asked.method, &asked.path, &asked.fields) {
                Ok(body) => Reply { status: 200, body },
                Err(reply) => reply,
            }
        };
        // What was wrong with the request itself is not kept; faults of theirs are.
        if let Some(key) = key.filter(|_| !matches!(reply.status, 400 | 404)) {
            self.first.insert(key, (asked.clone(), reply.clone()));
        }
        reply
    }
}

/// A request that was not even looked at, or broke something: <https://docs.stripe.com/api/errors>.
fn failed(status: u16) -> Reply {
    let error = match status {
        401 => {
            json!({ "message": "Invalid API Key provided: sk_test_****", "type": "invalid_request_error" })
        }
        409 => json!({
            "code": "idempotency_key_in_use", "message": "There is currently another in-progress request.",
            "type": "idempotency_error"
        }),
        429 => json!({
            "code": "rate_limit", "message": "Request rate limit exceeded.", "type": "invalid_request_error"
        }),
        _ => json!({ "message": "An unknown error occurred", "type": "api_error" }),
    };
    Reply::error(status, error)
}
