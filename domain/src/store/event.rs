//! Appending events: their place in the feed is the database's to give.

use super::dialect;
use crate::{Error, Result};
use chrono::SecondsFormat;
use entity::event;
use sea_orm::{ActiveEnum, ConnectionTrait, Statement};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const SQLITE: &str = "
insert into event (stream_id, seq, stream_kind, type, occurred_at, actor_kind, actor_id, api_key_id, request_id, organization_id,
                   publisher_id, partner_id, body, hash, position)
select unhex(value ->> '$.stream_id'), value ->> '$.seq', value ->> '$.stream_kind', value ->> '$.type',
       value ->> '$.occurred_at', value ->> '$.actor_kind', unhex(value ->> '$.actor_id'),
       unhex(value ->> '$.api_key_id'), value ->> '$.request_id',
       unhex(value ->> '$.organization_id'), unhex(value ->> '$.publisher_id'), unhex(value ->> '$.partner_id'),
       value ->> '$.body', unhex(value ->> '$.hash'), (select coalesce(max(position), 0) from event) + key + 1
from json_each($1)";

/// Its place is its transaction's id, in the feed's [epoch](super::epoch).
///
/// A transaction has its id from its first lock, so one that waited for a stream can have a lower id than the one that wrote
/// the stream before it. An event therefore never takes a lower place than its predecessor. No reader can have passed that
/// place: it stays below the oldest running transaction, which is no younger than the one that writes here.
const POSTGRES: &str = "
insert into event (stream_id, seq, stream_kind, type, occurred_at, actor_kind, actor_id, api_key_id, request_id, organization_id,
                   publisher_id, partner_id, body, hash, xid)
select stream_id, seq, stream_kind, type, occurred_at, actor_kind, actor_id, api_key_id, request_id, organization_id,
       publisher_id, partner_id, body, decode(hash, 'hex'),
       greatest((select base from feed_epoch) + pg_current_xact_id()::text::bigint,
                (select e.xid from event e where e.stream_id = r.stream_id and e.seq = r.follows))
from jsonb_to_recordset($1::jsonb) as r(stream_id uuid, seq bigint, stream_kind text, type text, occurred_at timestamptz,
  actor_kind text, actor_id uuid, api_key_id uuid, request_id text, organization_id uuid, publisher_id uuid, partner_id uuid, body text,
  hash text, follows bigint)";

/// Appends the events, in this order.
///
/// # Errors
/// What the database said: two events of one stream with the same version among it.
pub(crate) async fn append(db: &impl ConnectionTrait, events: &[event::Model]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut follows: HashMap<Uuid, i64> = HashMap::new();
    for event in events {
        follows.entry(event.stream_id).or_insert(event.seq - 1);
    }
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            json!({
                "stream_id": event.stream_id.simple().to_string(),
                "seq": event.seq,
                "stream_kind": event.stream_kind.to_value(),
                "type": event.r#type.to_value(),
                "occurred_at": event.occurred_at.to_rfc3339_opts(SecondsFormat::AutoSi, false),
                "actor_kind": event.actor_kind.to_value(),
                "actor_id": event.actor_id.map(|id| id.simple().to_string()),
                "api_key_id": event.api_key_id.map(|id| id.0.simple().to_string()),
                "request_id": event.request_id,
                "organization_id": event.organization_id.map(|id| id.0.simple().to_string()),
                "publisher_id": event.publisher_id.map(|id| id.0.simple().to_string()),
                "partner_id": event.partner_id.map(|id| id.0.simple().to_string()),
                "body": event.body,
                "hash": hex::encode(&event.hash),
                "follows": follows.get(&event.stream_id),
            })
        })
        .collect();
    let json = serde_json::to_string(&rows).map_err(Error::internal)?;
    let sql = dialect(db, SQLITE, POSTGRES);
    #[cfg(feature = "failpoints")]
    let sql = if crate::failpoint::planted(crate::failpoint::Mistake::VersionIgnored) {
        format!("{sql} where true on conflict do nothing")
    } else {
        sql.to_owned()
    };
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, [json.into()])).await?;
    Ok(())
}
