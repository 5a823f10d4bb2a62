//! Verifying the history: that every event is the one that was written, that none is missing, and that each subscription is
//! what its events say.
//!
//! Each stream is a chain of hashes that ends in the hash on the object's own row. Whoever changes, removes, inserts or
//! reorders an event breaks the chain. Whoever may write everything can work out a whole chain anew, or remove the last
//! events together with the head on the row; only a checkpoint that is kept elsewhere finds that.

mod retold;
mod verdict;

pub use self::verdict::{Broken, Checkpoint, Verdict, Verified};

use self::retold::Retold;
use crate::{Database, Result, event::chained, store::dialect};
use entity::{
    billing_profile, event,
    id::{Hash, SubscriptionId},
    marketplace, organization,
    state::{Status, StreamKind},
    subscription, subscription_end,
};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iterable, QueryResult, Statement};
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

/// How many rows are read at once.
const PAGE: u64 = 5_000;

struct Placed {
    /// None when it cannot be read.
    event: Option<event::Model>,
    stream: Uuid,
    seq: i64,
    place: i64,
}

impl FromQueryResult for Placed {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            event: event::Model::from_query_result(row, prefix).ok(),
            stream: row.try_get("", "stream_id")?,
            seq: row.try_get("", "seq")?,
            place: row.try_get("", "place")?,
        })
    }
}

const SQLITE: &str = "select event.*, position as place from event
    where (stream_id, seq) > ($1, $2) order by stream_id, seq limit $3";
const POSTGRES: &str = "select event.*, xid as place from event
    where (stream_id, seq) > ($1, $2) order by stream_id, seq limit $3";

/// What is settled: no event will ever come before this place.
const SQLITE_HORIZON: &str = "select coalesce(max(position), 0) + 1 as horizon from event";
const POSTGRES_HORIZON: &str =
    "select base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon from feed_epoch";

/// The place of the newest event.
const SQLITE_NEWEST: &str = "select coalesce(max(position), 0) as place from event";
const POSTGRES_NEWEST: &str = "select coalesce(max(xid), 0) as place from event";

/// How long a checkpoint waits for transactions that are older than the newest event.
const LOOKS: u32 = 300;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The one number that a query gives.
async fn number(db: &Database, sql: &str) -> Result<i64> {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}

/// Verifies the history of everything, and holds it against a checkpoint if there is one. Memory does not grow with it.
///
/// # Errors
/// What the database said.
pub async fn verify(db: &Database, checkpoint: Option<&Checkpoint>) -> Result<Verdict> {
    let mut walk = Walk::until(checkpoint.map_or(0, |checkpoint| checkpoint.before));
    if let Err(broken) = walk.events(db).await? {
        return Ok(Err(broken));
    }
    // Objects whose events are all gone.
    if let Some(broken) = silent(db).await? {
        return Ok(Err(broken));
    }
    if let Some(broken) = miscounted(db).await? {
        return Ok(Err(broken));
    }
    if checkpoint.is_some_and(|checkpoint| *checkpoint != walk.checkpoint()) {
        return Ok(Err(Broken::Checkpoint));
    }
    Ok(Ok(Verified { streams: walk.streams, events: walk.events }))
}

/// The checkpoint of a history that is whole: of all that has happened by now. A transaction that runs for longer than half a
/// minute meanwhile leaves the newest events to the next checkpoint; how many it is about stands in it.
///
/// # Errors
/// What the database said.
pub async fn checkpoint(db: &Database) -> Result<std::result::Result<Checkpoint, Broken>> {
    let newest = number(db, dialect(db.read(), SQLITE_NEWEST, POSTGRES_NEWEST)).await?;
    let mut before = number(db, dialect(db.read(), SQLITE_HORIZON, POSTGRES_HORIZON)).await?;
    for _ in 0..LOOKS {
        if before > newest {
            break;
        }
        // A transaction that is older than the newest event still runs, in whichever database of the server.
        tokio::time::sleep(LOOK_EVERY).await;
        before = number(db, dialect(db.read(), SQLITE_HORIZON, POSTGRES_HORIZON)).await?;
    }
    // No further than the newest event: a place that was given to nothing may mean something else in another cluster.
    let mut walk = Walk::until(before.min(newest + 1));
    Ok(walk.events(db).await?.map(|()| walk.checkpoint()))
}

/// A walk along all streams, one after the other.
struct Walk {
    before: i64,
    streams: u64,
    events: u64,
    /// What was before the place of the checkpoint.
    counted: (u64, u64),
    digest: Sha256,
    stream: Option<Stream>,
}

/// The stream that is being walked along.
struct Stream {
    kind: StreamKind,
    id: Uuid,
    seq: i64,
    hash: Hash,
    /// Its last event before the place of the checkpoint.
    settled: Option<(i64, Hash)>,
    /// What it comes to.
    retold: Retold,
}

impl Walk {
    fn until(before: i64) -> Self {
        Self { before, streams: 0, events: 0, counted: (0, 0), digest: Sha256::new(), stream: None }
    }

    async fn events(&mut self, db: &Database) -> Result<std::result::Result<(), Broken>> {
        let read = &db.read_whole();
        let mut behind = (Uuid::nil(), 0_i64);
        loop {
            let sql = dialect(read, SQLITE, POSTGRES);
            let values = [behind.0.into(), behind.1.into(), (PAGE as i64).into()];
            let statement = Statement::from_sql_and_values(db.backend(), sql, values);
            let rows = Placed::find_by_statement(statement).all(read).await?;
            let Some(last) = rows.last() else { break };
            behind = (last.stream, last.seq);
            for row in rows {
                if let Err(broken) = self.event(db, row).await? {
                    return Ok(Err(broken));
                }
            }
        }
        self.end(db).await
    }

    async fn event(
        &mut self,
        db: &Database,
        Placed { event, place, stream, seq }: Placed,
    ) -> Result<std::result::Result<(), Broken>> {
        let Some(event) = event else { return Ok(Err(Broken::Unknown { stream, seq })) };
        if self.stream.as_ref().is_none_or(|stream| stream.id != event.stream_id) {
            if let Err(broken) = self.end(db).await? {
                return Ok(Err(broken));
            }
            self.stream = Some(Stream {
                kind: event.stream_kind,
                id: event.stream_id,
                seq: 0,
                hash: Hash::new(),
                settled: None,
                retold: Retold::default(),
            });
        }
        let Some(stream) = &mut self.stream else { return Ok(Ok(())) };
        let (kind, id) = (name(stream.kind), stream.id);
        if event.seq != stream.seq + 1 {
            return Ok(Err(Broken::Missing { kind, stream: id, seq: stream.seq + 1 }));
        }
        if event.stream_kind != stream.kind || event.hash != chained(&stream.hash, &event) {
            return Ok(Err(Broken::Event { kind, stream: id, seq: event.seq }));
        }
        stream.seq = event.seq;
        if stream.kind == StreamKind::Subscription {
            stream.retold.tell(&event);
        }
        stream.hash = event.hash;
        self.events += 1;
        if place < self.before {
            self.counted.1 += 1;
            stream.settled = Some((stream.seq, stream.hash.clone()));
        }
        Ok(Ok(()))
    }

    /// The stream has ended: as its object says?
    async fn end(&mut self, db: &Database) -> Result<std::result::Result<(), Broken>> {
        let Some(stream) = self.stream.take() else { return Ok(Ok(())) };
        self.streams += 1;
        if let Some((seq, hash)) = &stream.settled {
            self.counted.0 += 1;
            self.digest.update(stream.id.as_bytes());
            self.digest.update(seq.to_be_bytes());
            self.digest.update(hash);
        }
        let head = head(db, stream.kind, stream.id).await?;
        // Somebody may have added an event since the page was read: the head can be ahead, never behind or another.
        let as_said = match head {
            Some((version, hash)) if version == stream.seq => hash == stream.hash,
            Some((version, _)) => version > stream.seq && follows(db, stream.id, stream.seq).await?,
            None => false,
        };
        if !as_said {
            return Ok(Err(Broken::Head { kind: name(stream.kind), stream: stream.id, seq: stream.seq }));
        }
        Ok(match of_row(db, &stream).await? {
            Some(what) => Err(Broken::Row { subscription: stream.id, what }),
            None => Ok(()),
        })
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            before: self.before,
            streams: self.counted.0,
            events: self.counted.1,
            digest: hex::encode(self.digest.clone().finalize()),
        }
    }
}

fn name(kind: StreamKind) -> &'static str {
    match kind {
        StreamKind::Subscription => "subscription",
        StreamKind::BillingProfile => "billing profile",
        StreamKind::Organization => "organization",
        StreamKind::Marketplace => "marketplace",
    }
}

/// The version and hash on the object's own row.
async fn head(db: &Database, kind: StreamKind, id: Uuid) -> Result<Option<(i64, Hash)>> {
    let db = db.read();
    Ok(match kind {
        StreamKind::Subscription => subscription::Entity::find_by_id(entity::id::SubscriptionId(id))
            .one(db)
            .await?
            .map(|row| (row.version, row.event_hash)),
        StreamKind::BillingProfile => billing_profile::Entity::find_by_id(entity::id::BillingProfileId(id))
            .one(db)
            .await?
            .map(|row| (row.version, row.event_hash)),
        StreamKind::Organization => organization::Entity::find_by_id(entity::id::OrganizationId(id))
            .one(db)
            .await?
            .map(|row| (row.version, row.event_hash)),
        StreamKind::Marketplace => {
            marketplace::Entity::find_by_id(id).one(db).await?.map(|row| (row.version, row.event_hash))
        }
    })
}

/// Whether there is an event behind this one by now.
async fn follows(db: &Database, stream: Uuid, seq: i64) -> Result<bool> {
    Ok(event::Entity::find_by_id((stream, seq + 1)).one(db.read()).await?.is_some())
}

/// The first object that says that it has a history and has none.
async fn silent(db: &Database) -> Result<Option<Broken>> {
    const SQL: &str = "select kind, id from (
        select 'subscription' as kind, id from subscription where version > 0
        union all select 'billing profile', id from billing_profile where version > 0
        union all select 'organization', id from organization where version > 0
        union all select 'marketplace', id from marketplace where version > 0) as object
        where not exists (select 1 from event where event.stream_id = object.id) limit 1";
    let row = db.read_whole().query_one_raw(Statement::from_string(db.backend(), SQL)).await?;
    let Some(row) = row else { return Ok(None) };
    let kind: String = row.try_get("", "kind")?;
    let kind = StreamKind::iter().map(name).find(|known| *known == kind).unwrap_or("object");
    Ok(Some(Broken::Missing { kind, stream: row.try_get("", "id")?, seq: 1 }))
}

/// The fact in which a subscription is not what its history tells. One that somebody changes meanwhile is for the next time.
async fn of_row(db: &Database, stream: &Stream) -> Result<Option<&'static str>> {
    if stream.kind != StreamKind::Subscription {
        return Ok(None);
    }
    let id = SubscriptionId(stream.id);
    let row = subscription::Entity::find_by_id(id).one(db.read()).await?;
    let Some(row) = row.filter(|row| row.version == stream.seq) else { return Ok(None) };
    let end = match row.status {
        Status::Disabled => subscription_end::Entity::find_by_id(id).one(db.read()).await?,
        Status::PendingActivation | Status::Active => None,
    };
    Ok(stream.retold.differs(&row, end.as_ref()))
}

/// The first subscription that counts other licences than are assigned.
async fn miscounted(db: &Database) -> Result<Option<Broken>> {
    const SQL: &str = "select id from subscription s where s.assigned <> (
        select count(*) from license_assignment l where l.subscription_id = s.id and l.ended_at is null) limit 1";
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), SQL)).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Broken::Licenses { subscription: row.try_get("", "id")? }))
}
