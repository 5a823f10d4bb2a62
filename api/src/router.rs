//! The routes, and what goes round each request.

use crate::{
    address::Proxies,
    document,
    failures::Failures,
    gateway_notice, graphiql,
    graphiql::Graphiql,
    headers, health, http,
    introspection::Introspection,
    limits::Limits,
    origin,
    origin::Origin,
    persisted::{Persisted, Trusted},
    quota::Quota,
    rate_limit::{Buckets, RateLimit},
    schema::{TenureSchema, schema},
    socket,
    visit::{self, Visit},
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Marketplace, feed::Feed, identity::Issuer};
use serde_json::json;
use std::{convert::Infallible, future::ready, num::NonZeroU32, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::limit::RequestBodyLimitLayer;

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
    /// How much of it the public gets.
    pub exposure: Exposure,
}

/// How much of the API the public gets. By default nobody has a bucket, and nobody else is trusted.
#[derive(Debug, Clone, Default)]
pub struct Exposure {
    /// How much a caller may ask for; none for as much as they like.
    pub rate_limit: Option<RateLimit>,
    /// How often an address may fail to authenticate in a minute, before it is slowed down; none for as often as it likes.
    pub failures_per_minute: Option<NonZeroU32>,
    /// The sites whose pages may use it, beside our own.
    pub origins: Vec<Origin>,
    /// Who is believed when they tell for whom they ask.
    pub proxies: Vec<Proxies>,
    /// Whether GraphiQL is served, and how people sign in there.
    pub graphiql: Graphiql,
    /// How large and how many things may be.
    pub limits: Limits,
    /// Who may ask what the schema is like.
    pub introspection: Introspection,
    /// Documents that may be named instead of sent.
    pub trusted: Option<Arc<Trusted>>,
    /// Whether those are all that is executed.
    pub only_trusted: bool,
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) schema: TenureSchema,
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) failures: Arc<Failures>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) persisted: Arc<Persisted>,
    /// The sockets that each caller has open.
    pub(crate) sockets: Arc<Quota>,
    /// The operations on them.
    pub(crate) operations: Arc<Quota>,
}

/// The routes of the API.
pub fn router(api: Api) -> Router {
    let cors = origin::cors(&api.exposure.origins);
    let market = api.market.clone();
    let Exposure { limits, trusted, only_trusted, .. } = api.exposure.clone();
    let body_bytes = limits.body_bytes;
    let shared = Shared {
        persisted: Arc::new(Persisted::new(trusted, only_trusted, limits.persisted)),
        sockets: Quota::of(limits.sockets),
        operations: Quota::of(limits.operations_per_caller),
        limits: Arc::new(limits),
        schema: schema(),
        buckets: Arc::new(Buckets::new(api.exposure.rate_limit, Arc::new(move || market.real_now()))),
        failures: Arc::new(Failures::none(api.exposure.failures_per_minute)),
        api,
    };
    let routes = Router::new()
        .route("/graphql", get(upgrade).post(http::post).fallback(http::only_post_there))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/assets/{file}", get(graphiql::asset))
        .route("/invoices/{id}/document.pdf", get(document::of_invoice))
        .route("/credit-notes/{id}/document.pdf", get(document::of_credit_note))
        .route("/webhooks/gateway/{name}", post(gateway_notice::receive))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .layer(RequestBodyLimitLayer::new(body_bytes))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::map_response(move |response: Response| {
            ready(too_large_in_json(response, body_bytes))
        }))
        .with_state(shared.clone());
    let routes = match cors {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    headers::on_all(routes).layer(middleware::from_fn_with_state(shared, visit::note))
}

/// A body that is too large is refused by a layer that knows nothing of GraphQL.
fn too_large_in_json(response: Response, allowed: usize) -> Response {
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return response;
    }
    let errors = json!([{
        "message": format!("A request has at most {allowed} bytes."),
        "extensions": { "code": "LIMIT_EXCEEDED", "limit": "bodyBytes", "allowed": allowed },
    }]);
    http::refused(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "errors": errors }))
}

/// A request to become a WebSocket, or else a query.
async fn upgrade(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    uri: Uri,
    wanted: Wanted,
) -> Response {
    match wanted.0 {
        Ok(_) if !origin::may_open_socket(&headers, &shared.api.exposure.origins) => {
            let message =
                "pages of this site may not open a socket here: it is not among TENURE_CORS_ORIGINS";
            http::refusal(StatusCode::FORBIDDEN, "FORBIDDEN", message)
        }
        Ok(upgrade) => socket::accept(shared, visit, upgrade),
        Err(_) if headers.contains_key(header::UPGRADE) => http::only_post(),
        Err(_) => http::get(shared, visit, headers, uri).await,
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
