//! How much a socket, and a caller with all of theirs, may have.

use super::{Came, PATIENCE, WATCH, WHO, Wire, limited};
use crate::harness::{App, Db};
use api::Limits;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_is_read_up_to_its_limit() {
    let app = App::on(Db::Sqlite).await;
    let (server, _) = limited(&app, Limits { body_bytes: 10_000, ..Limits::default() }).await;
    let mut wire = Wire::of(&server, &app.ada().token).await;
    let ping = |bytes: usize| {
        let text = json!({ "type": "ping" }).to_string();
        Message::text(format!("{text}{}", " ".repeat(bytes - text.len())))
    };
    wire.send(ping(10_000)).await;
    assert_eq!(wire.said().await, json!({ "type": "pong" }));
    wire.send(ping(10_001)).await;
    assert_eq!(wire.comes().await, Came::Closed(1009));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_opens_only_so_many_sockets() {
    let app = App::on(Db::Sqlite).await;
    let (server, _) = limited(&app, Limits { sockets: 2, ..Limits::default() }).await;
    let (ada, carl) = (app.ada(), app.carl());
    let first = Wire::of(&server, &ada.token).await;
    let mut second = Wire::of(&server, &ada.token).await;
    let mut third = Wire::open(&server).await;
    third.init(&ada.token).await;
    assert_eq!(third.comes().await, Came::Closed(4429));
    second.is_silent().await;
    Wire::of(&server, &carl.token).await.is_silent().await;
    // One that is closed makes room for another, as soon as the server has noticed.
    drop(first);
    let again = async {
        loop {
            let mut again = Wire::open(&server).await;
            again.init(&ada.token).await;
            if again.comes().await == Came::Said(json!({ "type": "connection_ack" })) {
                return;
            }
        }
    };
    timeout(PATIENCE, again).await.expect("there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_and_a_caller_carry_only_so_many_operations() {
    let app = App::on(Db::Sqlite).await;
    let limits = Limits { operations: 2, operations_per_caller: 3, ..Limits::default() };
    let (server, _) = limited(&app, limits).await;
    let mut one = Wire::of(&server, &app.ada().token).await;
    let mut other = Wire::of(&server, &app.ada().token).await;
    for id in ["a", "b"] {
        one.subscribe(id, WATCH).await;
    }
    one.subscribe("c", WATCH).await;
    let refused = one.said().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("c"), &json!("error")), "{refused:#}");
    let told = &refused["payload"][0]["extensions"];
    assert_eq!(
        (&told["code"], &told["limit"], &told["allowed"]),
        (&json!("LIMIT_EXCEEDED"), &json!("operations"), &json!(2))
    );
    one.is_silent().await;

    other.subscribe("a", WATCH).await;
    other.subscribe("b", WHO).await;
    let refused = other.said().await;
    assert_eq!(refused["payload"][0]["extensions"]["limit"], "operationsPerCaller", "{refused:#}");
    // What ends makes room.
    one.say(&json!({ "id": "a", "type": "complete" })).await;
    one.is_silent().await;
    other.subscribe("b", WHO).await;
    assert_eq!(other.said().await["type"], "next");
}

/// What a client does not read piles up in the buffers of the system, and nowhere else: then it is cut off.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_cut_off() {
    let app = App::on(Db::Sqlite).await;
    let limits = Limits { send_time: Duration::from_millis(500), operations: 1_000, ..Limits::default() };
    let (server, sockets) = limited(&app, limits).await;
    let large = include_str!("../http/introspection.graphql");
    let mut slow = Wire::of(&server, &app.ada().token).await;
    // Hundreds of kilobytes each: more than all buffers hold.
    for id in 0..200 {
        let subscribe = json!({ "id": id.to_string(), "type": "subscribe", "payload": { "query": large } });
        if futures::SinkExt::send(&mut slow.0, Message::text(subscribe.to_string())).await.is_err() {
            break;
        }
    }
    sockets.close();
    timeout(PATIENCE, sockets.wait()).await.expect("the server lets go of it, though it is still open here");
    drop(slow);
}
