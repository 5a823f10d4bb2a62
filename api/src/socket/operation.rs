//! One operation on a socket: what it answers, one answer after the other.

use crate::{
    admission::{Admitted, Refused, Via, admit},
    asked::Asked,
    caller::Caller,
    http::outcome_of,
    quota::Held,
    router::Shared,
};
use async_graphql::{Request, Response};
use domain::By;
use futures::{Stream, StreamExt, stream};
use std::sync::Arc;
use tokio::time::Instant;

/// What an operation answers: a response, or that it has ended.
pub(super) enum Answer {
    Response(Box<Response>),
    Ended,
}

/// An operation that was admitted, or the answer to one that was not.
pub(super) struct Operation {
    admitted: Result<(Request, Admitted), Box<Refused>>,
    caller: Caller,
    request_id: String,
}

impl Operation {
    pub(super) fn of(shared: &Shared, by: By, request_id: String, asked: Asked) -> Self {
        let admitted = admit(shared, &by, asked, Via::Socket);
        let caller = Caller::new(shared.api.market.clone(), shared.api.feed.clone(), by);
        Self { admitted, caller, request_id }
    }

    /// Whether it ends by itself: a subscription does not.
    pub(super) fn is_finite(&self) -> bool {
        self.admitted.as_ref().is_ok_and(|(_, admitted)| admitted.finite)
    }

    /// Its answers. It goes on only as far as somebody takes them.
    pub(super) fn answers(self, shared: &Shared, held: Held) -> impl Stream<Item = Answer> + use<> {
        let Self { admitted, caller, request_id } = self;
        let schema = shared.schema.clone();
        async_stream::stream! {
            let _held = held;
            let started = Instant::now();
            let mut outcome = String::from("ok");
            let mut operation = None;
            match admitted {
                Ok((request, mut admitted)) => {
                    operation = admitted.operation.clone();
                    let request = request.data(Arc::new(caller));
                    let mut responses = if admitted.finite {
                        let response = admitted.in_time(schema.execute(request)).await;
                        stream::once(async move { response }).boxed()
                    } else {
                        schema.execute_stream(request).boxed()
                    };
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
}
