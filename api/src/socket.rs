//! GraphQL over WebSocket: the protocol `graphql-transport-ws`, with its close codes.

use crate::{
    admission::admit,
    caller::Caller,
    door::{Closed, enter},
    http::{NUL, operation_of, outcome_of},
    router::Shared,
    visit::{Visit, new_id},
};
use async_graphql::{Request, Response as GraphqlResponse, ServerError, Value};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use domain::{
    By,
    identity::{self, Recognized, Verified},
};
use futures::{StreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::{borrow::Cow, ops::ControlFlow, sync::Arc, time::Duration};
use tokio::time::Instant;

const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to send `connection_init`.
const INIT_TIME: Duration = Duration::from_secs(10);

/// How often it is looked whether the caller is still known.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How long a client may take to receive a message, before it counts as gone.
const SEND_TIME: Duration = Duration::from_secs(10);

/// How long queries and mutations that have begun may take to end when the process is to stop.
const STOP_TIME: Duration = Duration::from_secs(20);

/// The largest message that is read.
const LARGEST_MESSAGE: usize = 256 * 1024;

/// The most operations of one socket at a time.
const MOST_OPERATIONS: usize = 100;

const GOING_AWAY: u16 = 1001;
const BAD_REQUEST: u16 = 4400;
const UNAUTHORIZED: u16 = 4401;
const FORBIDDEN: u16 = 4403;
const NOT_ACCEPTABLE: u16 = 4406;
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

/// What we send.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Outgoing<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Json>,
    },
    Next {
        id: &'a str,
        payload: &'a GraphqlResponse,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// Why a socket is closed.
struct Close(u16, Cow<'static, str>);

impl Close {
    const fn with(code: u16, reason: &'static str) -> Self {
        Self(code, Cow::Borrowed(reason))
    }
}

type Step = ControlFlow<Option<Close>>;

/// What an operation answers: a response, or that it has ended.
enum Answer {
    Response(Box<GraphqlResponse>),
    Ended,
}

/// Accepts the upgrade if the client speaks our protocol.
pub(crate) fn accept(shared: Shared, visit: Visit, upgrade: WebSocketUpgrade) -> Response {
    // Counted from here: whoever stops waits for it.
    let counted = shared.api.sockets.token();
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .on_upgrade(async move |mut socket| {
            let _counted = counted;
            if socket.protocol().is_some_and(|protocol| protocol == PROTOCOL) {
                let look_at = Instant::now() + LOOK_EVERY;
                let (answers, finite) = (Default::default(), Vec::new());
                Connection { shared, visit, socket, who: None, known_as: None, look_at, answers, finite }
                    .serve()
                    .await;
            } else {
                close(&mut socket, Close::with(NOT_ACCEPTABLE, "Subprotocol not acceptable")).await;
            }
        })
}

async fn close(socket: &mut WebSocket, Close(code, reason): Close) {
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into_owned().into() }));
    // The peer may have gone already.
    let _ = tokio::time::timeout(SEND_TIME, socket.send(frame)).await;
}

struct Connection {
    shared: Shared,
    visit: Visit,
    socket: WebSocket,
    who: Option<Verified>,
    /// Who they were when they came.
    known_as: Option<Recognized>,
    /// When it is looked again whether the caller is still known.
    look_at: Instant,
    answers: tokio_stream::StreamMap<String, BoxStream<'static, Answer>>,
    /// Those of the operations that end by themselves: queries and mutations.
    finite: Vec<String>,
}

impl Connection {
    async fn serve(mut self) {
        let stopping = self.shared.api.stopping.clone();
        let init_by = Instant::now() + INIT_TIME;
        loop {
            let expires = match &self.who {
                None => init_by,
                Some(Verified { expires_at: None, .. }) => Instant::now() + Duration::from_secs(3600),
                Some(Verified { expires_at: Some(at), .. }) => {
                    let left = (*at - self.shared.api.market.real_now()).to_std().unwrap_or_default();
                    Instant::now() + left
                }
            };
            let step = tokio::select! {
                () = stopping.cancelled() => {
                    let _ = tokio::time::timeout(STOP_TIME, self.finish()).await;
                    Step::Break(Some(Close::with(GOING_AWAY, "The server is stopping")))
                }
                () = tokio::time::sleep_until(expires) => match &self.who {
                    None => Step::Break(Some(Close::with(INIT_TIMEOUT, "Connection initialisation timeout"))),
                    Some(Verified { expires_at: None, .. }) => Step::Continue(()),
                    Some(_) => Step::Break(Some(Close::with(FORBIDDEN, "The token has expired"))),
                },
                () = tokio::time::sleep_until(self.look_at) => self.look_again().await,
                received = self.socket.recv() => match received {
                    Some(Ok(message)) => self.received(message).await,
                    Some(Err(_)) | None => Step::Break(None),
                },
                Some((id, answer)) = self.answers.next(), if !self.answers.is_empty() => self.answered(id, answer).await,
            };
            if let Step::Break(reason) = step {
                if let Some(reason) = reason {
                    close(&mut self.socket, reason).await;
                }
                return;
            }
        }
    }

    /// Whether the caller is still known: somebody may have been removed, or a key revoked. While the database does not answer
    /// nobody is cut off.
    async fn look_again(&mut self) -> Step {
        self.look_at = Instant::now() + LOOK_EVERY;
        let Some(who) = &self.who else { return Step::Continue(()) };
        match identity::recognize(&self.shared.api.market, &who.who, Some(&self.visit.request_id)).await {
            Ok(None) => Step::Break(Some(Close::with(FORBIDDEN, "Forbidden"))),
            // What is watched was scoped by who they were.
            Ok(Some(now)) if Some(now) != self.known_as => {
                Step::Break(Some(Close::with(FORBIDDEN, "Your role has changed; connect again")))
            }
            Ok(Some(_)) | Err(_) => Step::Continue(()),
        }
    }

    /// Lets the queries and mutations that have begun end.
    async fn finish(&mut self) {
        while !self.finite.is_empty() {
            match self.answers.next().await {
                Some((id, answer)) => {
                    if self.answered(id, answer).await.is_break() {
                        return;
                    }
                }
                None => return,
            }
        }
    }

    async fn received(&mut self, message: Message) -> Step {
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Ping(_) | Message::Pong(_) => return Step::Continue(()),
            Message::Binary(_) => return Step::Break(Some(Close::with(BAD_REQUEST, "Send text messages"))),
            Message::Close(_) => return Step::Break(None),
        };
        if text.as_bytes().windows(NUL.len()).any(|part| part == NUL) {
            return Step::Break(Some(Close::with(
                BAD_REQUEST,
                "Text with the character U+0000 cannot be stored",
            )));
        }
        match serde_json::from_str(text) {
            Err(_) => Step::Break(Some(Close::with(BAD_REQUEST, "Invalid message received"))),
            Ok(Incoming::ConnectionInit { payload }) => self.init(payload).await,
            Ok(Incoming::Ping { payload }) => self.send(&Outgoing::Pong { payload }).await,
            Ok(Incoming::Pong { .. }) => Step::Continue(()),
            Ok(Incoming::Subscribe { id, payload }) => self.subscribe(id, *payload).await,
            Ok(Incoming::Complete { id }) => {
                self.forget(&id);
                Step::Continue(())
            }
        }
    }

    /// The token comes as `Authorization` in the payload, in any case of letters.
    async fn init(&mut self, payload: Option<Json>) -> Step {
        if self.who.is_some() {
            return Step::Break(Some(Close::with(TOO_MANY_REQUESTS, "Too many initialisation requests")));
        }
        let authorization = payload.as_ref().and_then(Json::as_object).and_then(|fields| {
            fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .and_then(|(_, value)| value.as_str())
        });
        match enter(&self.shared, &self.visit, authorization).await {
            Ok((who, recognized)) => (self.who, self.known_as) = (Some(who), Some(recognized)),
            Err(Closed::Slowed(seconds)) => {
                let reason = format!("Too many failed attempts; try again in {seconds} s");
                return Step::Break(Some(Close(TOO_MANY_REQUESTS, reason.into())));
            }
            Err(Closed::Unknown | Closed::Failed(_)) => {
                return Step::Break(Some(Close::with(FORBIDDEN, "Forbidden")));
            }
        }
        self.send(&Outgoing::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, mut request: Request) -> Step {
        let Some(who) = &self.who else {
            return Step::Break(Some(Close::with(UNAUTHORIZED, "Unauthorized")));
        };
        if self.answers.contains_key(&id) {
            return Step::Break(Some(Close::with(SUBSCRIBER_EXISTS, "Subscriber already exists")));
        }
        if self.answers.len() >= MOST_OPERATIONS {
            return Step::Break(Some(Close::with(TOO_MANY_REQUESTS, "Too many operations")));
        }
        let api = &self.shared.api;
        // Looked up for each operation: somebody's role may have changed since the socket was opened.
        let request_id = new_id(&self.shared);
        let recognized = identity::recognize(&api.market, &who.who, Some(&request_id)).await;
        let Ok(Some(Recognized { actor, key })) = recognized else {
            return Step::Break(Some(Close::with(FORBIDDEN, "Forbidden")));
        };
        let by = By { actor, key, request_id: Some(request_id.clone()) };
        let operation = operation_of(&request);
        if request.parsed_query().is_ok_and(|document| !subscribes(document)) {
            self.finite.push(id.clone());
        }
        let admitted = admit(&self.shared, &by, &mut request);
        let caller = Caller::new(api.market.clone(), api.feed.clone(), by);
        let schema = self.shared.schema.clone();
        let answers = async_stream::stream! {
            let started = Instant::now();
            let mut outcome = String::from("ok");
            match admitted {
                Ok(mut admitted) => {
                    let mut responses = schema.execute_stream(request.data(Arc::new(caller))).boxed();
                    while let Some(response) = responses.next().await {
                        let response = admitted.finished(response);
                        outcome = outcome_of(&response);
                        yield Answer::Response(Box::new(response));
                    }
                }
                Err(refused) => {
                    outcome = outcome_of(&refused.response);
                    yield Answer::Response(Box::new(refused.response));
                }
            }
            tracing::info!(
                request_id,
                operation = operation.as_deref().unwrap_or("-"),
                duration_ms = started.elapsed().as_secs_f64() * 1000.0,
                outcome,
                "request on a socket"
            );
            yield Answer::Ended;
        };
        self.answers.insert(id, answers.boxed());
        Step::Continue(())
    }

    async fn answered(&mut self, id: String, answer: Answer) -> Step {
        let Answer::Response(mut response) = answer else {
            self.forget(&id);
            return self.send(&Outgoing::Complete { id: &id }).await;
        };
        let not_executed =
            response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
        if not_executed {
            self.forget(&id);
            // Such a message has room for errors alone.
            if let (Some(cost), Some(error)) =
                (response.extensions.remove("cost"), response.errors.first_mut())
            {
                error.extensions.get_or_insert_default().set("cost", cost);
            }
            return self.send(&Outgoing::Error { id: &id, payload: &response.errors }).await;
        }
        self.send(&Outgoing::Next { id: &id, payload: &response }).await
    }

    fn forget(&mut self, id: &str) {
        self.answers.remove(id);
        self.finite.retain(|finite| finite != id);
    }

    async fn send(&mut self, message: &Outgoing<'_>) -> Step {
        let Ok(text) = serde_json::to_string(message) else {
            return Step::Break(Some(Close::with(1011, "Internal error")));
        };
        match tokio::time::timeout(SEND_TIME, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Step::Continue(()),
            Ok(Err(_)) | Err(_) => Step::Break(None),
        }
    }
}

/// Whether a document has a subscription: that one does not end by itself.
fn subscribes(document: &async_graphql::parser::types::ExecutableDocument) -> bool {
    use async_graphql::parser::types::OperationType;
    document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Subscription)
}
