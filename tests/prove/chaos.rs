//! What happens to the processes and the database meanwhile: kills, crashes, a clock that is set ahead, and a hand that
//! writes SQL.

use super::{
    asking::{Wish, decoded},
    process::Process,
    reach::Danger,
    server::Server,
    world::{OPERATOR, World, how, set_ahead},
};
use crate::harness::Db;
use chrono::TimeDelta;
use domain::Database;
use entity::sandbox_clock;
use rand::{Rng, rngs::StdRng};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Statement};
use serde_json::json;
use std::{str::FromStr, sync::PoisonError, time::Duration};
use tokio::time::sleep;

/// How often a process is killed.
const KILL_EVERY: Duration = Duration::from_secs(2);

/// How often it is looked whether the process is inside a transaction, before it is killed wherever it is.
const LOOKS: u32 = 40;

/// How often the server crashes.
const CRASH_EVERY: Duration = Duration::from_secs(9);

impl World {
    /// Kills one process after the other: every two seconds one that serves or works.
    pub(super) async fn kills(&self, mut random: StdRng) {
        let watch = Watch::on(self).await;
        while !self.stops() {
            sleep(KILL_EVERY).await;
            let up: Vec<_> =
                self.processes.iter().filter(|process| process.alive().address.is_some()).collect();
            if up.is_empty() || self.stops() {
                continue;
            }
            let process = up[random.random_range(0..up.len())];
            self.kills_one(process, &watch).await;
        }
    }

    /// Holds the process still, looks whether it has a transaction open, and kills it then, so that what was seen is so.
    async fn kills_one(&self, process: &Process, watch: &Watch) {
        let alive = process.alive();
        let mut inside = false;
        let mut hand = self.hand.lock().await;
        for look in 0..LOOKS {
            if !process.signal(&alive, "STOP").await {
                return;
            }
            inside = watch.sees_inside(&process.name).await;
            if inside || look + 1 == LOOKS {
                break;
            }
            process.signal(&alive, "CONT").await;
            drop(hand);
            sleep(Duration::from_millis(7)).await;
            hand = self.hand.lock().await;
        }
        let killed = process.signal(&alive, "KILL").await;
        drop(hand);
        if killed {
            self.reach.count(Danger::Killed);
            if inside {
                self.reach.count(Danger::KilledInside);
            }
        }
    }

    /// Lets the server crash again and again.
    pub(super) async fn crashes(&self, server: &Server) {
        while !self.stops() {
            sleep(CRASH_EVERY).await;
            if !self.stops() {
                server.crashes().await;
                self.reach.count(Danger::ServerCrashed);
            }
        }
    }

    /// Time passes: the operator advances the clock, or it is set ahead, as if every worker had been down.
    pub(super) async fn passes_time(&self, mut random: StdRng) {
        let db = Database::connect(&how(&self.url)).await.expect("the database answers");
        // Some are activated on the day on which it begins: the last of January shows from where periods are counted.
        while self.living() < 4 && !self.stops() {
            sleep(Duration::from_millis(50)).await;
        }
        sleep(Duration::from_secs(2)).await;
        while !self.stops() {
            sleep(Duration::from_millis(random.random_range(500..1800))).await;
            let far = match random.random_range(0..10) {
                0..3 => TimeDelta::hours(1),
                3..6 => TimeDelta::days(random.random_range(1..8)),
                6..9 => TimeDelta::days(15),
                _ => TimeDelta::days(31),
            };
            let row = sandbox_clock::Entity::find_by_id(1).one(db.read()).await;
            let Ok(Some(row)) = row else { continue };
            let ahead = TimeDelta::microseconds(row.offset_micros) + far;
            // The clock goes at most 20 years ahead.
            if ahead > TimeDelta::days(19 * 365) {
                continue;
            }
            if random.random_bool(0.5) {
                let _hand = self.hand.lock().await;
                if set_ahead(&db, ahead).await.is_ok() {
                    self.reach.count(Danger::ClockJumped);
                }
            } else {
                let to = tenure::program::real_now() + ahead;
                let wish = Wish {
                    who: OPERATOR,
                    operation: "AdvanceClock",
                    input: json!({ "to": to.to_rfc3339() }),
                    keyed: false,
                    of: None,
                };
                // Cut off or not: how far it came, it came.
                self.reach.count(Danger::ClockAdvanced);
                self.wishes(wish, &mut random).await;
            }
        }
        let _ = db.close().await;
    }

    /// Somebody with the owner's connection tries to bring disabled ones back, and to rewrite what happened.
    pub(super) async fn attacks(&self, mut random: StdRng) {
        let db = Database::connect_as_login(&how(&self.url)).await.expect("the database answers");
        while !self.stops() {
            sleep(Duration::from_millis(150)).await;
            let ended: Vec<_> = self
                .known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
                .filter(|known| known.disabled)
                .filter_map(|known| decoded(&known.id))
                .collect();
            if ended.is_empty() {
                continue;
            }
            let id = ended[random.random_range(0..ended.len())];
            let id = match self.db {
                Db::Sqlite => format!("x'{}'", id.simple()),
                Db::Postgres => format!("'{id}'"),
            };
            // What was refused as disabled may be due to be, and not yet so: that one is left alone.
            let one = format!("id = {id} and status = 'DISABLED'");
            let sql = match random.random_range(0..7) {
                0 => format!("update subscription set status = 'ACTIVE' where {one}"),
                1 => format!("update subscription set status = 'PENDING_ACTIVATION' where {one}"),
                2 => format!("update subscription set version = version + 1 where {one}"),
                3 => format!("delete from subscription where {one}"),
                4 => format!("delete from subscription_end where subscription_id = {id}"),
                5 => format!("update subscription_end set reason = 'EXPIRED' where subscription_id = {id}"),
                _ => {
                    format!("delete from event where stream_id in (select id from subscription where {one})")
                }
            };
            let _hand = self.hand.lock().await;
            if let Err(error) = db.execute_unprepared(&sql).await {
                let refused =
                    ["DISABLED_IS_TERMINAL", "APPEND_ONLY", "SUBSCRIPTIONS_ARE_KEPT", "STATUS_MOVES_FORWARD"];
                if refused.iter().any(|guard| error.to_string().contains(guard)) {
                    self.reach.count(Danger::LeavingBySql);
                }
            }
        }
        let _ = db.close().await;
    }
}

/// Sees whether a process that is held still has a transaction open that has written.
enum Watch {
    Sqlite(sqlx::SqlitePool),
    Postgres(DatabaseConnection),
}

impl Watch {
    async fn on(world: &World) -> Self {
        match world.db {
            Db::Sqlite => {
                let options = sqlx::sqlite::SqliteConnectOptions::from_str(&world.url).expect("an address");
                let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
                Self::Sqlite(pool.connect_lazy_with(options.busy_timeout(Duration::ZERO)))
            }
            Db::Postgres => {
                let db = Database::connect_as_login(&how(&world.url)).await;
                Self::Postgres(db.expect("the server answers"))
            }
        }
    }

    async fn sees_inside(&self, process: &str) -> bool {
        match self {
            // Whoever writes has the file's one lock.
            Self::Sqlite(pool) => {
                let Ok(mut connection) = pool.acquire().await else { return false };
                match sqlx::query("begin immediate").execute(&mut *connection).await {
                    Ok(_) => {
                        let _ = sqlx::query("rollback").execute(&mut *connection).await;
                        false
                    }
                    Err(error) => error.to_string().contains("locked"),
                }
            }
            Self::Postgres(db) => {
                let sql = "select count(*) as open from pg_stat_activity
                           where application_name = $1 and backend_xid is not null";
                let statement =
                    Statement::from_sql_and_values(db.get_database_backend(), sql, [process.into()]);
                let row = db.query_one_raw(statement).await;
                row.ok()
                    .flatten()
                    .and_then(|row| row.try_get::<i64>("", "open").ok())
                    .is_some_and(|open| open > 0)
            }
        }
    }
}
