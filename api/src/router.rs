//! The routes, and what goes round each request.

use crate::{
    address::Proxies,
    document,
    failures::Failures,
    gateway_notice, graphiql,
    graphiql::Graphiql,
    headers, health, http, origin,
    origin::Origin,
    rate_limit::{Buckets, RateLimit},
    schema::{TenureSchema, schema},
    socket,
    visit::{self, Visit},
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    http::{HeaderMap, StatusCode, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Marketplace, feed::Feed, identity::Issuer};
use std::{convert::Infallible, num::NonZeroU32, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::limit::RequestBodyLimitLayer;

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
    /// How much of it the public gets.
    pub exposure: Exposure,
}

/// How much of the API the public gets. By default nothing is limited, and nobody else is trusted.
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
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) schema: TenureSchema,
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) failures: Arc<Failures>,
}

/// The routes of the API.
pub fn router(api: Api) -> Router {
    let cors = origin::cors(&api.exposure.origins);
    let market = api.market.clone();
    let shared = Shared {
        schema: schema(),
        buckets: Arc::new(Buckets::new(api.exposure.rate_limit, Arc::new(move || market.real_now()))),
        failures: Arc::new(Failures::none(api.exposure.failures_per_minute)),
        api,
    };
    let routes = Router::new()
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
        .layer(middleware::map_response(too_large_in_json))
        .with_state(shared.clone());
    let routes = match cors {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    headers::on_all(routes).layer(middleware::from_fn_with_state(shared, visit::note))
}

/// A body that is too large is refused by a layer that knows nothing of GraphQL.
async fn too_large_in_json(response: Response) -> Response {
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return response;
    }
    let message = format!("A request has at most {LARGEST_BODY} bytes.");
    http::refusal(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", &message)
}

/// A request to become a WebSocket, or nothing else: queries are sent by POST.
async fn upgrade(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    wanted: Wanted,
) -> Response {
    match wanted.0 {
        Ok(_) if !origin::may_open_socket(&headers, &shared.api.exposure.origins) => {
            let message =
                "pages of this site may not open a socket here: it is not among TENURE_CORS_ORIGINS";
            http::refusal(StatusCode::FORBIDDEN, "FORBIDDEN", message)
        }
        Ok(upgrade) => socket::accept(shared, visit, upgrade),
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
