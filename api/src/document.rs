//! Printable versions: `GET /invoices/{id}/document.pdf` and `GET /credit-notes/{id}/document.pdf`, with the bearer token of
//! somebody who sees the invoice.

mod credit_note;
mod invoice;

use crate::{
    admission::refused,
    caller::Caller,
    error::come_again,
    global_id::{Kind, decode, encode},
    http::{authenticated, refusal, unexecuted},
    pdf,
    router::Shared,
    types,
    visit::Visit,
};
use async_graphql::{ID, SimpleObject};
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::view::document::{printable, printable_credit_note};
use entity::id::{CreditNoteId, InvoiceId};
use std::num::NonZeroU32;

/// What the document is.
const MEDIA_TYPE: &str = "application/pdf";

/// What it costs to lay one out, in points.
const COST: NonZeroU32 = NonZeroU32::new(1_000).expect("it is not zero");

/// Where a printable version is, for whoever may see what it prints.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PrintableDocument {
    /// Its address, relative to that of the API. Fetch it with the same bearer token as this query.
    url: String,
    /// What it is: `application/pdf`.
    media_type: String,
    /// The name under which to keep it.
    file_name: String,
}

impl PrintableDocument {
    /// That of an invoice.
    pub(crate) fn of_invoice(id: InvoiceId, number: i64) -> Self {
        let file_name = format!("{}.pdf", types::invoice::number(number));
        Self::at(format!("/invoices/{}/document.pdf", encode(Kind::Invoice, id.0).0), file_name)
    }

    /// That of a credit note.
    pub(crate) fn of_credit_note(id: CreditNoteId, number: i64) -> Self {
        let file_name = format!("{}.pdf", types::credit_note::number(number));
        Self::at(format!("/credit-notes/{}/document.pdf", encode(Kind::CreditNote, id.0).0), file_name)
    }

    fn at(url: String, file_name: String) -> Self {
        Self { url, media_type: MEDIA_TYPE.into(), file_name }
    }
}

/// `GET /invoices/{id}/document.pdf`.
pub(crate) async fn of_invoice(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    answered(&shared, &visit, &headers, async |caller| {
        let Some(id) = decode(Kind::Invoice, &ID(id)) else { return Ok(None) };
        let found = printable(&caller.market, caller.actor(), id).await?;
        found.map(|found| invoice::document(&found)).transpose()
    })
    .await
}

/// `GET /credit-notes/{id}/document.pdf`.
pub(crate) async fn of_credit_note(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    answered(&shared, &visit, &headers, async |caller| {
        let Some(id) = decode(Kind::CreditNote, &ID(id)) else { return Ok(None) };
        let found = printable_credit_note(&caller.market, caller.actor(), id).await?;
        found.map(|found| credit_note::document(&found)).transpose()
    })
    .await
}

async fn answered(
    shared: &Shared,
    visit: &Visit,
    headers: &HeaderMap,
    find: impl AsyncFnOnce(&Caller) -> domain::Result<Option<pdf::Document>>,
) -> Response {
    let by = match authenticated(shared, visit, headers).await {
        Ok(by) => by,
        Err(closed) => return closed.answer().0,
    };
    if let (bill, Some(unpaid)) = shared.buckets.charge(&by, COST) {
        return unexecuted(&refused(&bill, unpaid), headers);
    }
    let caller = Caller::new(shared.api.market.clone(), shared.api.feed.clone(), by);
    let document = match find(&caller).await {
        Ok(Some(document)) => document,
        Ok(None) => return refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such document."),
        Err(error) => return failed(&error),
    };
    let disposition = format!("inline; filename=\"{}.pdf\"", document.number);
    // A long one takes a while to lay out, and others wait for this thread.
    let rendered = tokio::task::spawn_blocking(move || pdf::render(&document)).await;
    match rendered.map_err(domain::Error::internal).and_then(|bytes| bytes.map_err(domain::Error::internal)) {
        Ok(bytes) => {
            let headers =
                [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
            (headers, bytes).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &domain::Error) -> Response {
    tracing::error!(%error, "a document could not be made");
    match error {
        domain::Error::Unavailable(_) | domain::Error::OutcomeUnknown(_) | domain::Error::Conflict => {
            let message = "the service is not available at the moment; try again";
            let refusal = refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message);
            come_again(refusal)
        }
        _ => refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "internal error"),
    }
}
