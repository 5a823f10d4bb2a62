//! Sockets of somebody from the provider: opened with a token in `connection_init`, closed with 4403 when it
//! is refused, and when it ends.

use super::{ADA, CARL, Scene, WHO, after, keys::OTHER};
use crate::harness::Db;
use futures::{SinkExt, StreamExt};
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

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that serves the scene. It stops when this goes.
struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn of(scene: &Scene) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (mut tasks, routes) = (JoinSet::new(), scene.routes.clone());
        tasks.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { address, _tasks: tasks }
    }
}

struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a server does on a socket.
#[derive(Debug, PartialEq)]
enum Heard {
    Said(Json),
    Closed(u16),
}

impl Socket {
    /// One whose client has sent this token.
    async fn with(server: &Server, token: &str) -> Self {
        let mut request =
            format!("ws://{}/graphql", server.address).into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.expect("a socket");
        let mut socket = Self { stream };
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        socket
    }

    async fn say(&mut self, message: Json) {
        self.stream.send(Message::text(message.to_string())).await.expect("the message is sent");
    }

    async fn hears(&mut self) -> Heard {
        let heard = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Heard::Said(serde_json::from_str(text.as_str()).expect("JSON"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Heard::Closed(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => panic!("not what a server says: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, heard).await.expect("the server says something")
    }

    async fn is_open(&mut self) {
        assert_eq!(self.hears().await, Heard::Said(json!({ "type": "connection_ack" })));
    }

    /// Who the server says that its client is.
    async fn who(&mut self) -> Json {
        self.say(json!({ "id": "who", "type": "subscribe", "payload": { "query": WHO } })).await;
        let Heard::Said(next) = self.hears().await else { panic!("the socket was closed") };
        assert_eq!((&next["id"], &next["type"]), (&json!("who"), &json!("next")), "{next:#}");
        assert_eq!(self.hears().await, Heard::Said(json!({ "id": "who", "type": "complete" })));
        next["payload"]["data"]["viewer"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_provider_opens_a_socket() {
    let scene = Scene::on(Db::Sqlite).await;
    let server = Server::of(&scene).await;
    // The first who comes is bound here as well as by a request.
    let mut socket = Socket::with(&server, &scene.token(json!({}))).await;
    socket.is_open().await;
    assert_eq!(socket.who().await["user"]["email"], ADA);
    assert_eq!(scene.bound(ADA).await, Some((scene.provider.issuer.clone(), "ada-there".into())));

    let operator = json!({ "sub": "operator-there", "email": "operator@tenure.example" });
    let mut socket = Socket::with(&server, &scene.token(operator)).await;
    socket.is_open().await;
    assert_eq!(socket.who().await["kind"], "OPERATOR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_lets_nobody_in_closes_the_socket() {
    let scene = Scene::on(Db::Sqlite).await;
    let server = Server::of(&scene).await;
    scene.who(&scene.token(json!({}))).await;
    for worthless in [
        "garbage".into(),
        scene.app.ada().token,
        scene.app.carl().token,
        scene.provider.token(&OTHER, json!({})),
        scene.token(json!({ "aud": "https://elsewhere.example" })),
        scene.token(json!({ "iss": "https://elsewhere.example" })),
        scene.token(json!({ "exp": after(-30) })),
        scene.token(json!({ "nbf": after(31) })),
        scene.token(json!({ "sub": "somebody-else" })),
        scene.token(json!({ "sub": "carl-there", "email": CARL, "email_verified": false })),
        scene.token(json!({ "sub": "nobody", "email": "nobody@contoso.example" })),
    ] {
        let mut socket = Socket::with(&server, &worthless).await;
        assert_eq!(socket.hears().await, Heard::Closed(4403), "{worthless}");
    }
    assert_eq!(scene.bound(CARL).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_closed_when_its_token_ends() {
    let scene = Scene::on(Db::Sqlite).await;
    let server = Server::of(&scene).await;
    let (short, long) =
        (scene.token(json!({ "exp": after(600) })), scene.token(json!({ "exp": after(3600) })));
    let mut ending = Socket::with(&server, &short).await;
    let mut staying = Socket::with(&server, &long).await;
    for socket in [&mut ending, &mut staying] {
        socket.is_open().await;
    }
    scene.app.at("2026-01-31T09:10:30Z");
    // Time stands still for the server too; a message makes it look at the clock.
    ending.say(json!({ "type": "ping" })).await;
    assert_eq!(ending.hears().await, Heard::Said(json!({ "type": "pong" })));
    assert_eq!(ending.hears().await, Heard::Closed(4403));
    assert_eq!(Socket::with(&server, &short).await.hears().await, Heard::Closed(4403), "it is too late");
    assert_eq!(staying.who().await["user"]["email"], ADA, "another token of hers is good");
}

/// The token ends by itself, without a word from anybody: there are seconds left when the socket is opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_closed_though_nobody_says_anything() {
    let scene = Scene::on(Db::Sqlite).await;
    let server = Server::of(&scene).await;
    let mut socket = Socket::with(&server, &scene.token(json!({ "exp": after(-29) }))).await;
    socket.is_open().await;
    assert_eq!(socket.hears().await, Heard::Closed(4403));
}
