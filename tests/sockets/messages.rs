//! The messages of the protocol, in the order in which it has them.

use super::{Came, WATCH, WHO, Wire};
use crate::{
    harness::{App, Db},
    live::Server,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_answered_by_one_message_and_its_end() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    wire.subscribe("q", WHO).await;
    let next = wire.said().await;
    assert_eq!((&next["id"], &next["type"]), (&json!("q"), &json!("next")));
    assert_eq!(next["payload"]["data"]["viewer"]["kind"], "MEMBER");
    assert_eq!(wire.said().await, json!({ "id": "q", "type": "complete" }));
    wire.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_executed_is_an_error_and_nothing_comes_after_it() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    for (document, code) in [
        ("", "BAD_USER_INPUT"),
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("query($n: Int!) { apps(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        ("query One { __typename } query Two { __typename }", "BAD_USER_INPUT"),
        (
            "{ a { b { c { d { e { f { g { h { i { j { k { l { m { n { o { p { q } } } } } } } } } } } } } } } } }",
            "LIMIT_EXCEEDED",
        ),
    ] {
        wire.subscribe("wrong", document).await;
        let error = wire.said().await;
        assert_eq!(
            (&error["id"], &error["type"]),
            (&json!("wrong"), &json!("error")),
            "{document}: {error:#}"
        );
        let errors = error["payload"].as_array().expect("a list of errors");
        assert!(!errors.is_empty(), "{document}");
        for error in errors {
            assert_eq!(error["extensions"]["code"], code, "{document}: {error:#}");
            assert!(error["message"].is_string(), "{document}: {error:#}");
        }
        wire.is_silent().await;
    }
    wire.subscribe("wrong", WHO).await;
    assert_eq!(wire.said().await["type"], "next", "the name is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_at_any_time_and_pongs_are_taken() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::open(&server).await;
    for round in 0..2 {
        wire.say(&json!({ "type": "ping" })).await;
        assert_eq!(wire.said().await, json!({ "type": "pong" }), "{round}");
        wire.say(&json!({ "type": "ping", "payload": null })).await;
        assert_eq!(wire.said().await, json!({ "type": "pong" }), "{round}");
        wire.say(&json!({ "type": "pong" })).await;
        wire.say(&json!({ "type": "pong", "payload": { "any": "thing" } })).await;
        // Those of the WebSocket itself.
        wire.send(Message::Ping(Default::default())).await;
        wire.send(Message::Pong(Default::default())).await;
        wire.is_silent().await;
        if round == 0 {
            wire.init(&app.ada().token).await;
            assert_eq!(wire.said().await, json!({ "type": "connection_ack" }));
            wire.subscribe("watch", WATCH).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_complete_what_is_not_there_is_nothing() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    wire.say(&json!({ "id": "nothing", "type": "complete" })).await;
    wire.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_goodbye_is_answered() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    wire.send(Message::Close(None)).await;
    assert!(matches!(wire.comes().await, Came::Closed(_)), "the close frame comes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_go_on_side_by_side() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    wire.subscribe("watch", WATCH).await;
    let names = ["a", "b", "c"];
    for id in names {
        wire.subscribe(id, WHO).await;
    }
    let mut ended = Vec::new();
    while ended.len() < names.len() {
        let message = wire.said().await;
        if message["type"] == "complete" {
            ended.push(message["id"].as_str().expect("an id").to_owned());
        } else {
            assert_eq!(message["payload"]["data"]["viewer"]["kind"], "MEMBER", "{message:#}");
        }
    }
    ended.sort();
    assert_eq!(ended, names);
}
