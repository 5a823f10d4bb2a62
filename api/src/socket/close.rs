//! Why a socket is closed: the close codes of `graphql-transport-ws`, and how one is sent.

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use std::{borrow::Cow, time::Duration};

pub(super) const GOING_AWAY: u16 = 1001;
pub(super) const TOO_BIG: u16 = 1009;
pub(super) const INTERNAL: u16 = 1011;
/// Who it is cannot be found out now: clients come again by themselves.
pub(super) const TRY_AGAIN_LATER: u16 = 1013;
pub(super) const BAD_REQUEST: u16 = 4400;
pub(super) const UNAUTHORIZED: u16 = 4401;
pub(super) const FORBIDDEN: u16 = 4403;
pub(super) const NOT_ACCEPTABLE: u16 = 4406;
pub(super) const INIT_TIMEOUT: u16 = 4408;
pub(super) const SUBSCRIBER_EXISTS: u16 = 4409;
pub(super) const TOO_MANY_REQUESTS: u16 = 4429;

/// Why a socket is closed.
pub(super) struct Close(pub(super) u16, pub(super) Cow<'static, str>);

impl Close {
    pub(super) const fn with(code: u16, reason: &'static str) -> Self {
        Self(code, Cow::Borrowed(reason))
    }
}

/// Closes a socket and says why, if the peer still listens.
pub(super) async fn close(socket: &mut WebSocket, Close(code, reason): Close, patience: Duration) {
    let frame = Message::Close(Some(CloseFrame { code, reason: reason.into_owned().into() }));
    // The peer may have gone already.
    let _ = tokio::time::timeout(patience, socket.send(frame)).await;
}

/// Why a socket is closed from which no message could be read. Its peer may have gone.
pub(super) fn unreadable(error: &axum::Error) -> Close {
    if error.to_string().contains("too long") {
        Close::with(TOO_BIG, "The message is too large")
    } else {
        Close::with(BAD_REQUEST, "Invalid frame received")
    }
}
