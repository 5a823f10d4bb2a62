//! The manifest of trusted documents: a file that the build of a front end writes.
//!
//! Two formats are read: Apollo's (`generate-persisted-query-manifest`), and the map from ids to documents that Relay's
//! compiler and graphql-codegen write.

use super::hash_of;
use async_graphql::parser::parse_query;
use serde::Deserialize;
use std::{collections::HashMap, fmt};

/// The documents of a manifest.
#[derive(Clone, PartialEq, Eq)]
pub struct Trusted {
    by_id: HashMap<String, String>,
    /// The ids of documents by the hashes of their texts: clients may send one in full.
    by_hash: HashMap<String, String>,
}

/// The documents are many and long.
impl fmt::Debug for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trusted").field("documents", &self.by_id.len()).finish_non_exhaustive()
    }
}

/// Why something is no manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoManifest(String);

impl fmt::Display for NoManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoManifest {}

/// The formats. Apollo's names itself, so that it is recognized first.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Apollo { format: String, version: u32, operations: Vec<Operation> },
    Map(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

const APOLLO: &str = "apollo-persisted-query-manifest";

impl Trusted {
    /// Reads a manifest.
    ///
    /// # Errors
    /// With a sentence, when it is none, or one of its documents is no GraphQL.
    pub fn read(text: &str) -> Result<Self, NoManifest> {
        let wrong = || {
            NoManifest(format!(
                "it is neither a manifest of the format {APOLLO}, version 1, nor a map from ids to documents"
            ))
        };
        let documents: Vec<(String, String)> = match serde_json::from_str(text).map_err(|_| wrong())? {
            Written::Apollo { format, version: 1, operations } if format == APOLLO => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            Written::Apollo { .. } => return Err(wrong()),
            Written::Map(documents) => documents.into_iter().collect(),
        };
        let mut trusted = Self { by_id: HashMap::new(), by_hash: HashMap::new() };
        for (id, document) in documents {
            if let Err(error) = parse_query(&document) {
                return Err(NoManifest(format!("the document {id} is no GraphQL: {error}")));
            }
            trusted.by_hash.insert(hash_of(&document), id.clone());
            if trusted.by_id.insert(id.clone(), document).is_some() {
                return Err(NoManifest(format!("two documents have the id {id}")));
            }
        }
        Ok(trusted)
    }

    /// How many documents it has.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The document with an id, or with a hash.
    pub(super) fn by_id(&self, id: &str) -> Option<&str> {
        let found = self.by_id.get(id).or_else(|| {
            let hash = id.strip_prefix("sha256:").unwrap_or(id).to_ascii_lowercase();
            self.by_id.get(&hash).or_else(|| self.by_id.get(self.by_hash.get(&hash)?))
        });
        found.map(String::as_str)
    }

    /// The document with this text.
    pub(super) fn by_text(&self, text: &str) -> Option<&str> {
        self.by_id.get(self.by_hash.get(&hash_of(text))?).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        let apollo = r#"{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            { "id": "one", "name": "One", "type": "query", "body": "query One { one }" } ] }"#;
        let relay = r#"{ "one": "query One { one }" }"#;
        for text in [apollo, relay] {
            let trusted = Trusted::read(text).expect("a manifest");
            assert_eq!((trusted.len(), trusted.is_empty()), (1, false));
            assert_eq!(trusted.by_id("one"), Some("query One { one }"));
            assert_eq!(trusted.by_text("query One { one }"), Some("query One { one }"));
            assert_eq!(trusted.by_text("query One { two }"), None);
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused_with_a_reason() {
        let apollo = |version: u32, format: &str| {
            format!(r#"{{ "format": "{format}", "version": {version}, "operations": [] }}"#)
        };
        let same = r#"{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            { "id": "one", "body": "{ a }" }, { "id": "one", "body": "{ b }" } ] }"#;
        for (text, reason) in [
            ("", "neither"),
            ("[]", "neither"),
            (r#"{ "one": 1 }"#, "neither"),
            (apollo(2, APOLLO).as_str(), "neither"),
            (apollo(1, "another").as_str(), "neither"),
            (r#"{ "one": "{ a" }"#, "the document one is no GraphQL"),
            (same, "two documents have the id one"),
        ] {
            let refused = Trusted::read(text).expect_err(text).to_string();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }
}
