//! The limits of a request, a document and a socket: what they are, and what is answered to whoever goes beyond one.
//!
//! A document is looked at in the order of what it costs to look: its length, its words (`lexical.rs`), and then, once it was
//! parsed, what it selects (`count.rs`), before anything walks it. `check.rs` holds all of that against the limits.

mod check;
mod count;
mod lexical;

pub(crate) use self::{
    check::{Looked, check},
    count::{Count, count},
};

use crate::http::refusal_of;
use async_graphql::{Response, Value};
use std::time::Duration;

/// How much a request, a document, an answer and a socket may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a body, and of a message on a socket.
    pub body_bytes: usize,
    /// The requests in one body; 0 or 1 for no batches.
    pub batch: usize,
    /// The bytes of a document. What it names can be in its variables, which are not looked at so closely.
    pub document_bytes: usize,
    /// The tokens of a document: names, numbers, texts and signs.
    pub tokens: usize,
    /// How deep a document nests. The standard introspection query needs 14.
    pub depth: usize,
    /// The fields that a document selects, those of a fragment counted wherever it is spread.
    pub fields: usize,
    /// The fields of an operation itself.
    pub root_fields: usize,
    /// The fields that a document gives another name.
    pub aliases: usize,
    /// The directives in a document.
    pub directives: usize,
    /// The fragments that a document defines.
    pub fragments: usize,
    /// The variables that an operation defines, or that come with it.
    pub variables: usize,
    /// The entries of a list in arguments and variables.
    pub list_entries: usize,
    /// How deep the lists of the introspection nest. The standard query needs 1.
    pub introspection_depth: usize,
    /// What an operation costs, in points.
    pub complexity: usize,
    /// The errors of an answer: a document can be wrong in as many places as it has words.
    pub errors: usize,
    /// The documents that are kept for clients who name them by their hashes; 0 for none.
    pub persisted: usize,
    /// How long a query or mutation takes.
    pub operation_time: Duration,
    /// How long `advanceClock` takes.
    pub advance_time: Duration,
    /// The open sockets of one caller.
    pub sockets: usize,
    /// The operations that one socket carries at a time.
    pub operations: usize,
    /// The operations that all sockets of one caller carry at a time.
    pub operations_per_caller: usize,
    /// How long a client may take to say who it is on a socket.
    pub init_time: Duration,
    /// How long a client may take to receive a message on a socket, before it is cut off.
    pub send_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            batch: 0,
            document_bytes: 32 * 1024,
            tokens: 8_000,
            depth: 16,
            fields: 2_000,
            root_fields: 100,
            aliases: 200,
            directives: 100,
            fragments: 100,
            variables: 100,
            list_entries: 1_000,
            introspection_depth: 1,
            complexity: 500_000,
            errors: 50,
            persisted: 1_000,
            operation_time: Duration::from_secs(10),
            advance_time: Duration::from_secs(60),
            sockets: 1_000,
            operations: 100,
            operations_per_caller: 5_000,
            init_time: Duration::from_secs(10),
            send_time: Duration::from_secs(10),
        }
    }
}

/// A limit that was gone beyond: its name, as errors tell it, what is allowed and what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exceeded {
    pub(crate) limit: &'static str,
    pub(crate) allowed: usize,
    /// How many there are, or how many were counted before the counting ended.
    pub(crate) asked: usize,
    /// What is counted, for the sentence.
    pub(crate) what: &'static str,
}

impl Exceeded {
    /// Whether there is more of something than is allowed.
    pub(crate) fn beyond(
        limit: &'static str,
        what: &'static str,
        allowed: usize,
        asked: usize,
    ) -> Result<(), Self> {
        if asked > allowed { Err(Self { limit, allowed, asked, what }) } else { Ok(()) }
    }

    /// The sentence.
    pub(crate) fn message(&self) -> String {
        let Self { allowed, asked, what, .. } = self;
        format!("This has {asked} {what}; at most {allowed} are allowed.")
    }

    /// The answer, of which nothing was executed.
    pub(crate) fn refusal(&self) -> Response {
        let mut response = refusal_of("LIMIT_EXCEEDED", self.message());
        if let Some(error) = response.errors.first_mut() {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("limit", self.limit);
            extensions.set("allowed", number(self.allowed));
            extensions.set("requested", number(self.asked));
        }
        response
    }
}

fn number(count: usize) -> Value {
    u64::try_from(count).unwrap_or(u64::MAX).into()
}
