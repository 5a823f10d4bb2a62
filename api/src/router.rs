//! The routes, and what goes round each request.

use crate::{
    document, gateway_notice, graphiql, health, http,
    schema::{TenureSchema, schema},
    socket,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Marketplace, feed::Feed, identity::Issuer};
use std::convert::Infallible;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::{limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer};

/// The largest body that is read.
const LARGEST_BODY: usize = 256 * 1024;

/// What the API is made of.
#[derive(Clone)]
pub struct Api {
    /// The domain.
    pub market: Marketplace,
    /// The feed of committed events. Somebody has to run it.
    pub feed: Feed,
    /// Whom we trust to say who somebody is.
    pub issuer: Issuer,
    /// Cancelled when the process is to stop: sockets are closed then.
    pub stopping: CancellationToken,
    /// The sockets that are open: whoever stops waits for them.
    pub sockets: TaskTracker,
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) schema: TenureSchema,
}

/// The routes of the API.
pub fn router(api: Api) -> Router {
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    Router::new()
        .route("/graphql", get(upgrade).post(http::execute))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/assets/{file}", get(graphiql::asset))
        .route("/invoices/{id}/document.pdf", get(document::of_invoice))
        .route("/credit-notes/{id}/document.pdf", get(document::of_credit_note))
        .route("/webhooks/gateway/{name}", post(gateway_notice::receive))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(DefaultBodyLimit::disable())
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .with_state(Shared { api, schema: schema() })
}

/// A request to become a WebSocket, or nothing else: queries are sent by POST.
async fn upgrade(State(shared): State<Shared>, wanted: Wanted) -> Response {
    match wanted.0 {
        Ok(upgrade) => socket::accept(shared, upgrade),
        Err(_) => http::only_post(),
    }
}

/// A WebSocket upgrade, if the request is one.
struct Wanted(Result<axum::extract::WebSocketUpgrade, Response>);

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let upgrade = axum::extract::WebSocketUpgrade::from_request_parts(parts, state).await;
        Ok(Self(upgrade.map_err(IntoResponse::into_response)))
    }
}
