//! One operation on a socket: what it answers, one answer after the other.

use crate::{
    admission::admit,
    caller::Caller,
    http::{operation_of, outcome_of},
    router::Shared,
};
use async_graphql::{
    Request, Response,
    parser::types::{ExecutableDocument, OperationType},
};
use domain::By;
use futures::{Stream, StreamExt};
use std::sync::Arc;
use tokio::time::Instant;

/// What an operation answers: a response, or that it has ended.
pub(super) enum Answer {
    Response(Box<Response>),
    Ended,
}

/// The answers to a request. It is admitted at once, and executed as far as somebody takes its answers.
pub(super) fn answers(
    shared: &Shared,
    by: By,
    request_id: String,
    mut request: Request,
) -> impl Stream<Item = Answer> + use<> {
    let operation = operation_of(&request);
    let admitted = admit(shared, &by, &mut request);
    let caller = Caller::new(shared.api.market.clone(), shared.api.feed.clone(), by);
    let schema = shared.schema.clone();
    async_stream::stream! {
        let started = Instant::now();
        let mut outcome = String::from("ok");
        match admitted {
            Ok(mut admitted) => {
                let mut responses = schema.execute_stream(request.data(Arc::new(caller))).boxed();
                while let Some(response) = responses.next().await {
                    let response = admitted.finished(response);
                    outcome = outcome_of(&response);
                    yield Answer::Response(Box::new(response));
                }
            }
            Err(refused) => {
                outcome = outcome_of(&refused.response);
                yield Answer::Response(Box::new(refused.response));
            }
        }
        tracing::info!(
            request_id,
            operation = operation.as_deref().unwrap_or("-"),
            duration_ms = started.elapsed().as_secs_f64() * 1000.0,
            outcome,
            "request on a socket"
        );
        yield Answer::Ended;
    }
}

/// Whether a document has a subscription: that one does not end by itself.
pub(super) fn subscribes(document: &ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Subscription)
}
