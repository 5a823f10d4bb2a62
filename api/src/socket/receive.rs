//! What comes in on a socket.

use super::{
    close::{
        BAD_REQUEST, Close, FORBIDDEN, SUBSCRIBER_EXISTS, TOO_MANY_REQUESTS, TRY_AGAIN_LATER, UNAUTHORIZED,
    },
    connection::{Connection, Step},
    message::{Incoming, Outgoing},
    operation::{answers, subscribes},
};
use crate::{
    door::{Closed, enter},
    error::top_level,
    http::NUL,
    visit::new_id,
};
use async_graphql::Request;
use axum::extract::ws::Message;
use domain::{
    By,
    identity::{self, Recognized},
};
use futures::StreamExt;
use serde_json::Value as Json;

/// The most operations of one socket at a time.
const MOST_OPERATIONS: usize = 100;

impl Connection {
    pub(super) async fn received(&mut self, message: Message) -> Step {
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
            Err(Closed::Failed(error)) => {
                tracing::error!(%error, "who opens a socket could not be found out");
                return Step::Break(Some(Close::with(TRY_AGAIN_LATER, "Try again later")));
            }
            Err(Closed::Unknown) => return Step::Break(Some(Close::with(FORBIDDEN, "Forbidden"))),
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
        if request.parsed_query().is_ok_and(|document| !subscribes(document)) {
            self.finite.push(id.clone());
        }
        let by = By { actor, key, request_id: Some(request_id.clone()) };
        self.answers.insert(id, answers(&self.shared, by, request_id, request).boxed());
        Step::Continue(())
    }
}
