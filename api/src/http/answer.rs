//! Answers over HTTP: their status, their media type and their shape.

use super::media::Media;
use crate::admission::Refused;
use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// By what the engine's words for its limits are known: it gives them no code.
const LIMITS: [&str; 2] = ["recursion depth", "recursion limit"];

/// The answer to something that is not executed.
pub(crate) fn unexecuted(refused: &Refused, headers: &HeaderMap) -> Response {
    let mut response = serialized(&refused.response, Media::accepted(headers));
    if let Some(status) = refused.status {
        *response.status_mut() = status;
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
    }
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

/// Whether nothing was executed: then there are errors without a path, and no data.
pub(crate) fn not_executed(response: &GraphqlResponse) -> bool {
    response.data == Value::Null && response.errors.iter().any(|error| error.path.is_empty())
}

/// An answer as it is written: without the data that there is none of.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Written<'a> {
    Executed(&'a GraphqlResponse),
    NotExecuted {
        errors: &'a [ServerError],
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extensions: &'a BTreeMap<String, Value>,
    },
}

impl<'a> Written<'a> {
    pub(super) fn of(response: &'a GraphqlResponse) -> Self {
        if not_executed(response) {
            Self::NotExecuted { errors: &response.errors, extensions: &response.extensions }
        } else {
            Self::Executed(response)
        }
    }
}

/// An answer in this media type.
pub(super) fn serialized(response: &GraphqlResponse, media: Media) -> Response {
    let bad = media == Media::Graphql && not_executed(response);
    let status = if bad { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    written(status, media, &Written::of(response))
}

/// Anything that is written as JSON.
pub(super) fn written(status: StatusCode, media: Media, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response(),
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
    (status, [(header::CONTENT_TYPE, Media::Json.content_type())], body.to_string()).into_response()
}
