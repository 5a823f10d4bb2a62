//! GraphQL over WebSocket: the protocol `graphql-transport-ws`, with its close codes.

use crate::{
    caller::{Caller, Credentials, credentials},
    http::{finished, only_operation, request_id},
    router::Shared,
};
use async_graphql::{Request, Response as GraphqlResponse, Value};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    http::HeaderMap,
    response::Response,
};
use domain::{By, identity};
use futures::{StreamExt, stream::BoxStream};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to send `connection_init`.
const INIT_TIME: Duration = Duration::from_secs(10);

/// The largest message that is read.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// The most operations of one socket at a time.
const MOST_OPERATIONS: usize = 100;

const GOING_AWAY: u16 = 1001;
const BAD_REQUEST: u16 = 4400;
const UNAUTHORIZED: u16 = 4401;
const FORBIDDEN: u16 = 4403;
const INIT_TIMEOUT: u16 = 4408;
const SUBSCRIBER_EXISTS: u16 = 4409;
const TOO_MANY_REQUESTS: u16 = 4429;

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Incoming {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Json>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Json>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Json>,
    },
    Subscribe {
        id: String,
        payload: Box<Request>,
    },
    Complete {
        id: String,
    },
}

/// Why a socket is closed.
struct Close(u16, &'static str);

/// What the operations of a socket answer: a response, or that one has ended.
type Answers = tokio_stream::StreamMap<String, BoxStream<'static, Option<GraphqlResponse>>>;

/// Accepts the upgrade if the client speaks our protocol.
pub(crate) fn accept(shared: Shared, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .on_upgrade(async move |socket| {
            if socket.protocol().is_some_and(|protocol| protocol == PROTOCOL) {
                Connection { shared, socket, who: None, answers: Answers::new() }.serve().await;
            } else {
                let frame = CloseFrame { code: 4406, reason: "Subprotocol not acceptable".into() };
                let mut socket = socket;
                // The peer may have gone already.
                let _ = socket.send(Message::Close(Some(frame))).await;
            }
        })
}

struct Connection {
    shared: Shared,
    socket: WebSocket,
    who: Option<Credentials>,
    answers: Answers,
}

impl Connection {
    async fn serve(mut self) {
        let stopping: CancellationToken = self.shared.api.stopping.clone();
        let init_by = Instant::now() + INIT_TIME;
        loop {
            let expires = self.who.as_ref().map_or(init_by, |who| {
                let left = (who.expires_at - self.shared.api.market.real_now()).to_std().unwrap_or_default();
                Instant::now() + left
            });
            let step = tokio::select! {
                () = stopping.cancelled() => ControlFlow::Break(Some(Close(GOING_AWAY, "The server is stopping"))),
                () = tokio::time::sleep_until(expires) => ControlFlow::Break(Some(match self.who {
                    None => Close(INIT_TIMEOUT, "Connection initialisation timeout"),
                    Some(_) => Close(FORBIDDEN, "The token has expired"),
                })),
                received = self.socket.recv() => match received {
                    Some(Ok(message)) => self.received(message).await,
                    Some(Err(_)) | None => ControlFlow::Break(None),
                },
                Some((id, answer)) = self.answers.next(), if !self.answers.is_empty() => self.answered(id, answer).await,
            };
            if let ControlFlow::Break(close) = step {
                if let Some(Close(code, reason)) = close {
                    // The peer may have gone already.
                    let _ = self.socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
                }
                return;
            }
        }
    }

    async fn received(&mut self, message: Message) -> ControlFlow<Option<Close>> {
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Ping(_) | Message::Pong(_) => return ControlFlow::Continue(()),
            Message::Binary(_) => return ControlFlow::Break(Some(Close(BAD_REQUEST, "Send text messages"))),
            Message::Close(_) => return ControlFlow::Break(None),
        };
        match serde_json::from_str(text) {
            Err(_) => ControlFlow::Break(Some(Close(BAD_REQUEST, "Invalid message received"))),
            Ok(Incoming::ConnectionInit { payload }) => self.init(payload).await,
            Ok(Incoming::Ping { payload }) => {
                let pong = match payload {
                    Some(payload) => json!({ "type": "pong", "payload": payload }),
                    None => json!({ "type": "pong" }),
                };
                self.send(&pong).await
            }
            Ok(Incoming::Pong { .. }) => ControlFlow::Continue(()),
            Ok(Incoming::Subscribe { id, payload }) => self.subscribe(id, *payload).await,
            Ok(Incoming::Complete { id }) => {
                self.answers.remove(&id);
                ControlFlow::Continue(())
            }
        }
    }

    /// The token comes as `Authorization` in the payload, in any case of letters.
    async fn init(&mut self, payload: Option<Json>) -> ControlFlow<Option<Close>> {
        if self.who.is_some() {
            return ControlFlow::Break(Some(Close(TOO_MANY_REQUESTS, "Too many initialisation requests")));
        }
        let authorization = payload.as_ref().and_then(Json::as_object).and_then(|fields| {
            fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).and_then(|(_, value)| value.as_str())
        });
        let api = &self.shared.api;
        let Ok(who) = credentials(&api.market, &api.secret, authorization) else {
            return ControlFlow::Break(Some(Close(FORBIDDEN, "Forbidden")));
        };
        match identity::recognize(&api.market, &who.subject).await {
            Ok(Some(_)) => self.who = Some(who),
            Ok(None) | Err(_) => return ControlFlow::Break(Some(Close(FORBIDDEN, "Forbidden"))),
        }
        self.send(&json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, request: Request) -> ControlFlow<Option<Close>> {
        let Some(who) = &self.who else {
            return ControlFlow::Break(Some(Close(UNAUTHORIZED, "Unauthorized")));
        };
        if self.answers.contains_key(&id) {
            return ControlFlow::Break(Some(Close(SUBSCRIBER_EXISTS, "Subscriber already exists")));
        }
        if self.answers.len() >= MOST_OPERATIONS {
            return ControlFlow::Break(Some(Close(TOO_MANY_REQUESTS, "Too many operations")));
        }
        let api = &self.shared.api;
        let request_id = request_id(&self.shared, &HeaderMap::new());
        // Looked up for each operation: somebody's role may have changed since the socket was opened.
        let Ok(Some(actor)) = identity::recognize(&api.market, &who.subject).await else {
            return ControlFlow::Break(Some(Close(FORBIDDEN, "Forbidden")));
        };
        let operation = request.operation_name.clone().or_else(|| only_operation(&request.query));
        tracing::info!(request_id, operation = operation.as_deref().unwrap_or("-"), "operation on a socket");
        let by = By { actor, request_id: Some(request_id.clone()) };
        let caller = Caller::new(api.market.clone(), api.feed.clone(), by);
        let schema = self.shared.schema.clone();
        let answers = async_stream::stream! {
            let mut responses = schema.execute_stream(request.data(Arc::new(caller)));
            while let Some(response) = responses.next().await {
                yield Some(finished(response, &request_id));
            }
            yield None;
        };
        self.answers.insert(id, answers.boxed());
        ControlFlow::Continue(())
    }

    async fn answered(&mut self, id: String, answer: Option<GraphqlResponse>) -> ControlFlow<Option<Close>> {
        let Some(response) = answer else {
            self.answers.remove(&id);
            return self.send(&json!({ "id": id, "type": "complete" })).await;
        };
        let not_executed = response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
        if not_executed {
            self.answers.remove(&id);
            return self.send(&json!({ "id": id, "type": "error", "payload": response.errors })).await;
        }
        self.send(&json!({ "id": id, "type": "next", "payload": response })).await
    }

    async fn send(&mut self, message: &Json) -> ControlFlow<Option<Close>> {
        match self.socket.send(Message::Text(message.to_string().into())).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(None),
        }
    }
}
