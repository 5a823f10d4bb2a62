//! Who is let in: whoever a bearer token names.

use crate::{
    error::{come_again, top_level},
    http::{code_of, refusal, refused, to_be_retried},
    router::Shared,
    visit::Visit,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use domain::identity::{self, InvalidToken, Recognized, Unverified, Verified};
use serde_json::json;

/// Why somebody is not let in.
pub(crate) enum Closed {
    /// Nobody is recognized.
    Unknown,
    /// Too many were not recognized who came from there: come again after this many seconds.
    Slowed(u64),
    /// It cannot be found out now.
    Failed(domain::Error),
}

/// Who comes in with the value of an `Authorization` header.
///
/// # Errors
/// When nobody is recognized, or it cannot be found out.
pub(crate) async fn enter(
    shared: &Shared,
    visit: &Visit,
    authorization: Option<&str>,
) -> Result<(Verified, Recognized), Closed> {
    let (market, failures, from) = (&shared.api.market, &shared.failures, visit.address);
    let now = market.real_now();
    let verified = match verified(shared, authorization).await {
        Ok(verified) => verified,
        Err(error @ Unverified::Unavailable) => {
            return Err(Closed::Failed(domain::Error::Unavailable(error.to_string())));
        }
        Err(Unverified::Invalid(_)) => return Err(closed(failures.failed(from, now))),
    };
    match identity::recognize(market, &verified.who, Some(&visit.request_id)).await {
        Ok(Some(recognized)) => Ok((verified, recognized)),
        Ok(None) => Err(closed(failures.failed(from, now))),
        Err(error) => Err(Closed::Failed(error)),
    }
}

async fn verified(shared: &Shared, authorization: Option<&str>) -> Result<Verified, Unverified> {
    let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or(InvalidToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(InvalidToken.into());
    }
    shared.api.issuer.verify(token.trim(), shared.api.market.real_now()).await
}

fn closed(wait: Option<u64>) -> Closed {
    wait.map_or(Closed::Unknown, Closed::Slowed)
}

/// The value of the header.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

impl Closed {
    /// The answer over HTTP, and the code in it.
    pub(crate) fn answer(self) -> (Response, String) {
        match self {
            Self::Unknown => (unknown(), "UNAUTHENTICATED".into()),
            Self::Slowed(seconds) => {
                let errors = json!([{
                    "message": format!("Too many failed attempts to authenticate came from your address; try again in {seconds} s."),
                    "extensions": { "code": "RATE_LIMITED", "retryAfterSeconds": seconds },
                }]);
                let refusal = refused(StatusCode::TOO_MANY_REQUESTS, &json!({ "errors": errors }));
                (to_be_retried(refusal, seconds), "RATE_LIMITED".into())
            }
            Self::Failed(error) => {
                let mut error = top_level(error).into_server_error(Default::default());
                error.locations.clear();
                let code = code_of(&error);
                let answer = refused(StatusCode::SERVICE_UNAVAILABLE, &json!({ "errors": [error] }));
                (come_again(answer), code)
            }
        }
    }
}

fn unknown() -> Response {
    let message = "send a valid bearer token in the header Authorization";
    let mut response = refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
    let scheme = HeaderValue::from_static("Bearer realm=\"tenure\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    response
}
