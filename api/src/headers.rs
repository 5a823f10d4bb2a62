//! What every answer tells browsers.
//!
//! Not among it: `Strict-Transport-Security`. TLS ends in front of us, and whoever ends it knows whether the host is served
//! over TLS alone; told by us over plain HTTP, it counts for nothing.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
};
use tower_http::set_header::SetResponseHeaderLayer;

/// What an answer may load, and who may frame it: nothing and nobody. GraphiQL's page has a policy of its own.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The headers, and what they say if a handler says nothing else.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The routes with these headers on all of their answers.
pub(crate) fn on_all(routes: Router) -> Router {
    HEADERS.into_iter().fold(routes, |routes, (name, value)| {
        routes.layer(SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value)))
    })
}
