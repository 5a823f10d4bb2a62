//! A client on a socket.

use super::{PATIENCE, Server, scene::events};
use crate::harness::{Client, Subscription, document};
use futures::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

/// How long to look before something is tried once more.
pub(super) const A_MOMENT: Duration = Duration::from_millis(300);

const PROTOCOL: &str = "graphql-transport-ws";

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What a server does on a socket.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Said(Json),
    Closed(u16),
}

impl Socket {
    /// One that has not said who it is.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_for(server, Some(PROTOCOL)).await
    }

    pub(super) async fn open_for(server: &Server, protocol: Option<&str>) -> Self {
        Self::open_with(server, &[("sec-websocket-protocol", protocol)]).await.expect("a socket")
    }

    /// One that a browser opens for a page of this site.
    pub(crate) async fn open_from(server: &Server, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_with(server, &[("sec-websocket-protocol", Some(PROTOCOL)), ("origin", origin)]).await
    }

    /// One that is asked for with these headers, or the status with which it is refused.
    pub(super) async fn open_with(
        server: &Server,
        headers: &[(&'static str, Option<&str>)],
    ) -> Result<Self, u16> {
        let mut request =
            format!("ws://{}/graphql", server.address).into_client_request().expect("a request");
        for (name, value) in headers {
            if let Some(value) = value {
                request.headers_mut().insert(*name, value.parse().expect("a header"));
            }
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no socket: {error}"),
        }
    }

    /// One of this client.
    pub(crate) async fn of(server: &Server, client: &Client<'_>) -> Self {
        let mut socket = Self::open(server).await;
        socket.init(&client.token).await;
        assert_eq!(socket.said().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(crate) async fn init(&mut self, token: &str) {
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("the message is sent");
    }

    pub(super) async fn say(&mut self, message: Json) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn hears(&mut self) -> Heard {
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

    pub(crate) async fn said(&mut self) -> Json {
        match self.hears().await {
            Heard::Said(message) => message,
            Heard::Closed(code) => panic!("the socket was closed with {code}"),
        }
    }

    /// Insists that nothing was on its way: the answer to a ping comes next.
    pub(super) async fn is_silent(&mut self) {
        self.say(json!({ "type": "ping", "payload": { "silent": true } })).await;
        assert_eq!(self.said().await, json!({ "type": "pong", "payload": { "silent": true } }));
    }

    pub(crate) async fn subscribe(&mut self, id: &str, document: &str, variables: Json) {
        let payload = json!({ "query": document, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Watches subscriptions with the contract's document.
    pub(crate) async fn watch(&mut self, id: &str, variables: Json) {
        self.subscribe(id, &document("Watch"), variables).await;
    }

    /// What is said next, about this operation.
    pub(crate) async fn said_of(&mut self, id: &str) -> Json {
        let message = self.said().await;
        assert_eq!(message["id"], id, "{message:#}");
        message
    }

    /// The data that an operation answers next.
    pub(super) async fn data(&mut self, id: &str) -> Json {
        let message = self.said_of(id).await;
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"]["errors"].is_null(), "{message:#}");
        message["payload"]["data"].clone()
    }

    pub(crate) async fn completed(&mut self, id: &str) {
        assert_eq!(self.said().await, json!({ "id": id, "type": "complete" }));
    }

    /// The event that a watch shows next.
    pub(super) async fn event(&mut self, id: &str) -> Json {
        self.data(id).await["appSubscriptionEvents"].clone()
    }

    /// The event that a watch of invoices shows next.
    pub(super) async fn invoice_event(&mut self, id: &str) -> Json {
        self.data(id).await["invoiceEvents"].clone()
    }

    /// The event that a watch shows next, which has to be of this type and this subscription; and its id.
    pub(super) async fn shows(&mut self, id: &str, kind: &str, of: &Subscription) -> (Json, String) {
        let event = self.event(id).await;
        assert_eq!(event["type"], kind, "{event:#}");
        assert_eq!(event["subscription"]["id"], of.id, "{event:#}");
        (event["subscription"].clone(), event["id"].as_str().expect("an id").to_owned())
    }

    /// The errors with which an operation is answered instead of an event; nothing comes after them.
    pub(super) async fn errors(&mut self, id: &str) -> Json {
        let message = self.said_of(id).await;
        if message["type"] == "error" {
            return message["payload"].clone();
        }
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"]["data"].is_null(), "{message:#}");
        self.completed(id).await;
        message["payload"]["errors"].clone()
    }

    /// Waits until a watch has begun, and has shown everything that happened so far: auto-renewal is switched off and
    /// on until it is seen. Nothing else may happen meanwhile.
    pub(super) async fn begun(&mut self, id: &str, owner: &Client<'_>, probe: &Subscription) {
        let mut shown = None;
        for _ in 0..100 {
            owner.sets_auto_renew(probe, false).await.done();
            owner.sets_auto_renew(probe, true).await.done();
            if let Ok(event) = timeout(A_MOMENT, self.event(id)).await {
                shown = Some(event);
                break;
            }
        }
        let mut shown = shown.expect("the watch begins");
        let newest = events(owner, probe).await.pop().expect("an event");
        while shown["id"] != newest {
            shown = self.event(id).await;
        }
    }
}
