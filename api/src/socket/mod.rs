//! GraphQL over WebSocket: the protocol `graphql-transport-ws`, with its close codes.
//!
//! `connection.rs` is a socket's life, `receive.rs` what comes in, `operation.rs` one that runs, `send.rs` what goes out.

mod close;
mod connection;
mod message;
mod operation;
mod receive;
mod send;

use self::{
    close::{Close, NOT_ACCEPTABLE, close},
    connection::Connection,
};
use crate::{router::Shared, visit::Visit};
use axum::{extract::ws::WebSocketUpgrade, response::Response};

const PROTOCOL: &str = "graphql-transport-ws";

/// Accepts the upgrade if the client speaks our protocol.
pub(crate) fn accept(shared: Shared, visit: Visit, upgrade: WebSocketUpgrade) -> Response {
    let (largest, patience) = (shared.limits.body_bytes, shared.limits.send_time);
    // Counted from here: whoever stops waits for it.
    let counted = shared.api.sockets.token();
    upgrade.protocols([PROTOCOL]).max_message_size(largest).max_frame_size(largest).on_upgrade(
        async move |mut socket| {
            let _counted = counted;
            if socket.protocol().is_some_and(|protocol| protocol == PROTOCOL) {
                Connection::new(shared, visit, socket).serve().await;
            } else {
                close(&mut socket, Close::with(NOT_ACCEPTABLE, "Subprotocol not acceptable"), patience).await;
            }
        },
    )
}
