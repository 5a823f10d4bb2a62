//! What payment gateways send us: `POST /webhooks/gateway/{name}`. No bearer token; the signature of the gateway is its
//! pass, and is verified before the body is read.

use crate::{error::come_again, http::refusal, router::Shared, visit::Visit};
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::billing::{NoticeError, receive_notice};

/// `POST /webhooks/gateway/{name}`.
pub(crate) async fn receive(
    State(shared): State<Shared>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request_id = visit.request_id;
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let taken = receive_notice(&shared.api.market, &name, &header, &body).await;
    let response = match &taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err(NoticeError::NoGateway) => {
            refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such gateway.")
        }
        Err(NoticeError::Rejected(reason)) => {
            refusal(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", &reason.to_string())
        }
        // The gateway sends it again.
        Err(NoticeError::Failed(_)) => {
            let message = "it could not be stored; send it again";
            come_again(refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message))
        }
    };
    match taken {
        Ok(()) => tracing::info!(request_id, "a gateway's notice was taken"),
        Err(error) => {
            tracing::warn!(request_id, %error, status = response.status().as_u16(), "a gateway's notice was not taken");
        }
    }
    response
}
