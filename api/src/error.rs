//! The one place where errors of the domain become errors of GraphQL.

use async_graphql::{ErrorExtensions, SimpleObject};
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use domain::{Error, Input};
use std::sync::Arc;

/// What is said when the answer to a commit got lost.
const UNKNOWN: &str = "whether it was done is not known: look before you try again, or send it again with the same idempotencyKey";

/// Why something was refused, as data: nothing was changed.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct UserError {
    /// The state of the world that forbids it, as a code to program against: `DISABLED_IS_TERMINAL`, `NOT_FOUND` and so on.
    code: String,
    /// What is wrong and what to do next, for the person in front of the screen.
    message: String,
    /// The input that it is about, from the root of the arguments: `["input", "userIds", "3"]`.
    path: Option<Vec<String>>,
}

/// The answer of an operation: what it did, or refusals that belong into the payload.
///
/// # Errors
/// A top-level error for everything that is not a refusal.
pub(crate) fn answered<T>(outcome: domain::Result<T>) -> async_graphql::Result<Result<T, Vec<UserError>>> {
    let error = |code: &str, message: String, path: Input| {
        let path = (!path.0.is_empty()).then(|| path.0.into_iter().map(Into::into).collect());
        UserError { code: code.into(), message, path }
    };
    let refused = |code: &str, message: String, path: Input| Ok(Err(vec![error(code, message, path)]));
    let of =
        |refusal: domain::Refusal| error(refusal.code.name(), refusal.message.into_owned(), refusal.path);
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Refused(refusal)) => Ok(Err(vec![of(refusal)])),
        Err(Error::RefusedParts(refusals)) => Ok(Err(refusals.into_iter().map(of).collect())),
        Err(Error::NotFound(path)) => refused("NOT_FOUND", "There is no such object.".into(), path),
        Err(Error::Invalid(path, message)) => refused("INVALID_INPUT", message.into_owned(), path),
        Err(
            error @ (Error::Forbidden(_)
            | Error::Conflict
            | Error::Unavailable(_)
            | Error::OutcomeUnknown(_)
            | Error::Internal(_)),
        ) => Err(top_level(error)),
    }
}

/// After how many seconds it is worth trying again what is not available now.
const TRY_AGAIN_AFTER: u64 = 5;

/// An answer over HTTP that something is not available now.
pub(crate) fn come_again(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(header::RETRY_AFTER, TRY_AGAIN_AFTER.into());
    response
}

/// An error of a query, or one that is no refusal. No client gets to see what a driver or a database said.
pub(crate) fn top_level(error: Error) -> async_graphql::Error {
    let (outage, unknown) = match &error {
        Error::OutcomeUnknown(_) => (true, true),
        Error::Unavailable(_) => (true, false),
        Error::NotFound(_)
        | Error::Forbidden(_)
        | Error::Invalid(..)
        | Error::Refused(_)
        | Error::RefusedParts(_)
        | Error::Conflict
        | Error::Internal(_) => (false, false),
    };
    let (code, message) = match error {
        Error::Forbidden(message) => ("FORBIDDEN", message.into_owned()),
        Error::Invalid(path, message) => ("BAD_USER_INPUT", format!("{path}: {message}")),
        Error::NotFound(_) => ("NOT_FOUND", "There is no such object.".into()),
        Error::Refused(refusal) => (refusal.code.name(), refusal.message.into_owned()),
        Error::RefusedParts(refusals) => match refusals.into_iter().next() {
            Some(first) => (first.code.name(), first.message.into_owned()),
            None => ("INTERNAL", "internal error".into()),
        },
        Error::Conflict => ("CONFLICT", error.to_string()),
        Error::Unavailable(cause) => {
            tracing::error!(cause, "something that the service needs is not available");
            ("UNAVAILABLE", "the service is not available at the moment; try again".into())
        }
        Error::OutcomeUnknown(cause) => {
            tracing::error!(cause, "the answer to a commit got lost");
            ("UNAVAILABLE", UNKNOWN.into())
        }
        Error::Internal(cause) => {
            tracing::error!(cause, "internal error");
            ("INTERNAL", "internal error".into())
        }
    };
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if outage {
            extensions.set("retryAfterSeconds", TRY_AGAIN_AFTER);
            extensions.set("outcomeUnknown", unknown);
        }
    })
}

/// What a loader failed with: the same error for all that waited for it.
pub(crate) fn loaded(error: Arc<Error>) -> async_graphql::Error {
    top_level(match error.as_ref() {
        Error::Invalid(path, message) => Error::Invalid(path.clone(), message.clone()),
        Error::Unavailable(cause) => Error::Unavailable(cause.clone()),
        Error::OutcomeUnknown(cause) => Error::OutcomeUnknown(cause.clone()),
        Error::Conflict => Error::Conflict,
        other => Error::internal(other),
    })
}
