//! The feed of committed events: the outbox that live updates read from. Nothing leaves from inside a request.
//!
//! On PostgreSQL an event with a lower position can commit later than one with a higher, so the feed is ordered by
//! transaction id and position, and read below the oldest transaction that is still running. Ids count within an epoch
//! (`store/epoch.rs`), so that a restore into another cluster keeps the order. On SQLite there is one writer,
//! and positions are in the order of commit.

use crate::{Error, Marketplace, Result, store::dialect};
use entity::event;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use std::{
    any::Any,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{sync::broadcast, time::timeout};
use uuid::Uuid;

/// A place in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    xid: i64,
    position: i64,
}

impl Place {
    /// Before everything.
    pub const BEGINNING: Self = Self { xid: 0, position: 0 };

    /// The place that was stored.
    pub(crate) fn new(xid: i64, position: i64) -> Self {
        Self { xid, position }
    }

    /// The transaction.
    pub(crate) fn xid(self) -> i64 {
        self.xid
    }

    /// The position.
    pub(crate) fn position(self) -> i64 {
        self.position
    }
}

/// An event at its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where it stands.
    pub place: Place,
    /// What happened.
    pub event: event::Model,
    /// What is kept with it by those who show it.
    shown: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Placed {
    fn new(place: Place, event: event::Model) -> Self {
        Self { place, event, shown: OnceLock::new() }
    }

    /// What those who show the event keep with it: made by whoever comes first, the same for all who listen in this process,
    /// and gone with the event. All have to ask for the same type; who asks for another gets their own.
    pub fn shown<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Arc<T> {
        let kept = self.shown.get_or_init(|| Arc::new(make())).clone();
        kept.downcast().unwrap_or_else(|_| Arc::new(make()))
    }
}

/// How many events are read at once.
const BATCH: u64 = 500;

/// How long the feed waits for the doorbell before it looks by itself: it may not have been heard, or rung before an older
/// transaction ended behind which the event stands.
const POLL: Duration = Duration::from_millis(200);

/// How long a look may take before it is given up and another one is tried: with another connection, if this one is dead.
const LOOK: Duration = Duration::from_secs(5);

/// How long it rests after the doorbell.
const PAUSE: Duration = Duration::from_millis(20);

/// How many events a slow listener may fall behind before it has to read them from the database itself.
const BACKLOG: usize = 1024;

/// Hands every committed event to everybody in this process who listens.
#[derive(Debug, Clone)]
pub struct Feed {
    sender: broadcast::Sender<Arc<Placed>>,
    poll: Duration,
}

impl Feed {
    /// A feed that nobody reads for yet.
    pub fn new() -> Self {
        Self::looking_every(POLL)
    }

    /// One that waits so long for the doorbell before it looks by itself.
    pub fn looking_every(poll: Duration) -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG), poll }
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Placed>> {
        self.sender.subscribe()
    }

    /// Reads the feed from a place on, for as long as the future is polled: one reader for all listeners of the process. The
    /// place has to be found before anybody listens, or what commits in between is passed on to nobody.
    pub async fn run(&self, market: &Marketplace, from: Place) {
        let mut place = from;
        loop {
            if let Err(error) = self.pass_on(market, &mut place).await {
                tracing::warn!(?error, "the feed of events cannot be read");
            }
            let _ = timeout(self.poll, market.parts.bells.feed.notified()).await;
            // A burst of commits is read at once.
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What was passed on before something went wrong is not passed on again.
    async fn pass_on(&self, market: &Marketplace, place: &mut Place) -> Result<()> {
        loop {
            let read = timeout(LOOK, behind(market, *place)).await;
            let events = read.map_err(|_| Error::Unavailable(format!("no answer within {LOOK:?}")))??;
            let Some(last) = events.last() else { return Ok(()) };
            *place = last.place;
            for event in events {
                // Nobody may be listening.
                let _ = self.sender.send(Arc::new(event));
            }
        }
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}

/// The end of the feed: everything that commits from now on stands behind it. It is the place of an event, so that it means the
/// same when the data has come into another cluster.
///
/// # Errors
/// What the database said.
pub async fn head(market: &Marketplace) -> Result<Place> {
    const SQLITE: &str = "select 0 as xid, coalesce(max(position), 0) as position from event";
    const POSTGRES: &str = "select xid, position from event
                            where xid < (select base from feed_epoch) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                            order by xid desc, position desc limit 1";
    let db = market.db().read();
    let row =
        Head::find_by_statement(Statement::from_string(market.db().backend(), dialect(db, SQLITE, POSTGRES)));
    Ok(row.one(db).await?.map_or(Place::BEGINNING, |head| Place { xid: head.xid, position: head.position }))
}

#[derive(FromQueryResult)]
struct Head {
    xid: i64,
    position: i64,
}

/// The first events behind a place, in the order of the feed. Those of a type that this program does not know are passed
/// over.
///
/// # Errors
/// What the database said.
pub async fn behind(market: &Marketplace, mut place: Place) -> Result<Vec<Placed>> {
    loop {
        let rows = read(market.db().read(), place, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(Vec::new()) };
        place = last.place;
        let known = rows.into_iter().filter_map(|row| Some(Placed::new(row.place, row.event.ok()?)));
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            return Ok(known);
        }
    }
}

/// What stands at a place of the feed.
#[derive(Debug)]
pub(crate) struct Row {
    /// The place.
    pub(crate) place: Place,
    /// What happened, if this program knows what it is.
    pub(crate) event: Result<event::Model>,
}

/// What stands behind a place, in the order of the feed.
///
/// # Errors
/// What the database said.
pub(crate) async fn read(db: &impl ConnectionTrait, place: Place, limit: u64) -> Result<Vec<Row>> {
    const SQLITE: &str =
        "select 0 as xid, * from event where position > $2 and $1 >= 0 order by position limit $3";
    const POSTGRES: &str = "select * from event where (xid, position) > ($1, $2)
                            and xid < (select base from feed_epoch) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                            order by xid, position limit $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [place.xid.into(), place.position.into(), limit.into()];
    let sql = dialect(db, SQLITE, POSTGRES);
    rows(db, Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await
}

/// An event that a client has seen, at its place; none when there is no such event, or none that this program knows.
///
/// # Errors
/// What the database said.
pub async fn find(market: &Marketplace, stream: Uuid, seq: i64) -> Result<Option<Placed>> {
    const SQLITE: &str = "select 0 as xid, * from event where stream_id = $1 and seq = $2";
    const POSTGRES: &str = "select * from event where stream_id = $1 and seq = $2";
    let db = market.db().read();
    let sql = dialect(db, SQLITE, POSTGRES);
    let values = [stream.into(), seq.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    match rows(db, statement).await?.pop() {
        Some(Row { place, event }) => Ok(event.ok().map(|event| Placed::new(place, event))),
        None => Ok(None),
    }
}

async fn rows(db: &impl ConnectionTrait, statement: Statement) -> Result<Vec<Row>> {
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let place = Place { xid: row.try_get("", "xid")?, position: row.try_get("", "position")? };
            Ok(Row { place, event: event::Model::from_query_result(row, "").map_err(Error::internal) })
        })
        .collect()
}
