//! GraphQL over HTTP.

use crate::{
    admission::{Refused, admit},
    caller::Caller,
    door::{Closed, authorization, enter},
    router::Shared,
    visit::Visit,
};
use async_graphql::{Request, Response as GraphqlResponse, ServerError, Value};
use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{By, identity::Recognized};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::Instant;
use tracing::Instrument;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// The character U+0000, as JSON writes it: PostgreSQL cannot store it.
pub(crate) const NUL: &[u8] = br"\u0000";

/// By what the engine's words for its limits are known: it gives them no code.
const LIMITS: [&str; 4] = ["too complex", "too deep", "recursion depth", "recursion limit"];

/// The longest name of an operation in the log.
const LONGEST_NAME: usize = 100;

/// `POST /graphql`.
pub(crate) async fn execute(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let started = Instant::now();
    let request_id = &visit.request_id;
    let span = tracing::info_span!("request", request_id);
    let (response, operation, outcome) = answer(&shared, &visit, &headers, &body).instrument(span).await;
    let seconds = started.elapsed().as_secs_f64();
    // Not by operation: `measured.rs` tells those, by what there is in the schema.
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
    visit: &Visit,
    headers: &HeaderMap,
    body: &[u8],
) -> (Response, Option<String>, String) {
    let refused = |status: StatusCode, code: &str, message: &str| {
        (refusal(status, code, message), None, code.to_owned())
    };
    if !is_json(headers) {
        let message = "send the request as application/json";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message);
    }
    let by = match authenticated(shared, visit, headers).await {
        Ok(by) => by,
        Err(closed) => {
            let (response, code) = closed.answer();
            return (response, None, code);
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
    let mut admitted = match admit(shared, &by, &mut request) {
        Ok(admitted) => admitted,
        Err(refused) => {
            let outcome = outcome_of(&refused.response);
            return (unexecuted(&refused, headers), operation, outcome);
        }
    };
    let caller = Caller::new(shared.api.market.clone(), shared.api.feed.clone(), by);
    let response = shared.schema.execute(request.data(Arc::new(caller))).await;
    let response = admitted.finished(response);
    let outcome = outcome_of(&response);
    (serialized(&response, headers), operation, outcome)
}

/// On whose behalf a request comes.
pub(crate) async fn authenticated(shared: &Shared, visit: &Visit, headers: &HeaderMap) -> Result<By, Closed> {
    let (_, Recognized { actor, key }) = enter(shared, visit, authorization(headers)).await?;
    Ok(By { actor, key, request_id: Some(visit.request_id.clone()) })
}

/// The answer to something that is not executed.
pub(crate) fn unexecuted(refused: &Refused, headers: &HeaderMap) -> Response {
    let response = serialized(&refused.response, headers);
    match refused.retry_after {
        Some(seconds) => to_be_retried(response, seconds),
        None => response,
    }
}

/// The answer as one that says when to come again.
pub(crate) fn to_be_retried(mut response: Response, seconds: u64) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    response
}

/// A GraphQL answer that is an error.
pub(crate) fn refusal_of(code: &str, message: String) -> GraphqlResponse {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    GraphqlResponse::from_errors(vec![error])
}

/// The code of an error. One without a code comes from the GraphQL engine, which found fault with the document.
pub(crate) fn code_of(error: &ServerError) -> String {
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

/// An answer without the data that there is none of.
#[derive(Serialize)]
struct NotExecuted<'a> {
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

fn serialized(response: &GraphqlResponse, headers: &HeaderMap) -> Response {
    let modern = accepts_graphql_response(headers);
    // Nothing was executed when there are errors without a path and no data.
    let not_executed =
        response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty());
    let status = if modern && not_executed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let body = if not_executed {
        serde_json::to_vec(&NotExecuted { errors: &response.errors, extensions: &response.extensions })
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

/// An answer that is an error, in the shape of GraphQL's.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    refused(status, &json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }))
}

/// An answer with these errors.
pub(crate) fn refused(status: StatusCode, body: &Json) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
