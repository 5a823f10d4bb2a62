//! Stripe over HTTPS: forms in, JSON out, an idempotency key on everything that changes something.

use crate::{Error, Result};
use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use std::time::Duration;

/// The version of the API whose shapes are read: <https://docs.stripe.com/api/versioning>.
const VERSION: &str = "2024-06-20";

/// How long an answer may take. Whoever asks may be less patient.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stripe's API at one address.
#[derive(Debug, Clone)]
pub(super) struct Api {
    client: Client,
    address: String,
    key: SecretString,
}

/// What came of a request.
pub(super) enum Answer<T> {
    /// It was done.
    Done(T),
    /// It was not done, and trying again would not help: the card was declined, or there is no such thing.
    Refused {
        /// Stripe's reason.
        code: String,
    },
    /// It may have been done or not.
    Lost,
}

/// An error as Stripe tells it: <https://docs.stripe.com/api/errors>.
#[derive(Deserialize)]
struct Failure {
    error: Reason,
}

/// Why something failed.
#[derive(Deserialize)]
pub(super) struct Reason {
    r#type: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
}

impl Reason {
    /// The most precise of its codes.
    pub(super) fn code(self) -> String {
        self.decline_code.or(self.code).or(self.r#type).unwrap_or_else(|| "declined".into())
    }
}

impl Api {
    pub(super) fn new(address: &str, key: SecretString) -> Result<Self> {
        let client =
            Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().map_err(Error::internal)?;
        Ok(Self { client, address: address.trim_end_matches('/').to_owned(), key })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Answer<T> {
        self.sent(path, self.client.get(format!("{}{path}", self.address)).query(query)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        idempotency_key: &str,
        form: &[(&str, &str)],
    ) -> Answer<T> {
        let request = self.client.post(format!("{}{path}", self.address));
        self.sent(path, request.header("Idempotency-Key", idempotency_key).form(form)).await
    }

    async fn sent<T: DeserializeOwned>(&self, path: &str, request: RequestBuilder) -> Answer<T> {
        let request = request.header("Stripe-Version", VERSION).bearer_auth(self.key.expose_secret());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(path, error = %error.without_url(), "stripe does not answer");
                return Answer::Lost;
            }
        };
        let status = response.status();
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => {
                tracing::warn!(path, error = %error.without_url(), "the answer of stripe was cut off");
                return Answer::Lost;
            }
        };
        if status.is_success() {
            return serde_json::from_slice(&body).map_or_else(
                |error| {
                    tracing::error!(path, %error, "the answer of stripe cannot be read");
                    Answer::Lost
                },
                Answer::Done,
            );
        }
        let reason = serde_json::from_slice::<Failure>(&body).map(|failure| failure.error).ok();
        let kind = reason.as_ref().and_then(|reason| reason.r#type.clone()).unwrap_or_default();
        match (status, reason) {
            // The key was used for something else: whatever that was, this was not judged.
            (StatusCode::BAD_REQUEST, Some(_)) if kind == "idempotency_error" => {}
            (
                StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND,
                Some(reason),
            ) => return Answer::Refused { code: reason.code() },
            _ => {}
        }
        // Wrong keys, too many requests, a fault of theirs, a repetition that came too soon.
        tracing::warn!(path, status = status.as_u16(), kind, "stripe did not do what it was asked");
        Answer::Lost
    }
}
