//! What comes in on a socket.

use super::{
    close::{
        BAD_REQUEST, Close, FORBIDDEN, SUBSCRIBER_EXISTS, TOO_MANY_REQUESTS, TRY_AGAIN_LATER, UNAUTHORIZED,
    },
    connection::{Connection, Step},
    message::{Incoming, Outgoing},
    operation::Operation,
};
use crate::{
    asked::Members,
    door::{Closed, enter},
    error::top_level,
    http::NUL,
    limits::Exceeded,
    rate_limit::owner,
    visit::new_id,
};
use axum::extract::ws::Message;
use domain::{
    By,
    identity::{self, Recognized},
};
use futures::StreamExt;
use serde_json::{Map, Value as Json};

impl Connection {
    pub(super) async fn received(&mut self, message: Message) -> Step {
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Ping(_) | Message::Pong(_) => return Step::Continue(()),
            Message::Binary(_) => return Step::Break(Some(Close::with(BAD_REQUEST, "Send text messages"))),
            // The socket answers it by itself.
            Message::Close(_) => return Step::Continue(()),
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
            Ok(Incoming::Subscribe { id, payload }) if !id.is_empty() => self.subscribe(id, *payload).await,
            Ok(Incoming::Subscribe { .. }) => {
                Step::Break(Some(Close::with(BAD_REQUEST, "The id of an operation is not empty")))
            }
            Ok(Incoming::Complete { id }) => {
                self.forget(&id);
                Step::Continue(())
            }
        }
    }

    /// The token comes as `Authorization` in the payload, in any case of letters.
    async fn init(&mut self, payload: Option<Map<String, Json>>) -> Step {
        if self.who.is_some() {
            return Step::Break(Some(Close::with(TOO_MANY_REQUESTS, "Too many initialisation requests")));
        }
        let authorization = payload.as_ref().and_then(|fields| {
            fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
                .and_then(|(_, value)| value.as_str())
        });
        match enter(&self.shared, &self.visit, authorization).await {
            Ok((who, recognized)) => {
                let by = By { actor: recognized.actor, key: recognized.key, request_id: None };
                let Some(counted) = self.shared.sockets.take(owner(&by)) else {
                    let reason = format!("Too many sockets: at most {} are open", self.shared.limits.sockets);
                    return Step::Break(Some(Close(TOO_MANY_REQUESTS, reason.into())));
                };
                self.counted = Some(counted);
                (self.who, self.known_as) = (Some(who), Some(recognized));
            }
            Err(Closed::Slowed(seconds)) => {
                let reason = format!("Too many failed attempts; try again in {seconds} s");
                return Step::Break(Some(Close(TOO_MANY_REQUESTS, reason.into())));
            }
            Err(Closed::Failed(error)) => {
                tracing::error!(%error, "who opens a socket could not be found out");
                return Step::Break(Some(Close::with(TRY_AGAIN_LATER, "Try again later")));
            }
            Err(Closed::Unknown) => return Step::Break(Some(Close::with(FORBIDDEN, "Forbidden"))),
        }
        self.send(&Outgoing::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, members: Members) -> Step {
        let Ok(asked) = members.asked() else {
            return Step::Break(Some(Close::with(BAD_REQUEST, "Invalid message received")));
        };
        let Some(who) = &self.who else {
            return Step::Break(Some(Close::with(UNAUTHORIZED, "Unauthorized")));
        };
        if self.answers.contains_key(&id) {
            return Step::Break(Some(Close::with(SUBSCRIBER_EXISTS, "Subscriber already exists")));
        }
        // Looked up for each operation: somebody's role may have changed since the socket was opened.
        let request_id = new_id(&self.shared);
        let recognized = identity::recognize(&self.shared.api.market, &who.who, Some(&request_id)).await;
        let Recognized { actor, key } = match recognized {
            Ok(Some(recognized)) => recognized,
            Ok(None) => return Step::Break(Some(Close::with(FORBIDDEN, "Forbidden"))),
            Err(error) => {
                // The socket stays: what else is on it goes on.
                let mut error = top_level(error).into_server_error(Default::default());
                error.locations.clear();
                return self.send(&Outgoing::Error { id: &id, payload: &[error] }).await;
            }
        };
        let by = By { actor, key, request_id: Some(request_id.clone()) };
        let limits = &self.shared.limits;
        let here = Exceeded::beyond(
            "operations",
            "operations on this socket",
            limits.operations,
            self.answers.len() + 1,
        );
        if let Err(exceeded) = here {
            return self.refuse(&id, &exceeded).await;
        }
        let Some(held) = self.shared.operations.take(owner(&by)) else {
            let allowed = limits.operations_per_caller;
            let what = "operations on all sockets";
            let exceeded = Exceeded { limit: "operationsPerCaller", allowed, asked: allowed + 1, what };
            return self.refuse(&id, &exceeded).await;
        };
        let operation = Operation::of(&self.shared, by, request_id, asked);
        if operation.is_finite() {
            self.finite.push(id.clone());
        }
        self.answers.insert(id, operation.answers(&self.shared, held).boxed());
        Step::Continue(())
    }

    /// Answers an operation for which there is no room. The others go on.
    async fn refuse(&mut self, id: &str, exceeded: &Exceeded) -> Step {
        self.send(&Outgoing::Error { id, payload: &exceeded.refusal().errors }).await
    }
}
