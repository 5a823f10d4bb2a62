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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use entity::{
        id::{ApiKeyId, OrganizationId, PartnerId, PublisherId},
        state::{ActorKind, EventType, StreamKind},
    };
    use uuid::Uuid;

    fn told() -> event::Model {
        event::Model {
            stream_id: Uuid::from_u128(1),
            seq: 3,
            stream_kind: StreamKind::Subscription,
            r#type: EventType::Renewed,
            occurred_at: DateTime::from_timestamp_micros(1_772_409_600_000_001).unwrap(),
            actor_kind: ActorKind::Member,
            actor_id: Some(Uuid::from_u128(2)),
            api_key_id: Some(ApiKeyId(Uuid::from_u128(3))),
            request_id: Some("request".into()),
            organization_id: Some(OrganizationId(Uuid::from_u128(4))),
            publisher_id: Some(PublisherId(Uuid::from_u128(5))),
            partner_id: Some(PartnerId(Uuid::from_u128(6))),
            body: r#"{"period":1}"#.into(),
            hash: Vec::new(),
            position: 0,
        }
    }

    /// Worked out elsewhere from the lines of the canonical form: what stands in databases must never come out otherwise.
    #[test]
    fn the_canonical_form_is_the_one_that_stands_in_databases() {
        let chained_to = |before: &Hash, event: &event::Model| hex::encode(chained(before, event));
        let whole = "b1674d69ba70ff93fc2b8524bec31878f3bb44fb05e3eeac8d5de62877d76be7";
        assert_eq!(chained_to(&vec![7; 32], &told()), whole);
        let bare = event::Model {
            actor_kind: ActorKind::System,
            actor_id: None,
            api_key_id: None,
            request_id: None,
            organization_id: None,
            publisher_id: None,
            partner_id: None,
            body: "{}".into(),
            ..told()
        };
        let first = "ff5b7ce8931c3fbadcce9a3456426118d7fbde42cce6b926fd53701e3ea06a15";
        assert_eq!(chained_to(&Vec::new(), &bare), first);
    }

    #[test]
    fn every_fact_and_the_event_before_are_in_it() {
        let before = vec![7; 32];
        let other = Uuid::from_u128(9);
        let changed = [
            event::Model { stream_id: other, ..told() },
            event::Model { seq: 4, ..told() },
            event::Model { stream_kind: StreamKind::Organization, ..told() },
            event::Model { r#type: EventType::Disabled, ..told() },
            event::Model { occurred_at: DateTime::UNIX_EPOCH, ..told() },
            event::Model { actor_kind: ActorKind::Partner, ..told() },
            event::Model { actor_id: Some(other), ..told() },
            event::Model { api_key_id: None, ..told() },
            event::Model { request_id: None, ..told() },
            event::Model { organization_id: None, ..told() },
            event::Model { publisher_id: None, ..told() },
            event::Model { partner_id: None, ..told() },
            event::Model { body: "{}".into(), ..told() },
        ];
        let mut hashes: Vec<_> = changed.iter().map(|event| chained(&before, event)).collect();
        hashes.extend([chained(&before, &told()), chained(&vec![8; 32], &told())]);
        let told_apart: std::collections::BTreeSet<_> = hashes.iter().collect();
        assert_eq!(told_apart.len(), hashes.len());
    }
}
