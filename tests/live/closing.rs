//! When a socket is closed, and with which code.

use super::{Heard, Server, Socket, WHO};
use crate::harness::{App, Db, SECRET};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_of_the_protocol_closes_with_4400() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let ada = app.ada();
    let wrong = [
        Message::text("nonsense"),
        Message::text("{"),
        Message::text("[]"),
        Message::text(json!({}).to_string()),
        Message::text(json!({ "type": "hello" }).to_string()),
        Message::text(json!({ "type": "subscribe", "id": "no-payload" }).to_string()),
        Message::text(json!({ "type": "subscribe", "payload": { "query": WHO } }).to_string()),
        Message::text(json!({ "type": "complete" }).to_string()),
        // PostgreSQL cannot store this character.
        Message::text(json!({ "type": "ping", "payload": { "text": "\u{0}" } }).to_string()),
        Message::binary(json!({ "type": "ping" }).to_string().into_bytes()),
    ];
    for message in wrong {
        let mut socket = Socket::of(&server, &ada).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.hears().await, Heard::Closed(4400), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_subscribe_before_saying_who_one_is_closes_with_4401() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open(&server).await;
    socket.subscribe("early", WHO, json!({})).await;
    assert_eq!(socket.hears().await, Heard::Closed(4401));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_lets_nobody_in_closes_with_4403(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let good = app.ada().token;
    let nobody = app.client("email:nobody@contoso.example").token;
    for payload in [
        Json::Null,
        json!({}),
        json!({ "Authorization": null }),
        json!({ "Authorization": "Bearer garbage" }),
        json!({ "Authorization": good }),
        json!({ "Authorization": format!("Basic {good}") }),
        json!({ "Authorization": format!("Bearer {nobody}") }),
        json!({ "headers": { "Authorization": format!("Bearer {good}") } }),
    ] {
        let mut socket = Socket::open(&server).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hears().await, Heard::Closed(4403), "{payload}");
    }
    let mut socket = Socket::open(&server).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hears().await, Heard::Closed(4403), "no payload");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_opens_no_socket_and_keeps_none_open() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let ada = app.ada();
    let mut open = Socket::of(&server, &ada).await;
    app.at("2026-01-31T17:00:01Z");
    // Time stands still for the server too; a message makes it look at the clock.
    open.say(json!({ "type": "ping" })).await;
    assert_eq!(open.said().await, json!({ "type": "pong" }));
    assert_eq!(open.hears().await, Heard::Closed(4403));
    let mut late = Socket::open(&server).await;
    late.init(&ada.token).await;
    assert_eq!(late.hears().await, Heard::Closed(4403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_the_protocol_closes_with_4406() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open_for(&server, None).await;
    assert_eq!(socket.hears().await, Heard::Closed(4406));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_closes_with_4409() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.watch("taken", json!({})).await;
    socket.watch("taken", json!({})).await;
    assert_eq!(socket.hears().await, Heard::Closed(4409));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_say_twice_who_one_is_closes_with_4429() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.init(&app.ada().token).await;
    assert_eq!(socket.hears().await, Heard::Closed(4429));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_closes_with_1001() {
    let app = App::on(Db::Sqlite).await;
    let stopping = CancellationToken::new();
    let api = api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: domain::identity::Issuer::Local(SecretString::from(SECRET)),
        stopping: stopping.clone(),
        sockets: TaskTracker::new(),
        exposure: api::Exposure::default(),
    };
    let server = Server::with(&app, api::router(api)).await;
    let mut silent = Socket::open(&server).await;
    let mut idle = Socket::of(&server, &app.ada()).await;
    let mut watching = Socket::of(&server, &app.ada()).await;
    watching.watch("all", json!({})).await;
    watching.is_silent().await;
    stopping.cancel();
    for socket in [&mut silent, &mut idle, &mut watching] {
        assert_eq!(socket.hears().await, Heard::Closed(1001));
    }
}
