//! Webhooks: who registers them, what is sent to whom, signed by what, how often, and where nothing is sent.

mod bodies;
mod endpoints;
mod guard;
mod outbox;
mod receiver;
mod retries;
mod rounds;
mod signatures;

use self::receiver::Receiver;
use crate::harness::{App, Client, Db, Setup};
use domain::{
    sweep::Report,
    webhook::{self, Post},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value as Json, json};

/// A Tenure that sends to this machine.
async fn app(db: Db) -> App {
    let mut setup = Setup::on(db);
    setup.settings.webhooks.allow_loopback = true;
    setup.start().await
}

/// Waits until all events can be read: on PostgreSQL the feed is read below the oldest transaction of the whole server, and
/// other tests have theirs.
async fn readable(app: &App) {
    let db = app.market.db().read();
    if db.get_database_backend() == DbBackend::Sqlite {
        return;
    }
    let sql =
        "select 1 from event where xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint limit 1";
    let hidden = || db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql));
    while hidden().await.expect("an answer").is_some() {
        tokio::task::yield_now().await;
    }
}

/// Sends everything that is due.
async fn delivers(app: &App) -> Report {
    readable(app).await;
    let post = Post::new(&app.market.settings().webhooks).expect("TLS");
    webhook::deliver(&app.market, &post).await.expect("a round")
}

/// An endpoint, as whoever registered it knows it.
struct Endpoint {
    id: String,
    secret: String,
}

/// Registers an endpoint for these events.
async fn registers(client: &Client<'_>, receiver: &Receiver, types: &[&str]) -> Endpoint {
    let input = json!({ "url": receiver.url(), "eventTypes": types });
    let created = client.does("CreateWebhookEndpoint", input).await.done();
    Endpoint {
        id: created.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned(),
        secret: created.text("/createWebhookEndpoint/secret").to_owned(),
    }
}

/// The endpoint as its owner sees it, with what was sent there, the newest first.
async fn shown(client: &Client<'_>, endpoint: &Endpoint) -> Json {
    let variables = json!({ "id": endpoint.id, "first": 100 });
    client.sends("WebhookEndpoint", variables).await.done().at("/webhookEndpoint").clone()
}

/// What was sent there, the oldest first.
async fn deliveries(client: &Client<'_>, endpoint: &Endpoint) -> Vec<Json> {
    let shown = shown(client, endpoint).await;
    shown["deliveries"]["nodes"].as_array().expect("deliveries").iter().rev().cloned().collect()
}

/// Asks for a message that tries the endpoint out: the id of the delivery.
async fn tests(client: &Client<'_>, endpoint: &Endpoint) -> String {
    let sent = client.does("SendTestEvent", json!({ "webhookEndpointId": endpoint.id })).await.done();
    sent.text("/sendTestEvent/webhookDelivery/id").to_owned()
}
