//! What verifying the history comes to, and the checkpoints that it is held against.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the history was at some time: to be kept where nobody who can write to the database can change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The events before this place in the feed are held against it.
    pub before: i64,
    /// How many streams there were.
    pub streams: u64,
    /// How many events there were.
    pub events: u64,
    /// SHA-256 over the last event of each stream before that place, in hexadecimal digits.
    pub digest: String,
}

/// A history that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many streams it has.
    pub streams: u64,
    /// How many events.
    pub events: u64,
}

/// Where the history is broken first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An event is not the one that was written, or not at its place.
    #[error("event {seq} of the {kind} {stream} is not the one that was written")]
    Event {
        /// The kind of the stream.
        kind: &'static str,
        /// The stream.
        stream: Uuid,
        /// The event's place in it.
        seq: i64,
    },
    /// An event is missing.
    #[error("event {seq} of the {kind} {stream} is missing")]
    Missing {
        /// The kind of the stream.
        kind: &'static str,
        /// The stream.
        stream: Uuid,
        /// The event's place in it.
        seq: i64,
    },
    /// The stream does not end where its object says.
    #[error("the {kind} {stream} says that its history ends otherwise than it does, after event {seq}")]
    Head {
        /// The kind of the stream.
        kind: &'static str,
        /// The stream.
        stream: Uuid,
        /// The last event that is there.
        seq: i64,
    },
    /// An event says what this program cannot read.
    #[error("event {seq} of the history {stream} is of a kind that this program does not know")]
    Unknown {
        /// The stream.
        stream: Uuid,
        /// The event's place in it.
        seq: i64,
    },
    /// A subscription is not what its history says.
    #[error("the subscription {subscription} has another {what} than its history tells")]
    Row {
        /// The subscription.
        subscription: Uuid,
        /// The fact in which they differ.
        what: &'static str,
    },
    /// A subscription counts other licences as assigned than there are.
    #[error("the subscription {subscription} counts other licences than are assigned")]
    Licenses {
        /// The subscription.
        subscription: Uuid,
    },
    /// The history is whole in itself, but not the one of the checkpoint.
    #[error(
        "the history is not the one of the checkpoint: it was written anew, or its last events were removed"
    )]
    Checkpoint,
}

/// What verifying comes to: whole, or broken somewhere.
pub type Verdict = std::result::Result<Verified, Broken>;
