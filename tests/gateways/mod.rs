//! Payment gateways: what both adapters keep to, what is Stripe's alone, and what notices do to invoices.
//!
//! Stripe is played by a stand-in (`stripe`) that answers in its documented shapes; `fixture` puts an adapter
//! under test together, and `contract` is the one set of tests that all adapters pass.

mod contract;
mod fixture;
mod late_notices;
mod notices;
mod outages;
mod stripe;
mod stripe_details;
mod stripe_end_to_end;
mod stripe_faults;

use crate::harness::{Answer, App, BOARDS_MONTHLY, Subscription, send};
use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use domain::gateway::signature;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Contoso has an app that is paid with this card, and its first charge was made.
async fn bought_with(app: &App, card: &str) -> Subscription {
    app.ada().new_profile("Card", "USD", card).await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Card").await
}

/// The uuid in a global id.
fn uuid_of(id: &Json) -> Uuid {
    let text = URL_SAFE_NO_PAD.decode(id.as_str().expect("an id")).expect("base64");
    let text = String::from_utf8(text).expect("text");
    text.split_once(':').expect("a kind").1.parse().expect("an id")
}

/// The first invoice of a subscription, as Ada sees it.
async fn first_invoice(app: &App, of: &Subscription) -> Json {
    app.ada().invoices(of).await.remove(0)
}

/// The payments of that invoice with their refunds, in the order of their attempts.
async fn payments(app: &App, of: &Subscription) -> Vec<Json> {
    let document = "query($id: ID!) { invoice(id: $id) { payments {
        id status failureCode amount { amount }
        refunds { id status attempt failureCode amount { amount } }
    } } }";
    let answer = app.ada().asks(document, json!({ "id": first_invoice(app, of).await["id"] })).await.done();
    answer.at("/invoice/payments").as_array().expect("payments").clone()
}

/// The id of the first attempt to pay it.
async fn first_payment(app: &App, of: &Subscription) -> Uuid {
    uuid_of(&payments(app, of).await[0]["id"])
}

/// The real time of the app.
fn now(app: &App) -> DateTime<Utc> {
    domain::Clock::now(app.clock.as_ref())
}

/// The signature of a notice that is sent at this time.
fn signed(secret: &str, body: &str, at: DateTime<Utc>) -> String {
    signature::sign(&SecretString::from(secret), body.as_bytes(), at)
}

/// Sends something to the route of a gateway's notices, with the signature in this header.
async fn posts(app: &App, gateway: &str, (header, signature): (&str, Option<&str>), body: &str) -> Answer {
    let mut request = Request::post(format!("/webhooks/gateway/{gateway}"));
    if let Some(signature) = signature {
        request = request.header(header, signature);
    }
    send(app, request.body(Body::from(body.to_owned())).expect("a request")).await
}
