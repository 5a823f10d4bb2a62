//! Whether a document is executed, and what its answers carry.

use crate::{
    cost,
    http::{code_of, refusal_of},
    limits,
    measured::Measured,
    rate_limit::{Bill, Unpaid},
    router::Shared,
    shape::{Shape, order_errors},
};
use async_graphql::{Request, Response};
use domain::By;

/// A document that is executed.
pub(crate) struct Admitted {
    shape: Shape,
    request_id: String,
    /// What it cost, for the first answer: later ones of a subscription cost nothing.
    bill: Option<Bill>,
    /// How long it takes, until it is answered.
    measured: Option<Measured>,
}

/// One that is not.
pub(crate) struct Refused {
    pub(crate) response: Response,
    /// After how many seconds it would be, if it ever would.
    pub(crate) retry_after: Option<u64>,
}

/// Looks at a document before anything of it is executed: whether it is too large, and whether its sender can pay for it.
pub(crate) fn admit(shared: &Shared, by: &By, request: &mut Request) -> Result<Admitted, Box<Refused>> {
    if request.query.len() > limits::LENGTH {
        let message = format!(
            "The document has {} bytes; at most {} are allowed.",
            request.query.len(),
            limits::LENGTH
        );
        let response = refusal_of("LIMIT_EXCEEDED", message);
        return Err(Box::new(Refused { response, retry_after: None }));
    }
    if let limits::Size::TooLarge(fields) = limits::size(request) {
        let message =
            format!("The document selects {fields} fields; at most {} are allowed.", limits::FIELDS);
        let response = refusal_of("LIMIT_EXCEEDED", message);
        return Err(Box::new(Refused { response, retry_after: None }));
    }
    let (bill, unpaid) = shared.buckets.charge(by, cost::of(request));
    if let Some(unpaid) = unpaid {
        return Err(Box::new(refused(&bill, unpaid)));
    }
    let request_id = by.request_id.clone().unwrap_or_default();
    let measured = Measured::begin(&shared.schema, request);
    Ok(Admitted { shape: Shape::of(request), request_id, bill: Some(bill), measured })
}

/// The answer to something that was not paid for.
pub(crate) fn refused(bill: &Bill, unpaid: Unpaid) -> Refused {
    let retry_after = match unpaid {
        Unpaid::Later(seconds) => Some(seconds),
        Unpaid::Never => None,
    };
    let response = bill.refusal(unpaid).extension("cost", bill.shown());
    Refused { response, retry_after }
}

impl Admitted {
    /// Puts the fields in order and gives every error a code, and internal ones the id under which the log has more.
    pub(crate) fn finished(&mut self, mut response: Response) -> Response {
        if let Some(measured) = self.measured.take() {
            measured.ended();
        }
        response.data = self.shape.order(std::mem::take(&mut response.data));
        order_errors(&mut response.errors);
        response.errors.truncate(limits::ERRORS);
        for error in &mut response.errors {
            let code = code_of(error);
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
