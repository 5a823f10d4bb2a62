//! Whether a document is executed, for how long, and what its answers carry.

mod asks;

use self::asks::{Asks, operation};
use crate::{
    asked::Asked,
    cost,
    http::{code_of, only_by_post, refusal_of},
    introspection::without_suggestions,
    limits::{self, Count, Exceeded, Looked},
    measured::Measured,
    rate_limit::{Bill, Unpaid},
    router::Shared,
    shape::{Shape, order_errors},
};
use async_graphql::{Request, Response, parser::types::OperationType};
use axum::http::StatusCode;
use domain::By;
use std::time::Duration;

/// By which way a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// HTTP's POST.
    Post,
    /// HTTP's GET, for queries alone.
    Get,
    /// A WebSocket.
    Socket,
}

/// The longest name of an operation in the log.
const LONGEST_NAME: usize = 100;

/// A document that is executed.
pub(crate) struct Admitted {
    shape: Shape,
    request_id: String,
    /// What it cost, for the first answer: later ones of a subscription cost nothing.
    bill: Option<Bill>,
    /// How long it takes, until it is answered.
    measured: Option<Measured>,
    /// How long it may take; none for a subscription.
    time: Option<Duration>,
    /// The most errors of an answer.
    errors: usize,
    /// Whether its sender may know what there is beside what they know.
    introspects: bool,
    /// Whether it took longer than that.
    pub(crate) late: bool,
    /// Whether it ends by itself, which a subscription does not.
    pub(crate) finite: bool,
    /// The name of the operation, for the log.
    pub(crate) operation: Option<String>,
}

/// One that is not.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) response: Response,
    /// The status over HTTP, if it is not that of everything that is not executed.
    pub(crate) status: Option<StatusCode>,
    /// After how many seconds it would be, if it ever would.
    pub(crate) retry_after: Option<u64>,
}

impl Refused {
    fn of(response: Response) -> Box<Self> {
        Box::new(Self { response, status: None, retry_after: None })
    }

    /// With this code.
    pub(crate) fn with(code: &str, message: impl Into<String>) -> Box<Self> {
        Self::of(refusal_of(code, message.into()))
    }

    /// Because it is no request of GraphQL, whatever its sender accepts.
    pub(crate) fn malformed(message: &str) -> Box<Self> {
        let status = Some(StatusCode::BAD_REQUEST);
        Box::new(Self { response: refusal_of("BAD_USER_INPUT", message.into()), status, retry_after: None })
    }
}

impl From<Exceeded> for Box<Refused> {
    fn from(exceeded: Exceeded) -> Self {
        Refused::of(exceeded.refusal())
    }
}

/// Looks at a document before anything of it is executed: whether it is known, whether it is too large, and whether its sender
/// may ask for it and can pay for it. Each look is dearer than the one before it.
pub(crate) fn admit(
    shared: &Shared,
    by: &By,
    mut asked: Asked,
    via: Via,
) -> Result<(Request, Admitted), Box<Refused>> {
    let limits = &shared.limits;
    let keep = shared.persisted.find(&mut asked)?;
    let mut request = asked.request;
    let looked = limits::check(&mut request, limits)?;
    let asks = operation(&mut request, looked);
    if via == Via::Get && asks.kind != Some(OperationType::Query) && asks.kind.is_some() {
        return Err(only_by_post());
    }
    let introspects = shared.api.exposure.introspection.open_to(&by.actor);
    if let (Looked::Bounded(Count { introspection: Some(_), .. }), false) = (looked, introspects) {
        return Err(Refused::with("FORBIDDEN", "you may not ask what the schema is like"));
    }
    let cost = if looked == Looked::Invalid { cost::LEAST } else { cost::of(&mut request) };
    let points = usize::try_from(cost.get()).unwrap_or(usize::MAX);
    Exceeded::beyond("complexity", "points of complexity", limits.complexity, points)?;
    let (bill, unpaid) = shared.buckets.charge(by, cost);
    if let Some(unpaid) = unpaid {
        return Err(Box::new(refused(&bill, unpaid)));
    }
    if let Some(name) = &asks.lacks {
        return Err(Refused::with(
            "BAD_USER_INPUT",
            format!("The variable ${name} has to have a value: give it one."),
        ));
    }
    let shape = if looked == Looked::Invalid { Shape::default() } else { Shape::of(&mut request) };
    if let (Some(keep), true) = (keep, looked != Looked::Invalid) {
        shared.persisted.keep(keep);
    }
    let measured = match looked {
        Looked::Invalid => None,
        Looked::Bounded(_) => Measured::begin(&shared.schema, &mut request),
    };
    let name = request.operation_name.clone().or_else(|| asks.name.clone());
    let admitted = Admitted {
        shape,
        request_id: by.request_id.clone().unwrap_or_default(),
        bill: Some(bill),
        measured,
        time: time(shared, &asks),
        errors: limits.errors,
        introspects,
        late: false,
        finite: asks.kind.is_some_and(|kind| kind != OperationType::Subscription),
        operation: name.map(|name| name.chars().take(LONGEST_NAME).collect()),
    };
    Ok((request, admitted))
}

/// How long an operation may take. One that may have to wait for the payment gateway may wait for it as well.
fn time(shared: &Shared, asks: &Asks) -> Option<Duration> {
    let limits = &shared.limits;
    match asks.kind {
        Some(OperationType::Subscription) => None,
        Some(OperationType::Mutation) if asks.advances => {
            Some(limits.advance_time.max(limits.operation_time))
        }
        Some(OperationType::Mutation) => {
            Some(limits.operation_time + shared.api.market.settings().gateway_timeout)
        }
        Some(OperationType::Query) | None => Some(limits.operation_time),
    }
}

/// The answer to something that was not paid for.
pub(crate) fn refused(bill: &Bill, unpaid: Unpaid) -> Refused {
    let retry_after = match unpaid {
        Unpaid::Later(seconds) => Some(seconds),
        Unpaid::Never => None,
    };
    let response = bill.refusal(unpaid).extension("cost", bill.shown());
    Refused { response, status: None, retry_after }
}

impl Admitted {
    /// What is executed, as far as it ends in time. What is late is dropped, and its statements with it.
    pub(crate) async fn in_time(&mut self, execution: impl Future<Output = Response>) -> Response {
        let Some(time) = self.time else { return execution.await };
        match tokio::time::timeout(time, execution).await {
            Ok(response) => response,
            Err(_) => {
                self.late = true;
                too_late(time)
            }
        }
    }

    /// Gives an answer the shape that the specification wants, and every error a code, and internal ones the id under which the
    /// log has more.
    pub(crate) fn finished(&mut self, mut response: Response) -> Response {
        if let Some(measured) = self.measured.take() {
            measured.ended();
        }
        self.shape.fail(&mut response.data, &response.errors);
        response.data = self.shape.order(std::mem::take(&mut response.data));
        order_errors(&mut response.errors);
        response.errors.truncate(self.errors);
        for error in &mut response.errors {
            let code = code_of(error);
            if !self.introspects {
                without_suggestions(&mut error.message);
            }
            let extensions = error.extensions.get_or_insert_default();
            if code == "INTERNAL" {
                extensions.set("requestId", self.request_id.as_str());
            }
            extensions.set("code", code);
        }
        match self.bill.take() {
            Some(bill) => response.extension("cost", bill.shown()),
            None => response,
        }
    }
}

/// The answer to what took too long.
fn too_late(time: Duration) -> Response {
    let seconds = time.as_secs_f64();
    let message = format!("This took longer than the {seconds} s that an operation may take, and was ended.");
    let mut response = refusal_of("LIMIT_EXCEEDED", message);
    if let Some(error) = response.errors.first_mut() {
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("limit", "operationTime");
        extensions.set("allowed", seconds);
    }
    response
}
