//! Queries and mutations on a socket, and what is no good document.

use super::{Server, Socket, WHO};
use crate::harness::{App, BOARDS_MONTHLY, Db, document};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn queries_and_mutations_work_on_a_socket(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.subscribe("query", &document("Viewer"), json!({})).await;
    assert_eq!(socket.data("query").await["viewer"]["user"]["name"], "Ada");
    socket.completed("query").await;
    let input = json!({ "input": { "subscriptionId": boards.id, "autoRenew": false } });
    socket.subscribe("mutation", &document("SetAutoRenew"), input).await;
    assert_eq!(socket.data("mutation").await["setAutoRenew"]["subscription"]["autoRenew"], false);
    socket.completed("mutation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_document_is_answered_with_an_error_and_nothing_after_it() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    for document in ["subscription { nonsense }", "subscription {", "{ viewer { nonsense } }", ""] {
        socket.subscribe("wrong", document, json!({})).await;
        let message = socket.said_of("wrong").await;
        assert_eq!(message["type"], "error", "{document}: {message:#}");
        assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{document}: {message:#}");
        socket.is_silent().await;
    }
    // The socket is as good as before, and so is the name.
    socket.subscribe("wrong", WHO, json!({})).await;
    assert_eq!(socket.data("wrong").await["viewer"]["kind"], "MEMBER");
    socket.completed("wrong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_before_and_after_the_beginning() {
    let app = App::on(Db::Sqlite).await;
    let server = Server::of(&app).await;
    let mut socket = Socket::open(&server).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.said().await, json!({ "type": "pong" }));
    socket.init(&app.ada().token).await;
    assert_eq!(socket.said().await, json!({ "type": "connection_ack" }));
    socket.say(json!({ "type": "pong" })).await;
    socket.is_silent().await;
}
