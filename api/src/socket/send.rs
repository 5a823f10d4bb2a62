//! What goes out on a socket. A message is taken from an operation only when the one before it was received: what a slow
//! reader has not read waits nowhere, and one that reads nothing is cut off.

use super::{
    close::{Close, INTERNAL},
    connection::{Connection, Step},
    message::Outgoing,
    operation::Answer,
};
use crate::http::not_executed;
use axum::extract::ws::Message;

impl Connection {
    pub(super) async fn answered(&mut self, id: String, answer: Answer) -> Step {
        let Answer::Response(mut response) = answer else {
            self.forget(&id);
            return self.send(&Outgoing::Complete { id: &id }).await;
        };
        if not_executed(&response) {
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

    pub(super) async fn send(&mut self, message: &Outgoing<'_>) -> Step {
        let Ok(text) = serde_json::to_string(message) else {
            return Step::Break(Some(Close::with(INTERNAL, "Internal error")));
        };
        match tokio::time::timeout(self.shared.limits.send_time, self.socket.send(Message::Text(text.into())))
            .await
        {
            Ok(Ok(())) => Step::Continue(()),
            Ok(Err(_)) => Step::Break(None),
            Err(_) => {
                tracing::info!(
                    request_id = self.visit.request_id,
                    "a socket was cut off: its reader is too slow"
                );
                Step::Break(None)
            }
        }
    }
}
