//! GraphQL over HTTP.

use crate::{
    caller::{Caller, credentials},
    limits,
    router::Shared,
    shape::{Shape, order_errors},
};
use async_graphql::{Request, Response as GraphqlResponse, ServerError, Value};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    By, Ids,
    identity::{self, Recognized, Unverified},
};
use serde_json::json;
use std::sync::{Arc, LazyLock};
use tokio::time::Instant;
use tracing::Instrument;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Request ids are no secret and decide nothing: they need no source that a test controls.
static REQUEST_IDS: LazyLock<Ids> = LazyLock::new(Ids::from_entropy);

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// The character U+0000, as JSON writes it: PostgreSQL cannot store it.
pub(crate) const NUL: &[u8] = br"\u0000";

/// By what the engine's words for its limits are known: it gives them no code.
const LIMITS: [&str; 4] = ["too complex", "too deep", "recursion depth", "recursion limit"];

/// The longest name of an operation in the log.
const LONGEST_NAME: usize = 100;

/// The longest request id that is taken over from a client.
const LONGEST_REQUEST_ID: usize = 64;

/// The client's id of the request, if it looks like one, or a new one.
pub(crate) fn request_id(shared: &Shared, headers: &HeaderMap) -> String {
    let fits = |id: &&str| {
        (1..=LONGEST_REQUEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    match headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(fits) {
        Some(id) => id.to_owned(),
        None => REQUEST_IDS.next::<uuid::Uuid>(shared.api.market.real_now()).simple().to_string(),
    }
}

/// `POST /graphql`.
pub(crate) async fn execute(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let request_id = request_id(&shared, &headers);
    let started = Instant::now();
    let span = tracing::info_span!("request", request_id);
    let (mut response, operation, outcome) =
        answer(&shared, &headers, &body, &request_id).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    let seconds = started.elapsed().as_secs_f64();
    // Not by operation: its name is the client's to choose, and every name would be a series of its own.
    metrics::histogram!("tenure_request_duration_seconds", "outcome" => outcome.clone()).record(seconds);
    tracing::info!(
        request_id,
        operation = operation.as_deref().unwrap_or("-"),
        duration_ms = seconds * 1000.0,
        status = response.status().as_u16(),
        outcome,
        "request"
    );
    response
}

/// What is answered to everything but POST and an upgrade.
pub(crate) fn only_post() -> Response {
    let mut response = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "BAD_USER_INPUT",
        "send GraphQL by POST, subscriptions over a WebSocket",
    );
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    request_id: &str,
) -> (Response, Option<String>, String) {
    let refused = |status: StatusCode, code: &str, message: &str| {
        (refusal(status, code, message), None, code.to_owned())
    };
    if !is_json(headers) {
        let message = "send the request as application/json";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message);
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = match authenticated(shared, authorization, request_id).await {
        Ok(caller) => caller,
        Err(None) => {
            return (refused_without_token(), None, "UNAUTHENTICATED".into());
        }
        Err(Some(error)) => {
            let error = crate::error::top_level(error);
            let code = code_of(&error.clone().into_server_error(Default::default()));
            let status = StatusCode::SERVICE_UNAVAILABLE;
            return refused(status, &code, &error.message);
        }
    };
    if body.windows(NUL.len()).any(|part| part == NUL) {
        return refused(
            StatusCode::BAD_REQUEST,
            "BAD_USER_INPUT",
            "text with the character U+0000 cannot be stored",
        );
    }
    let mut request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the body is no GraphQL request: {error}");
            return refused(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", &message);
        }
    };
    let operation = operation_of(&request);
    if let Some(response) = refused_as_too_large(&mut request) {
        return (serialized(&response, headers), operation, outcome_of(&response));
    }
    let shape = Shape::of(&mut request);
    let response = shared.schema.execute(request.data(Arc::new(caller))).await;
    let response = finished(response, &shape, request_id);
    let outcome = outcome_of(&response);
    (serialized(&response, headers), operation, outcome)
}

/// The caller of a request; `None` when nobody is recognized.
pub(crate) async fn authenticated(
    shared: &Shared,
    authorization: Option<&str>,
    request_id: &str,
) -> Result<Caller, Option<domain::Error>> {
    let api = &shared.api;
    let verified =
        credentials(&api.market, &api.issuer, authorization).await.map_err(|error| match error {
            Unverified::Invalid(_) => None,
            Unverified::Unavailable => Some(domain::Error::Unavailable(error.to_string())),
        })?;
    let recognized = identity::recognize(&api.market, &verified.who).await.map_err(Some)?;
    let Recognized { actor, key } = recognized.ok_or(None)?;
    let by = By { actor, key, request_id: Some(request_id.to_owned()) };
    Ok(Caller::new(api.market.clone(), api.feed.clone(), by))
}

/// The answer to a document that is too large to be looked at any further.
pub(crate) fn refused_as_too_large(request: &mut Request) -> Option<GraphqlResponse> {
    let limits::Size::TooLarge(fields) = limits::size(request) else { return None };
    let message = format!("The document selects {fields} fields; at most {} are allowed.", limits::FIELDS);
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", "LIMIT_EXCEEDED");
    Some(GraphqlResponse::from_errors(vec![error]))
}

/// Puts the fields in order and gives every error a code, and internal ones the id under which the log has more.
pub(crate) fn finished(mut response: GraphqlResponse, shape: &Shape, request_id: &str) -> GraphqlResponse {
    response.data = shape.order(std::mem::take(&mut response.data));
    order_errors(&mut response.errors);
    for error in &mut response.errors {
        let code = code_of(error);
        let extensions = error.extensions.get_or_insert_default();
        if code == "INTERNAL" {
            extensions.set("requestId", request_id);
        }
        extensions.set("code", code);
    }
    response
}

/// The code of an error. One without a code comes from the GraphQL engine, which found fault with the document.
fn code_of(error: &ServerError) -> String {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    match code {
        Some(Value::String(code)) => code.clone(),
        Some(_) | None if LIMITS.iter().any(|limit| error.message.contains(limit)) => "LIMIT_EXCEEDED".into(),
        Some(_) | None => "BAD_USER_INPUT".into(),
    }
}

/// Whether a mutation was refused by the domain: then there are user errors in its payload.
fn refused_something(data: &Value) -> bool {
    let Value::Object(fields) = data else { return false };
    fields.values().any(|payload| match payload {
        Value::Object(payload) => {
            matches!(payload.get("userErrors"), Some(Value::List(errors)) if !errors.is_empty())
        }
        _ => false,
    })
}

/// What came of it, in a word for the log.
pub(crate) fn outcome_of(response: &GraphqlResponse) -> String {
    match response.errors.first() {
        Some(error) => code_of(error),
        None if refused_something(&response.data) => "refused".into(),
        None => "ok".into(),
    }
}

/// The name of the operation that is asked for, for the log.
pub(crate) fn operation_of(request: &Request) -> Option<String> {
    let name = request.operation_name.clone().or_else(|| only_operation(&request.query))?;
    Some(name.chars().take(LONGEST_NAME).collect())
}

fn only_operation(document: &str) -> Option<String> {
    use async_graphql::parser::{parse_query, types::DocumentOperations};
    match parse_query(document).ok()?.operations {
        DocumentOperations::Multiple(named) if named.len() == 1 => {
            named.keys().next().map(ToString::to_string)
        }
        DocumentOperations::Single(_) | DocumentOperations::Multiple(_) => None,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn accepts_graphql_response(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim() == GRAPHQL_RESPONSE)
}

fn serialized(response: &GraphqlResponse, headers: &HeaderMap) -> Response {
    let modern = accepts_graphql_response(headers);
    // Nothing was executed when there are errors without a path and no data.
    let not_executed =
        response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
    let status = if modern && not_executed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let body = if not_executed {
        serde_json::to_vec(&json!({ "errors": response.errors }))
    } else {
        serde_json::to_vec(response)
    };
    let kind = if modern {
        "application/graphql-response+json; charset=utf-8"
    } else {
        "application/json; charset=utf-8"
    };
    match body {
        Ok(body) => (status, [(header::CONTENT_TYPE, kind)], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "internal error")
        }
    }
}

/// What is answered to somebody who is not recognized.
pub(crate) fn refused_without_token() -> Response {
    let message = "send a valid bearer token in the header Authorization";
    let mut response = refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
    let scheme = HeaderValue::from_static("Bearer realm=\"tenure\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    response
}

/// An answer that is an error, in the shape of GraphQL's.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
