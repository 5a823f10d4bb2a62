//! Sockets end with what opened them: a member who leaves, a role that changes, a key that is revoked.

use super::words::{changes_role, machine, newcomer, removes, revokes_key, user_of};
use crate::harness::{App, Db, document};
use futures::{SinkExt, StreamExt};
use rstest::rstest;
use serde_json::{Value as Json, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// How long a socket may stay open: it is looked every three seconds who is still known.
const A_FEW_LOOKS: Duration = Duration::from_secs(15);

/// A process that serves an app. It stops when this goes.
struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn of(app: &App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (routes, mut tasks) = (app.routes(), JoinSet::new());
        tasks.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { address, _tasks: tasks }
    }
}

struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// One that was opened with this token, and what the server said to that.
    async fn opened(server: &Server, token: &str) -> (Self, Result<Json, u16>) {
        let address = format!("ws://{}/graphql", server.address);
        let mut request = address.into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self { stream };
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        let said = socket.hears().await;
        (socket, said)
    }

    /// One that watches everything that the holder of this token sees.
    async fn of(server: &Server, token: &str) -> Self {
        let (mut socket, said) = Self::opened(server, token).await;
        assert_eq!(said, Ok(json!({ "type": "connection_ack" })));
        socket.asks("watch", &document("Watch")).await;
        assert!(socket.is_open().await, "it watches");
        socket
    }

    async fn say(&mut self, message: Json) {
        self.stream.send(Message::text(message.to_string())).await.expect("the message is sent");
    }

    async fn asks(&mut self, id: &str, document: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": document } })).await;
    }

    /// What is said next, or the code with which the socket is closed.
    async fn hears(&mut self) -> Result<Json, u16> {
        let heard = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok::<Json, u16>(serde_json::from_str(text.as_str()).expect("JSON"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Err(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => panic!("not what a server says: {other:?}"),
                }
            }
        };
        timeout(A_FEW_LOOKS, heard).await.expect("the server says something, or closes the socket")
    }

    /// Whether a ping is answered, and nothing else was on its way.
    async fn is_open(&mut self) -> bool {
        self.say(json!({ "type": "ping" })).await;
        self.hears().await == Ok(json!({ "type": "pong" }))
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_no_more_is_cut_off_within_a_few_looks(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    // The sockets are another process's: nobody tells it.
    let other_process = app.replica().await;
    let server = Server::of(&other_process).await;
    let (ada, carl) = (app.ada(), app.carl());
    let (id, nora) = newcomer(&app, "nora", Some("READER")).await;
    let key = json!({ "name": "portal", "scope": "READ" });
    let (revoked, portal) = machine(&app, &app.northwind(), key).await;
    let short = json!({
        "name": "ERP", "scope": "READ", "role": "READER", "expiresAt": "2026-01-31T10:00:00Z",
    });
    let (_, expiring) = machine(&app, &ada, short).await;
    let mut of_removed = Socket::of(&server, &nora.token).await;
    let mut of_changed = Socket::of(&server, &carl.token).await;
    let mut of_revoked = Socket::of(&server, &portal.token).await;
    let mut of_expired = Socket::of(&server, &expiring.token).await;
    let mut stay = Vec::new();
    for client in [app.lena(), app.northwind(), app.operator()] {
        stay.push((Socket::of(&server, &client.token).await, client.who));
    }

    removes(&ada, &id).await.done();
    changes_role(&ada, &user_of(&carl).await, Some("READER")).await.done();
    revokes_key(&app.northwind(), &revoked).await.done();
    other_process.at("2026-01-31T10:00:00Z");
    for (socket, of) in [
        (&mut of_removed, "somebody who was removed"),
        (&mut of_changed, "somebody whose role was changed"),
        (&mut of_revoked, "a key that was revoked"),
        (&mut of_expired, "a key that has expired"),
    ] {
        assert_eq!(socket.hears().await, Err(4403), "the socket of {of}");
    }
    for (socket, who) in &mut stay {
        assert!(socket.is_open().await, "{who}");
    }
    // Who has another role comes again, as what they are now.
    let mut again = Socket::of(&server, &carl.token).await;
    again.asks("who", "{ viewer { roles } }").await;
    let answer = again.hears().await.expect("an answer");
    assert_eq!(answer["payload"]["data"]["viewer"]["roles"], json!(["READER"]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_they_ask_on_an_open_socket_closes_it_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (id, nora) = newcomer(&app, "nora", Some("OWNER")).await;
    let key = json!({ "name": "portal", "scope": "WRITE" });
    let (revoked, portal) = machine(&app, &app.northwind(), key).await;
    let mut of_nora = Socket::of(&server, &nora.token).await;
    let mut of_portal = Socket::of(&server, &portal.token).await;
    removes(&app.ada(), &id).await.done();
    revokes_key(&app.northwind(), &revoked).await.done();
    for socket in [&mut of_nora, &mut of_portal] {
        socket.asks("who", "{ viewer { kind } }").await;
        assert_eq!(socket.hears().await, Err(4403), "and nothing is answered before");
    }
    for token in [&nora.token, &portal.token] {
        let (_, said) = Socket::opened(&server, token).await;
        assert_eq!(said, Err(4403), "and nothing is opened with it again");
    }
}
