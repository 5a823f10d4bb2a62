//! The life of a socket: it begins unknown, serves whoever it belongs to, and ends with what let them in.

use super::{
    close::{Close, FORBIDDEN, GOING_AWAY, INIT_TIMEOUT, close, unreadable},
    operation::Answer,
};
use crate::{quota::Held, router::Shared, visit::Visit};
use axum::extract::ws::WebSocket;
use domain::identity::{self, Recognized, Verified};
use futures::{StreamExt, stream::BoxStream};
use std::{ops::ControlFlow, time::Duration};
use tokio::time::Instant;
use tokio_stream::StreamMap;

/// How often it is looked whether the caller is still known.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How long queries and mutations that have begun may take to end when the process is to stop.
const STOP_TIME: Duration = Duration::from_secs(20);

/// Whether a socket goes on; if not, why it is closed, or nothing if its peer has gone.
pub(super) type Step = ControlFlow<Option<Close>>;

/// A socket and what runs on it.
pub(super) struct Connection {
    pub(super) shared: Shared,
    pub(super) visit: Visit,
    pub(super) socket: WebSocket,
    pub(super) who: Option<Verified>,
    /// Who they were when they came.
    pub(super) known_as: Option<Recognized>,
    /// That it counts among the sockets of its caller.
    pub(super) counted: Option<Held>,
    /// When it is looked again whether the caller is still known.
    look_at: Instant,
    pub(super) answers: StreamMap<String, BoxStream<'static, Answer>>,
    /// Those of the operations that end by themselves: queries and mutations.
    pub(super) finite: Vec<String>,
}

impl Connection {
    pub(super) fn new(shared: Shared, visit: Visit, socket: WebSocket) -> Self {
        let look_at = Instant::now() + LOOK_EVERY;
        let (answers, finite) = (StreamMap::new(), Vec::new());
        Self { shared, visit, socket, who: None, known_as: None, counted: None, look_at, answers, finite }
    }

    /// Serves it until it ends.
    pub(super) async fn serve(mut self) {
        let stopping = self.shared.api.stopping.clone();
        let init_by = Instant::now() + self.shared.limits.init_time;
        loop {
            let expires = self.expires(init_by);
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
                    Some(Err(error)) => Step::Break(Some(unreadable(&error))),
                    None => Step::Break(None),
                },
                Some((id, answer)) = self.answers.next(), if !self.answers.is_empty() => self.answered(id, answer).await,
            };
            if let Step::Break(reason) = step {
                if let Some(reason) = reason {
                    close(&mut self.socket, reason, self.shared.limits.send_time).await;
                }
                return;
            }
        }
    }

    /// When it ends by itself: if nobody said who they are by this time, or with their token.
    fn expires(&self, init_by: Instant) -> Instant {
        match &self.who {
            None => init_by,
            Some(Verified { expires_at: None, .. }) => Instant::now() + Duration::from_secs(3600),
            Some(Verified { expires_at: Some(at), .. }) => {
                let left = (*at - self.shared.api.market.real_now()).to_std().unwrap_or_default();
                Instant::now() + left
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

    /// The name of an operation is free again.
    pub(super) fn forget(&mut self, id: &str) {
        self.answers.remove(id);
        self.finite.retain(|finite| finite != id);
    }
}
