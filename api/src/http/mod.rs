//! GraphQL over HTTP: by POST, and queries also by GET.

mod answer;
mod media;

pub(crate) use self::answer::{
    code_of, not_executed, outcome_of, refusal, refusal_of, refused, to_be_retried, unexecuted,
};

use self::{
    answer::{Written, serialized, written},
    media::{Media, is_json},
};
use crate::{
    admission::{Admitted, Refused, Via, admit},
    asked::{self, Body, Members},
    caller::Caller,
    door::{Closed, authorization, enter},
    limits::Exceeded,
    router::Shared,
    visit::Visit,
};
use async_graphql::Response as GraphqlResponse;
use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::Response,
};
use domain::{By, identity::Recognized};
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Instrument;

/// The character U+0000, as JSON writes it: PostgreSQL cannot store it.
pub(crate) const NUL: &[u8] = br"\u0000";

/// The headers of which one has to come with a query by GET: no page of another site can send them without asking first.
pub(crate) static PREFLIGHTED: [HeaderName; 4] = [
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
    HeaderName::from_static("x-requested-with"),
];

/// What an answer is, and for the log the operation and what came of it.
type Answered = (Response, Option<String>, String);

/// `POST /graphql`.
pub(crate) async fn post(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = async {
        if !is_json(&headers) {
            let message = "send the request as application/json, in UTF-8 and not compressed";
            return refuses(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message);
        }
        let by = match authenticated(&shared, &visit, &headers).await {
            Ok(by) => by,
            Err(closed) => return closes(closed),
        };
        if body.windows(NUL.len()).any(|part| part == NUL) {
            let message = "text with the character U+0000 cannot be stored";
            return refuses(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message);
        }
        match asked::body(&body) {
            Ok(Body::One(members)) => one(&shared, by, *members, Via::Post, &headers).await,
            Ok(Body::Batch(batch)) => all(&shared, &by, batch).await,
            Err(message) => refuses(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", &message),
        }
    };
    noted(&visit, answer).await
}

/// `GET /graphql`, if it is no WebSocket.
pub(crate) async fn get(shared: Shared, visit: Visit, headers: HeaderMap, uri: Uri) -> Response {
    let answer = async {
        let told = |name| headers.get(name).is_some_and(|value| !value.is_empty());
        // Nor can they send this content type unasked; Apollo Client sends it with a GET too.
        if !PREFLIGHTED.iter().any(told) && !is_json(&headers) {
            return (only_post(), None, "BAD_USER_INPUT".into());
        }
        if uri.query().is_some_and(|query| query.len() > shared.limits.body_bytes) {
            let message = format!("An address has at most {} bytes.", shared.limits.body_bytes);
            return refuses(StatusCode::URI_TOO_LONG, "LIMIT_EXCEEDED", &message);
        }
        let by = match authenticated(&shared, &visit, &headers).await {
            Ok(by) => by,
            Err(closed) => return closes(closed),
        };
        match asked::address(&uri) {
            Ok(members) => one(&shared, by, members, Via::Get, &headers).await,
            Err(message) => refuses(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", &message),
        }
    };
    noted(&visit, answer).await
}

/// Notes in the log and in the metrics what came of a request.
async fn noted(visit: &Visit, answer: impl Future<Output = Answered>) -> Response {
    let started = Instant::now();
    let request_id = &visit.request_id;
    let span = tracing::info_span!("request", request_id);
    let (response, operation, outcome) = answer.instrument(span).await;
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

/// What is answered to every other method, and to a GET that any page could send.
pub(crate) fn only_post() -> Response {
    let mut response = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "BAD_USER_INPUT",
        "send GraphQL by POST, queries by GET only with the header GraphQL-Require-Preflight, subscriptions over a WebSocket",
    );
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// The same, as a handler.
pub(crate) async fn only_post_there() -> Response {
    only_post()
}

/// The same to what could be sent by POST.
pub(crate) fn only_by_post() -> Box<Refused> {
    let mut refused = Refused::with("BAD_USER_INPUT", "by GET only queries are executed: send this by POST");
    refused.status = Some(StatusCode::METHOD_NOT_ALLOWED);
    refused
}

fn refuses(status: StatusCode, code: &str, message: &str) -> Answered {
    (refusal(status, code, message), None, code.to_owned())
}

fn closes(closed: Closed) -> Answered {
    let (response, code) = closed.answer();
    (response, None, code)
}

/// The answer to a request.
async fn one(shared: &Shared, by: By, members: Members, via: Via, headers: &HeaderMap) -> Answered {
    match executed(shared, by, members, via).await {
        Ok((response, admitted)) => {
            let (media, outcome) = (Media::accepted(headers), outcome_of(&response));
            let mut answer = serialized(&response, media);
            if admitted.late && media == Media::Graphql {
                *answer.status_mut() = StatusCode::GATEWAY_TIMEOUT;
            }
            (answer, admitted.operation, outcome)
        }
        Err(refused) => {
            let outcome = outcome_of(&refused.response);
            (unexecuted(&refused, headers), None, outcome)
        }
    }
}

/// The answers to a batch, one after the other, if there may be batches.
async fn all(shared: &Shared, by: &By, batch: Vec<Members>) -> Answered {
    let most = shared.limits.batch;
    if most < 2 {
        let message = "send one request at a time: batches are not accepted";
        return refuses(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message);
    }
    if batch.is_empty() {
        return refuses(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", "the batch is empty");
    }
    if let Err(exceeded) = Exceeded::beyond("batch", "requests", most, batch.len()) {
        let response = exceeded.refusal();
        let answer = written(StatusCode::BAD_REQUEST, Media::Json, &Written::of(&response));
        return (answer, None, "LIMIT_EXCEEDED".into());
    }
    let mut answers = Vec::with_capacity(batch.len());
    for members in batch {
        answers.push(match executed(shared, by.clone(), members, Via::Post).await {
            Ok((response, _)) => response,
            Err(refused) => refused.response,
        });
    }
    let outcome = answers.first().map(outcome_of).unwrap_or_default();
    let each: Vec<_> = answers.iter().map(Written::of).collect();
    (written(StatusCode::OK, Media::Json, &each), None, outcome)
}

/// What a request is answered, and how it was admitted.
async fn executed(
    shared: &Shared,
    by: By,
    members: Members,
    via: Via,
) -> Result<(GraphqlResponse, Admitted), Box<Refused>> {
    let asked = members.asked().map_err(|message| Refused::malformed(&message))?;
    let (request, mut admitted) = admit(shared, &by, asked, via)?;
    let caller = Caller::new(shared.api.market.clone(), shared.api.feed.clone(), by);
    let execution = shared.schema.execute(request.data(Arc::new(caller)));
    let response = admitted.in_time(execution).await;
    Ok((admitted.finished(response), admitted))
}

/// On whose behalf a request comes.
pub(crate) async fn authenticated(shared: &Shared, visit: &Visit, headers: &HeaderMap) -> Result<By, Closed> {
    let (_, Recognized { actor, key }) = enter(shared, visit, authorization(headers)).await?;
    Ok(By { actor, key, request_id: Some(visit.request_id.clone()) })
}
