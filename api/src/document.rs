//! The printable version of an invoice: `GET /invoices/{id}/document.pdf`, with the bearer token of somebody who sees it.

mod invoice;

use crate::{
    global_id::{Kind, decode, encode},
    http::{authenticated, refusal, refused_without_token, request_id},
    pdf,
    router::Shared,
};
use async_graphql::ID;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::view::document::printable;
use entity::id::InvoiceId;

/// What the document is.
pub(crate) const MEDIA_TYPE: &str = "application/pdf";

/// Where the printable version of an invoice is.
pub(crate) fn path(id: InvoiceId) -> String {
    format!("/invoices/{}/document.pdf", encode(Kind::Invoice, id.0).0)
}

/// The name under which it is kept.
pub(crate) fn file_name(number: i64) -> String {
    format!("{}.pdf", crate::types::invoice::number(number))
}

/// `GET /invoices/{id}/document.pdf`.
pub(crate) async fn get(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let request_id = request_id(&shared, &headers);
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = match authenticated(&shared, authorization, &request_id).await {
        Ok(caller) => caller,
        Err(None) => return refused_without_token(),
        Err(Some(error)) => return failed(&error),
    };
    let found = match decode(Kind::Invoice, &ID(id)) {
        Some(id) => printable(&caller.market, caller.actor(), id).await,
        None => Ok(None),
    };
    let invoice = match found {
        Ok(Some(invoice)) => invoice,
        Ok(None) => return refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such invoice."),
        Err(error) => return failed(&error),
    };
    let name = format!("inline; filename=\"{}\"", file_name(invoice.invoice.row.number));
    // A long one takes a while to lay out, and others wait for this thread.
    let rendered = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, domain::Error> {
        pdf::render(&invoice::document(&invoice)?).map_err(domain::Error::internal)
    });
    match rendered.await.map_err(domain::Error::internal).flatten() {
        Ok(bytes) => {
            let headers =
                [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, bytes).into_response()
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &domain::Error) -> Response {
    tracing::error!(%error, "a document could not be made");
    match error {
        domain::Error::Unavailable(_) | domain::Error::Conflict => refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "the service is not available at the moment; try again",
        ),
        _ => refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "internal error"),
    }
}
