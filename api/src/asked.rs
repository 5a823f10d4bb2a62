//! What is asked for, read: the members of a GraphQL request, from a body, an address or a message on a socket.

use async_graphql::{Request, Value, Variables};
use axum::{extract::Query, http::Uri};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// The members of a request. Others are ignored, as the specification has it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Members {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Json>>,
    extensions: Option<Map<String, Json>>,
    /// A document by its id, as Relay's example and the specification's appendix name it.
    #[serde(alias = "doc_id")]
    document_id: Option<String>,
}

/// The same in an address, where maps are written as JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
    #[serde(alias = "doc_id")]
    document_id: Option<String>,
}

/// By what a document is named that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// By an id of a manifest.
    Id(String),
    /// By its SHA-256, as Apollo's clients do.
    Hash(String),
}

/// A request for an operation, whose document may still have to be looked up.
#[derive(Debug)]
pub(crate) struct Asked {
    /// With the document that was sent; an empty one if none was.
    pub(crate) request: Request,
    pub(crate) named: Option<Named>,
}

impl Members {
    /// The request.
    ///
    /// # Errors
    /// With a sentence, when it says nothing of a document.
    pub(crate) fn asked(self) -> Result<Asked, String> {
        let hash = hash_of(self.extensions.as_ref())?;
        let named = self.document_id.map(Named::Id).or(hash.map(Named::Hash));
        if self.query.is_none() && named.is_none() {
            return Err("the request has no `query`".into());
        }
        let mut request = Request::new(self.query.unwrap_or_default())
            .variables(Variables::from_json(Json::Object(self.variables.unwrap_or_default())));
        request.operation_name = self.operation_name;
        for (name, value) in self.extensions.unwrap_or_default() {
            request.extensions.insert(name, Value::from_json(value).unwrap_or_default());
        }
        Ok(Asked { request, named })
    }
}

/// The hash of a persisted query in the extensions of a request.
fn hash_of(extensions: Option<&Map<String, Json>>) -> Result<Option<String>, String> {
    let Some(persisted) = extensions.and_then(|extensions| extensions.get("persistedQuery")) else {
        return Ok(None);
    };
    let hash = persisted["sha256Hash"].as_str();
    let hash = hash.filter(|_| persisted["version"].as_u64().is_none_or(|version| version == 1));
    let wrong = "`extensions.persistedQuery` has the `version` 1 and the `sha256Hash` of a document";
    hash.map(|hash| Some(hash.to_owned())).ok_or_else(|| wrong.into())
}

/// What stands in a body: one request, or a batch of them.
#[derive(Debug)]
pub(crate) enum Body {
    One(Box<Members>),
    Batch(Vec<Members>),
}

/// Reads a body.
///
/// # Errors
/// With a sentence that says what is wrong with it.
pub(crate) fn body(bytes: &[u8]) -> Result<Body, String> {
    let wrong = |error: serde_json::Error| format!("the body is no GraphQL request: {error}");
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return serde_json::from_slice(bytes).map(Body::Batch).map_err(wrong);
    }
    serde_json::from_slice(bytes).map(|members| Body::One(Box::new(members))).map_err(wrong)
}

/// Reads an address; nothing if it asks for nothing.
///
/// # Errors
/// With a sentence that says what is wrong with it.
pub(crate) fn address(uri: &Uri) -> Result<Members, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("the address is no GraphQL request: {error}");
    let Query(found) = Query::<Parameters>::try_from_uri(uri).map_err(|error| wrong(&error))?;
    let map = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => serde_json::from_str(&text).map_err(|error| wrong(&format!("{name}: {error}"))),
    };
    Ok(Members {
        query: found.query,
        operation_name: found.operation_name.filter(|name| !name.is_empty()),
        variables: map("variables", found.variables)?,
        extensions: map("extensions", found.extensions)?,
        document_id: found.document_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Asked, String> {
        match body(text.as_bytes())? {
            Body::One(members) => members.asked(),
            Body::Batch(_) => Err("a batch".into()),
        }
    }

    #[test]
    fn members_may_be_null_and_have_one_type_each() {
        let all = r#"{"query":"{ a }","operationName":null,"variables":null,"extensions":null,"more":1}"#;
        assert!(read(all).is_ok());
        for wrong in [
            "",
            "null",
            "{}",
            r#"{"query":null}"#,
            r#"{"query":1}"#,
            r#"{"query":["{ a }"]}"#,
            r#"{"query":"{ a }","operationName":1}"#,
            r#"{"query":"{ a }","variables":"{}"}"#,
            r#"{"query":"{ a }","variables":[]}"#,
            r#"{"query":"{ a }","extensions":"x"}"#,
            r#"{"query":"{ a }","extensions":{"persistedQuery":1}}"#,
            r#"{"query":"{ a }","extensions":{"persistedQuery":{"version":2,"sha256Hash":"x"}}}"#,
            r#"{"documentId":1}"#,
            r#"{"query":"{ a }","query":"{ b }"}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_document_may_be_named_instead_of_sent() {
        let named = |text| read(text).expect("a request").named;
        assert_eq!(named(r#"{"query":"{ a }"}"#), None);
        assert_eq!(named(r#"{"documentId":"x"}"#), Some(Named::Id("x".into())));
        assert_eq!(named(r#"{"doc_id":"x"}"#), Some(Named::Id("x".into())));
        let hash = r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}"#;
        assert_eq!(named(hash), Some(Named::Hash("x".into())));
    }

    #[test]
    fn maps_in_an_address_are_json() {
        let read = |query: &str| address(&format!("/graphql?{query}").parse().expect("an address"));
        let members = read("query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=").expect("a request");
        assert_eq!((members.query.as_deref(), members.operation_name), (Some("{a}"), None));
        assert_eq!(members.variables.expect("variables")["n"], 1);
        for wrong in ["query=%7Ba%7D&variables=1", "variables=%7B", "extensions=x", "query=a&query=b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
