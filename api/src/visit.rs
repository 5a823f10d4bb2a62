//! What is known of a request before anything is read: its id, and from where it comes.

use crate::{
    address::{self, Address},
    router::Shared,
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use domain::Ids;
use std::{net::SocketAddr, sync::LazyLock};

/// The header that carries the id of a request, in and out.
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Request ids are no secret and decide nothing: they need no source that a test controls.
static REQUEST_IDS: LazyLock<Ids> = LazyLock::new(Ids::from_entropy);

/// The longest request id that is taken over from a client.
const LONGEST: usize = 64;

/// A request that has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) request_id: String,
    /// Unknown when nobody said on which connection it came.
    pub(crate) address: Option<Address>,
}

/// Notes what is known of a request, and gives every answer its id, whoever answers.
pub(crate) async fn note(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let request_id = given(request.headers()).unwrap_or_else(|| new_id(&shared));
    let proxies = &shared.api.exposure.proxies;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| address::of(*peer, request.headers(), proxies));
    let header = HeaderValue::from_str(&request_id);
    request.extensions_mut().insert(Visit { request_id, address });
    let mut response = next.run(request).await;
    if let Ok(value) = header {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}

/// The client's id of the request, if it looks like one.
fn given(headers: &HeaderMap) -> Option<String> {
    let fits = |id: &&str| {
        (1..=LONGEST).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    headers.get(&REQUEST_ID)?.to_str().ok().filter(fits).map(str::to_owned)
}

/// An id that no other request has.
pub(crate) fn new_id(shared: &Shared) -> String {
    REQUEST_IDS.next::<uuid::Uuid>(shared.api.market.real_now()).simple().to_string()
}
