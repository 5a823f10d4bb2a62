//! One history: processes on a new database, clients, faults, and in the end the database held against what is promised.

use super::{
    plan::Plan,
    reach::{Danger, Reach},
    server::Server,
    settling::settles,
    world::{World, how},
};
use crate::{
    harness::Db,
    invariants::{Findings, examine_with},
};
use domain::Database;
use entity::{event, sandbox_charge, sandbox_refund, state::EventType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::time::sleep;

/// How many clients ask at once.
const CLIENTS: u64 = 5;

/// What is done to the processes and the database.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// What the processes get as `FAILPOINTS`.
    pub(super) steps: String,
    /// Whether processes are killed, and a server crashes.
    pub(super) kills: bool,
    /// Whether the database's guards are taken away.
    pub(super) unguarded: bool,
}

/// Steps that every operation passes.
const OFTEN: [&str; 6] = [
    "operation-begun",
    "subscriptions-written",
    "events-written",
    "documents-numbered",
    "operation-written",
    "operation-committed",
];

/// Steps that are passed now and then.
const SELDOM: [&str; 9] = [
    "attempt-stored",
    "gateway-charged",
    "gateway-asking",
    "gateway-refunding",
    "gateway-refunded",
    "clock-stored",
    "tick-taken",
    "job-ended",
    "messages-written",
];

impl Faults {
    /// All of them.
    pub(super) fn all() -> Self {
        let often = "0.3%return(error)->0.2%return(panic)->0.4%return(delay)->0.06%return(abort)";
        let seldom = "4%return(error)->2%return(panic)->4%return(delay)->1.5%return(abort)";
        let steps = OFTEN.iter().map(|step| (step, often)).chain(SELDOM.iter().map(|step| (step, seldom)));
        let steps: Vec<_> = steps.map(|(step, what)| format!("{step}={what}")).collect();
        Self { steps: steps.join(";"), kills: true, unguarded: false }
    }
}

/// What a history came to.
pub(super) struct Outcome {
    pub(super) findings: Findings,
    /// How long all due work took after the last fault, or what was left.
    pub(super) settled: Result<Duration, String>,
    /// The last lines of the processes' logs.
    pub(super) logs: String,
}

/// Makes one history and looks at it.
pub(super) async fn round(
    db: Db,
    plan: &Plan,
    server: Option<&Server>,
    seed: u64,
    faults: &Faults,
    time: Duration,
    reach: &Arc<Reach>,
) -> Outcome {
    let mut world = World::begin(db, plan, server, &faults.steps, reach.clone()).await;
    for process in &world.processes {
        process.serves().await;
    }
    world.prepares(&mut World::random(seed, 0)).await;
    if faults.unguarded {
        unguard(&world).await;
    }
    let world = Arc::new(world);
    plays(&world, server.filter(|_| faults.kills), seed, faults, time).await;
    let settled = if faults.kills { calms(&world).await } else { Ok(Duration::ZERO) };
    world.ends().await;
    let db = Database::connect(&how(&world.url)).await.expect("the database answers");
    counts(&db, reach).await;
    let ledger = world.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let findings = examine_with(&db, &ledger).await;
    db.close().await.expect("closed");
    let logs =
        world.processes.iter().map(|process| format!("-- {}\n{}", process.name, process.log())).collect();
    Outcome { findings, settled, logs }
}

/// Lets everybody act at once for a while.
async fn plays(world: &Arc<World>, server: Option<&Server>, seed: u64, faults: &Faults, time: Duration) {
    let clients = (1..=CLIENTS).map(|client| {
        let world = world.clone();
        tokio::spawn(async move {
            let mut random = World::random(seed, client);
            while !world.stops() {
                world.acts(&mut random).await;
            }
        })
    });
    let others = {
        let (timing, attacking) = (world.clone(), world.clone());
        let time = tokio::spawn(async move { timing.passes_time(World::random(seed, 100)).await });
        let attacks = tokio::spawn(async move { attacking.attacks(World::random(seed, 101)).await });
        [time, attacks]
    };
    let all: Vec<_> = clients.chain(others).collect();
    let killing = async {
        if faults.kills {
            world.kills(World::random(seed, 102)).await;
        }
    };
    let crashing = async {
        if let Some(server) = server {
            world.crashes(server).await;
        }
    };
    let ending = async {
        sleep(time).await;
        world.stopping.store(true, Ordering::Relaxed);
    };
    tokio::join!(killing, crashing, ending);
    for one in all {
        one.await.expect("nobody who acts fails");
    }
}

/// The last fault: everything is killed once more, and comes back without faults. Then all due work gets done.
async fn calms(world: &World) -> Result<Duration, String> {
    for process in &world.processes {
        process.calm();
        let alive = process.alive();
        process.signal(&alive, "KILL").await;
    }
    settles(world).await
}

/// Takes the guards of subscriptions and events away, as only an owner can.
async fn unguard(world: &World) {
    let owner = Database::connect_as_login(&how(&world.url)).await.expect("the database answers");
    let triggers = match world.db {
        Db::Sqlite => {
            "select 'drop trigger \"' || name || '\"' as sql from sqlite_master where type = 'trigger'"
        }
        Db::Postgres => {
            "select format('alter table %I disable trigger user', tablename) as sql from pg_tables
             where schemaname = 'public'"
        }
    };
    let rows = owner.query_all_raw(Statement::from_string(owner.get_database_backend(), triggers)).await;
    for row in rows.expect("guards") {
        let sql: String = row.try_get("", "sql").expect("a statement");
        owner.execute_unprepared(&sql).await.expect("the guard goes");
    }
    owner.close().await.expect("closed");
}

/// Counts what the history has reached.
async fn counts(db: &Database, reach: &Reach) {
    let events = |kind| event::Entity::find().filter(event::Column::Type.eq(kind)).count(db.read());
    reach.add(Danger::Disabled, events(EventType::Disabled).await.expect("events"));
    reach.add(Danger::Renewed, events(EventType::Renewed).await.expect("events"));
    reach.add(Danger::Charged, sandbox_charge::Entity::find().count(db.read()).await.expect("charges"));
    reach.add(Danger::GivenBack, sandbox_refund::Entity::find().count(db.read()).await.expect("refunds"));
}
