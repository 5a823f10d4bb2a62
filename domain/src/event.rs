//! Events: what happened, numbered by the version of its stream and chained by SHA-256.

use entity::{event, id::Hash};
use sha2::{Digest, Sha256};

/// The hash of an event that follows the one with the hash `before`.
///
/// The canonical form is one line for each fact, in a fixed order, the body last: it alone could hold anything, and as
/// JSON in one line it holds no line break.
pub fn chained(before: &Hash, event: &event::Model) -> Hash {
    use sea_orm::ActiveEnum;
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let facts = [
        event.stream_kind.to_value(),
        event.stream_id.to_string(),
        event.seq.to_string(),
        event.r#type.to_value(),
        event.occurred_at.timestamp_micros().to_string(),
        event.actor_kind.to_value(),
        // The line is the one of before there were keys, when there is none.
        match event.api_key_id {
            Some(key) => format!("{} {}", id(event.actor_id), key.0),
            None => id(event.actor_id),
        },
        event.request_id.clone().unwrap_or_default(),
        id(event.organization_id.map(|id| id.0)),
        id(event.publisher_id.map(|id| id.0)),
        id(event.partner_id.map(|id| id.0)),
        event.body.clone(),
    ];
    let mut digest = Sha256::new();
    digest.update(before);
    for fact in facts {
        digest.update(fact.as_bytes());
        digest.update(b"\n");
    }
    digest.finalize().to_vec()
}
