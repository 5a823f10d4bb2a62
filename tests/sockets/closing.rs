//! The close codes of the protocol.

use super::{Came, PATIENCE, WATCH, WHO, Wire, limited};
use crate::{
    harness::{App, Db},
    live::Server,
};
use api::Limits;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// What is no message of the protocol.
fn malformed() -> Vec<Message> {
    let message = |json: serde_json::Value| Message::text(json.to_string());
    vec![
        Message::text(""),
        Message::text("nonsense"),
        Message::text("{"),
        Message::text("[".repeat(10_000)),
        Message::text("null"),
        Message::text("\"ping\""),
        Message::binary(json!({ "type": "ping" }).to_string().into_bytes()),
        Message::binary(Vec::<u8>::new()),
        message(json!([])),
        message(json!({})),
        message(json!({ "type": null })),
        message(json!({ "type": 1 })),
        message(json!({ "type": "hello" })),
        message(json!({ "type": "Ping" })),
        // What the subprotocol before this one had.
        message(json!({ "type": "start", "id": "1", "payload": { "query": WHO } })),
        message(json!({ "type": "stop", "id": "1" })),
        message(json!({ "type": "connection_terminate" })),
        // What only a server says.
        message(json!({ "type": "connection_ack" })),
        message(json!({ "type": "next", "id": "1", "payload": {} })),
        message(json!({ "type": "error", "id": "1", "payload": [] })),
        message(json!({ "type": "connection_init", "payload": "text" })),
        message(json!({ "type": "connection_init", "payload": [] })),
        message(json!({ "type": "ping", "payload": 1 })),
        message(json!({ "type": "pong", "payload": [] })),
        message(json!({ "type": "complete" })),
        message(json!({ "type": "complete", "id": 1 })),
        message(json!({ "type": "subscribe" })),
        message(json!({ "type": "subscribe", "id": "1" })),
        message(json!({ "type": "subscribe", "id": "1", "payload": null })),
        message(json!({ "type": "subscribe", "id": "1", "payload": WHO })),
        message(json!({ "type": "subscribe", "payload": { "query": WHO } })),
        message(json!({ "type": "subscribe", "id": null, "payload": { "query": WHO } })),
        message(json!({ "type": "subscribe", "id": 1, "payload": { "query": WHO } })),
        message(json!({ "type": "subscribe", "id": "", "payload": { "query": WHO } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": {} })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": null } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": WHO, "operationName": 1 } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": WHO, "variables": "{}" } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": WHO, "variables": [] } })),
        message(json!({ "type": "subscribe", "id": "1", "payload": { "query": WHO, "extensions": "x" } })),
        // A character that PostgreSQL cannot store.
        message(json!({ "type": "ping", "payload": { "text": "\u{0}" } })),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_closes_with_4400_whenever_it_comes() {
    let app = App::on(Db::Sqlite).await;
    let (server, token) = (Server::of(&app).await, app.ada().token);
    for message in malformed() {
        let mut known = Wire::of(&server, &token).await;
        known.send(message.clone()).await;
        assert_eq!(known.comes().await, Came::Closed(4400), "{message}");
        let mut unknown = Wire::open(&server).await;
        unknown.send(message.clone()).await;
        assert_eq!(unknown.comes().await, Came::Closed(4400), "before it is known who asks: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_subscribe_before_the_acknowledgement_closes_with_4401() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    for document in [WHO, WATCH, "{ nothing }"] {
        let mut wire = Wire::open(&server).await;
        wire.subscribe("early", document).await;
        assert_eq!(wire.comes().await, Came::Closed(4401), "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_recognized_is_closed_with_4403() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    for message in [
        json!({ "type": "connection_init" }),
        json!({ "type": "connection_init", "payload": null }),
        json!({ "type": "connection_init", "payload": {} }),
        json!({ "type": "connection_init", "payload": { "Authorization": "Bearer garbage" } }),
        json!({ "type": "connection_init", "payload": { "Authorization": 1 } }),
    ] {
        let mut wire = Wire::open(&server).await;
        wire.say(&message).await;
        assert_eq!(wire.comes().await, Came::Closed(4403), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_subprotocol_is_refused() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut none = Wire::offering(&server, None).await;
    assert_eq!(none.comes().await, Came::Closed(4406));
    let both = "graphql-ws, graphql-transport-ws";
    let mut ours = Wire::offering(&server, Some(both)).await;
    ours.init(&app.ada().token).await;
    assert_eq!(ours.said().await, json!({ "type": "connection_ack" }), "ours among others is spoken");
}

/// Pings do not put it off.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_who_they_are_is_closed_with_4408() {
    let app = App::on(Db::Sqlite).await;
    let (server, _) = limited(&app, Limits { init_time: Duration::from_secs(3), ..Limits::default() }).await;
    let mut silent = Wire::open(&server).await;
    let mut pinging = Wire::open(&server).await;
    pinging.say(&json!({ "type": "ping" })).await;
    assert_eq!(silent.comes().await, Came::Closed(4408));
    let closed = async {
        loop {
            match pinging.comes().await {
                Came::Said(message) => assert_eq!(message, json!({ "type": "pong" })),
                other => return other,
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, closed).await.expect("it is closed"), Came::Closed(4408));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_acknowledged_stays_beyond_that_time() {
    let app = App::on(Db::Sqlite).await;
    let token = app.ada().token;
    let (server, _) = limited(&app, Limits { init_time: Duration::from_secs(3), ..Limits::default() }).await;
    let mut known = Wire::of(&server, &token).await;
    let mut later = Wire::open(&server).await;
    assert_eq!(later.comes().await, Came::Closed(4408), "that time is over for who came after");
    known.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_closes_with_4409_and_one_that_is_free_again_does_not() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    for _ in 0..2 {
        wire.subscribe("again", WHO).await;
        assert_eq!(wire.said().await["type"], "next");
        assert_eq!(wire.said().await, json!({ "id": "again", "type": "complete" }));
    }
    for _ in 0..2 {
        wire.subscribe("watch", WATCH).await;
        wire.say(&json!({ "id": "watch", "type": "complete" })).await;
        wire.is_silent().await;
    }
    wire.subscribe("taken", WATCH).await;
    wire.subscribe("taken", WHO).await;
    assert_eq!(wire.comes().await, Came::Closed(4409));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_say_more_than_once_who_one_is_closes_with_4429() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    wire.init(&app.ada().token).await;
    assert_eq!(wire.comes().await, Came::Closed(4429));
    // Without waiting for the acknowledgement too.
    let mut hasty = Wire::open(&server).await;
    hasty.init(&app.ada().token).await;
    hasty.init(&app.ada().token).await;
    assert_eq!(hasty.said().await, json!({ "type": "connection_ack" }));
    assert_eq!(hasty.comes().await, Came::Closed(4429));
}
