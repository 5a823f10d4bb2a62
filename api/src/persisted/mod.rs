//! Documents that are named instead of sent: those that a client sent before, by their hash, as Apollo's automatic persisted
//! queries do, and those of a manifest, which can be all that is executed.

mod manifest;

pub use self::manifest::{NoManifest, Trusted};

use crate::{
    admission::Refused,
    asked::{Asked, Named},
};
use lru::LruCache;
use sha2::{Digest, Sha256};
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

/// Documents by their names.
pub(crate) struct Persisted {
    trusted: Option<Arc<Trusted>>,
    /// Whether those of the manifest are all that is executed.
    only_trusted: bool,
    /// Those that clients sent, as far as they were used last; none if nothing is kept. Lost with the process: a client
    /// sends its document again then.
    sent: Option<Mutex<LruCache<String, Arc<str>>>>,
}

/// A document to be kept once it was admitted.
#[derive(Debug)]
pub(crate) struct Keep {
    hash: String,
    document: Arc<str>,
}

impl Persisted {
    /// With at most so many of those that clients send.
    pub(crate) fn new(trusted: Option<Arc<Trusted>>, only_trusted: bool, most: usize) -> Self {
        let sent = NonZeroUsize::new(most).map(|most| Mutex::new(LruCache::new(most)));
        Self { trusted, only_trusted, sent }
    }

    /// Finds the document of a request, if it is named.
    ///
    /// # Errors
    /// When it is not known, not what its name says, or not trusted where only those are executed.
    pub(crate) fn find(&self, asked: &mut Asked) -> Result<Option<Keep>, Box<Refused>> {
        let query = &mut asked.request.query;
        if let Some(trusted) = &self.trusted {
            let named = asked.named.as_ref().map(|named| match named {
                Named::Id(id) | Named::Hash(id) => id.as_str(),
            });
            let found = match named {
                Some(id) => trusted.by_id(id),
                None => trusted.by_text(query),
            };
            match found {
                Some(document) if query.is_empty() || query.as_str() == document => {
                    document.clone_into(query);
                    return Ok(None);
                }
                Some(_) => return Err(mismatch()),
                None if self.only_trusted => return Err(not_in_list()),
                None => {}
            }
        } else if self.only_trusted {
            return Err(not_in_list());
        }
        let Some(named) = &asked.named else { return Ok(None) };
        let (Named::Id(id) | Named::Hash(id)) = named;
        let hash = id.strip_prefix("sha256:").unwrap_or(id).to_ascii_lowercase();
        let Some(sent) = &self.sent else {
            return Err(Refused::with("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"));
        };
        if query.is_empty() {
            let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            let found = sent.get(&hash).cloned();
            *query = found.ok_or_else(not_found)?.to_string();
            return Ok(None);
        }
        if hash != hash_of(query) {
            return Err(mismatch());
        }
        Ok(Some(Keep { hash, document: query.as_str().into() }))
    }

    /// Keeps a document that was admitted.
    pub(crate) fn keep(&self, Keep { hash, document }: Keep) {
        if let Some(sent) = &self.sent {
            sent.lock().unwrap_or_else(PoisonError::into_inner).put(hash, document);
        }
    }
}

/// The SHA-256 of a document, as clients write it.
fn hash_of(document: &str) -> String {
    Sha256::digest(document.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In the words that Apollo's clients know, who send the document then. With status 200, as Apollo's server does: clients
/// take others for failures of the network.
fn not_found() -> Box<Refused> {
    let mut refused = Refused::with("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
    refused.status = Some(axum::http::StatusCode::OK);
    refused
}

fn mismatch() -> Box<Refused> {
    Refused::with("BAD_USER_INPUT", "provided sha does not match query")
}

fn not_in_list() -> Box<Refused> {
    let message =
        "only the operations of the list of trusted documents are executed, and this is none of them";
    Refused::with("PERSISTED_QUERY_NOT_IN_LIST", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Request;

    fn asking(query: &str, named: Option<Named>) -> Asked {
        Asked { request: Request::new(query), named }
    }

    /// What is executed for a request, or the code with which it is refused.
    fn found(persisted: &Persisted, query: &str, named: Option<&str>) -> Result<String, String> {
        let mut asked = asking(query, named.map(|hash| Named::Hash(hash.into())));
        match persisted.find(&mut asked) {
            Ok(keep) => {
                keep.into_iter().for_each(|keep| persisted.keep(keep));
                Ok(asked.request.query)
            }
            Err(refused) => Err(crate::http::outcome_of(&refused.response)),
        }
    }

    #[test]
    fn a_document_that_was_sent_is_known_by_its_hash() {
        let persisted = Persisted::new(None, false, 2);
        let (one, hash) = ("{ one }", hash_of("{ one }"));
        let unknown = Err("PERSISTED_QUERY_NOT_FOUND".to_owned());
        assert_eq!(found(&persisted, "", Some(&hash)), unknown);
        assert_eq!(found(&persisted, one, Some("0123")), Err("BAD_USER_INPUT".into()));
        assert_eq!(found(&persisted, "", Some("0123")), unknown, "what was refused is not kept");
        assert_eq!(found(&persisted, one, Some(&hash.to_uppercase())), Ok(one.into()));
        assert_eq!(found(&persisted, "", Some(&hash)), Ok(one.into()));
        assert_eq!(found(&persisted, "", Some(&format!("sha256:{hash}"))), Ok(one.into()));
        for other in ["{ two }", "{ three }"] {
            assert!(found(&persisted, other, Some(&hash_of(other))).is_ok());
        }
        assert_eq!(found(&persisted, "", Some(&hash)), unknown, "only so many are kept");
    }

    #[test]
    fn nothing_is_kept_where_nothing_may_be() {
        let persisted = Persisted::new(None, false, 0);
        for query in ["", "{ one }"] {
            let refused = found(&persisted, query, Some(&hash_of("{ one }")));
            assert_eq!(refused, Err("PERSISTED_QUERY_NOT_SUPPORTED".into()));
        }
        assert_eq!(found(&persisted, "{ one }", None), Ok("{ one }".into()));
    }

    #[test]
    fn where_only_trusted_documents_are_executed_nothing_else_is() {
        let trusted = Trusted::read(r#"{ "one-id": "{ one }" }"#).expect("a manifest");
        let hash = hash_of("{ one }");
        for only in [true, false] {
            let persisted = Persisted::new(Some(Arc::new(trusted.clone())), only, 9);
            assert_eq!(found(&persisted, "", Some("one-id")), Ok("{ one }".into()));
            assert_eq!(found(&persisted, "", Some(&hash)), Ok("{ one }".into()));
            assert_eq!(found(&persisted, "{ one }", None), Ok("{ one }".into()), "in full");
            assert_eq!(found(&persisted, "{ two }", Some("one-id")), Err("BAD_USER_INPUT".into()));
            let refused = Err("PERSISTED_QUERY_NOT_IN_LIST".to_owned());
            let two = |answer: &str| if only { refused.clone() } else { Ok(answer.to_owned()) };
            assert_eq!(found(&persisted, "{ two }", None), two("{ two }"));
            assert_eq!(found(&persisted, "{ two }", Some(&hash_of("{ two }"))), two("{ two }"));
            assert_eq!(found(&persisted, "", Some(&hash_of("{ two }"))), two("{ two }"));
        }
    }
}
