//! What a client was answered.

use super::Subscription;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value as Json;

/// The answer to one request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Json,
}

impl Answer {
    /// What stands at this JSON pointer below `data`; null when nothing does.
    pub(crate) fn at(&self, pointer: &str) -> &Json {
        self.body["data"].pointer(pointer).unwrap_or(&Json::Null)
    }

    /// The text at this pointer.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} in {:#}", self.body))
    }

    /// Insists that it was done: no error, and nothing refused.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert!(self.body["errors"].is_null(), "{:#}", self.body);
        assert_eq!(self.user_errors(), Vec::<&Json>::new(), "{:#}", self.body);
        self
    }

    fn user_errors(&self) -> Vec<&Json> {
        let payloads = self.body["data"].as_object().into_iter().flat_map(|data| data.values());
        payloads.filter_map(|payload| payload["userErrors"].as_array()).flatten().collect()
    }

    /// The code of the refusal; insists that there is one and that the payload has no objects.
    #[track_caller]
    pub(crate) fn refused(&self) -> String {
        assert!(self.body["errors"].is_null(), "{:#}", self.body);
        let errors = self.user_errors();
        let [error] = errors.as_slice() else { panic!("one refusal in {:#}", self.body) };
        assert!(
            !error["message"].as_str().unwrap_or_default().is_empty(),
            "a refusal says what to do: {error}"
        );
        error["code"].as_str().expect("a code").to_owned()
    }

    /// The path of the refusal.
    #[track_caller]
    pub(crate) fn refused_path(&self) -> Vec<String> {
        let errors = self.user_errors();
        let path = errors.first().and_then(|error| error["path"].as_array()).cloned().unwrap_or_default();
        path.iter().filter_map(Json::as_str).map(str::to_owned).collect()
    }

    /// The code of the top-level error.
    #[track_caller]
    pub(crate) fn failed(&self) -> String {
        let code = &self.body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_else(|| panic!("no error with a code in {:#}", self.body)).to_owned()
    }

    /// The code of the refusal or of the top-level error, or `OK`.
    pub(crate) fn outcome(&self) -> String {
        if !self.body["errors"].is_null() {
            return self.failed();
        }
        match self.user_errors().first() {
            Some(error) => error["code"].as_str().unwrap_or_default().to_owned(),
            None => "OK".into(),
        }
    }

    /// The subscription in the payload of this mutation.
    #[track_caller]
    pub(crate) fn subscription(&self, mutation: &str) -> Subscription {
        Subscription::of(&self.body["data"][mutation]["subscription"])
    }
}
