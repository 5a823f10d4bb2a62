//! Whether the process lives, and whether it can serve.

use crate::router::Shared;
use axum::{extract::State, http::StatusCode};
use domain::health;

/// Whether it lives.
pub(crate) async fn live(State(shared): State<Shared>) -> (StatusCode, String) {
    answer("live", health::live(&shared.api.market))
}

/// Whether it can serve.
pub(crate) async fn ready(State(shared): State<Shared>) -> (StatusCode, String) {
    answer("ready", health::ready(&shared.api.market).await)
}

/// The answer to a question for health.
pub fn answer(what: &str, healthy: Result<(), &'static str>) -> (StatusCode, String) {
    match healthy {
        Ok(()) => (StatusCode::OK, format!("{what}\n")),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not {what}: {why}\n")),
    }
}
