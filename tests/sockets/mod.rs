//! The protocol `graphql-transport-ws`, frame by frame: every message that a client may send, when it may, and with which code
//! the socket is closed when it may not.

mod closing;
mod limits;
mod messages;
mod persisted;

use crate::{
    harness::{App, SECRET},
    live::Server,
};
use api::{Exposure, Limits};
use domain::identity::Issuer;
use futures::{SinkExt, StreamExt};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A document that everybody with a token may send.
const WHO: &str = "query Who { viewer { kind } }";

/// A subscription that shows nothing unless something happens.
const WATCH: &str = "subscription { appSubscriptionEvents { type } }";

/// A server of which the public gets this much, and the count of its sockets.
async fn exposed(app: &App, exposure: Exposure) -> (Server, TaskTracker) {
    let sockets = TaskTracker::new();
    let routes = api::router(api::Api {
        market: app.market.clone(),
        feed: app.feed.clone(),
        issuer: Issuer::Local(SecretString::from(SECRET)),
        stopping: CancellationToken::new(),
        sockets: sockets.clone(),
        exposure,
    });
    (Server::with(app, routes).await, sockets)
}

/// The same with other limits.
async fn limited(app: &App, limits: Limits) -> (Server, TaskTracker) {
    exposed(app, Exposure { limits, ..Exposure::default() }).await
}

/// The client's end of a socket.
struct Wire(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What comes from a server.
#[derive(Debug, PartialEq)]
enum Came {
    Said(Json),
    Closed(u16),
    /// The connection ended without a word.
    Gone,
}

impl Wire {
    /// One for which these subprotocols are offered.
    async fn offering(server: &Server, protocols: Option<&str>) -> Self {
        let mut request =
            format!("ws://{}/graphql", server.address).into_client_request().expect("a request");
        if let Some(protocols) = protocols {
            request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a header"));
        }
        Self(connect_async(request).await.expect("a socket").0)
    }

    async fn open(server: &Server) -> Self {
        Self::offering(server, Some("graphql-transport-ws")).await
    }

    /// One that was acknowledged for whoever has this token.
    async fn of(server: &Server, token: &str) -> Self {
        let mut wire = Self::open(server).await;
        wire.init(token).await;
        assert_eq!(wire.comes().await, Came::Said(json!({ "type": "connection_ack" })));
        wire
    }

    async fn init(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.say(&json!({ "type": "connection_init", "payload": payload })).await;
    }

    async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("the frame is sent");
    }

    async fn say(&mut self, message: &Json) {
        self.send(Message::text(message.to_string())).await;
    }

    async fn subscribe(&mut self, id: &str, document: &str) {
        self.say(&json!({ "id": id, "type": "subscribe", "payload": { "query": document } })).await;
    }

    async fn comes(&mut self) -> Came {
        let comes = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Came::Said(serde_json::from_str(text.as_str()).expect("JSON"));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Came::Closed(frame.map_or(1005, |frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Came::Gone,
                }
            }
        };
        timeout(PATIENCE, comes).await.expect("the server says something")
    }

    async fn said(&mut self) -> Json {
        match self.comes().await {
            Came::Said(message) => message,
            other => panic!("nothing was said: {other:?}"),
        }
    }

    /// Insists that nothing was on its way: the answer to a ping comes next.
    async fn is_silent(&mut self) {
        self.say(&json!({ "type": "ping", "payload": { "silent": true } })).await;
        assert_eq!(self.said().await, json!({ "type": "pong", "payload": { "silent": true } }));
    }
}
