//! Whether the process lives, and whether it can serve.

use crate::router::Shared;
use axum::{extract::State, http::StatusCode};

/// It runs.
pub(crate) async fn live() -> &'static str {
    "live\n"
}

/// Its database answers, and nothing keeps it from writing.
pub(crate) async fn ready(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    if let Some(why) = shared.api.market.db().writing_stopped() {
        tracing::warn!(why = &*why, "not ready: nothing is written");
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready: nothing is written, the log says why\n");
    }
    match shared.api.market.db().read().ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(?error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer\n")
        }
    }
}
