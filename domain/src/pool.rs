//! Opening pools of connections, and throwing out those that are dead.
//!
//! A network that swallows what is sent leaves a pool full of connections that look alive. So a connection is tried for a
//! moment before it is taken and when it comes back, and once one of them has said nothing for that long, those that are
//! as old are not trusted either; once one broke off, all that are as old have to show that they live. A database that came
//! back is found soon, whatever the pool holds.

use crate::{Connect, Error, Result, database::TENANT_ROLE, store::epoch};
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr};
use sqlx::{
    Connection,
    pool::PoolConnectionMetadata,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// How long a connection may take to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// A connection that was used a moment ago need not show that it lives.
const MOMENT: Duration = Duration::from_millis(500);

/// How many times its patience a statement of the system may take: sweeps write many rows at once.
pub(crate) const SYSTEM: u32 = 3;

/// How many times its patience a statement over everything may take, such as those of the audit.
pub(crate) const WHOLE: u32 = 30;

/// Opens a pool, acting as a role of PostgreSQL if one is named.
///
/// # Errors
/// `Internal` with what the database said, without the address: it holds a password.
pub(crate) async fn open(
    how: &Connect,
    connections: u32,
    role: Option<&'static str>,
) -> Result<DatabaseConnection> {
    let patience = how.patience;
    let mut options = ConnectOptions::new(&how.url);
    options
        .max_connections(connections)
        .acquire_timeout(patience)
        .connect_timeout(patience)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("recursive_triggers", "on")
                .busy_timeout(patience)
        })
        .map_sqlx_postgres_opts(move |postgres| limited(postgres, role, patience));
    if role.is_some() {
        let trust = Trust::default();
        options
            .test_before_acquire(false)
            .map_sqlx_postgres_pool_opts(move |pool| watched(pool, trust.clone()));
    }
    // The address holds a password, and some errors repeat it.
    let masked = |error: DbErr| error.to_string().replace(&how.url, "the address");
    sea_orm::Database::connect(options)
        .await
        .map_err(|error| Error::internal(format!("cannot connect: {}", masked(error))))
}

/// What the database itself limits, so that whoever we have forgotten is forgotten there too.
fn limited(postgres: PgConnectOptions, role: Option<&'static str>, patience: Duration) -> PgConnectOptions {
    let millis = |times: u32| (patience * times).as_millis().to_string();
    let postgres = postgres.options([("timezone", "UTC"), ("lock_timeout", &millis(1))]);
    let Some(role) = role else { return postgres };
    let postgres = postgres.options([("role", role), ("idle_in_transaction_session_timeout", &millis(1))]);
    // Nobody's question keeps a connection for longer than others wait for one.
    let statement = if role == TENANT_ROLE { millis(1) } else { millis(WHOLE) };
    postgres.options([("statement_timeout", &statement)])
}

fn watched(pool: PgPoolOptions, trust: Trust) -> PgPoolOptions {
    let (before, after) = (trust.clone(), trust);
    pool.after_connect(|connection, _| Box::pin(begin_to_use(connection)))
        .before_acquire(move |connection, known| {
            let trust = before.clone();
            Box::pin(async move {
                if trust.asks(&known)? {
                    return Ok(true);
                }
                trust.hears(answered(connection.ping()).await)
            })
        })
        .after_release(move |connection, _| {
            let trust = after.clone();
            Box::pin(async move { trust.hears(answered(connection.ping()).await) })
        })
}

/// What is done once with a new connection.
async fn begin_to_use(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // A statement of which nobody waits for the answer any more is ended. Not every system can notice that.
    const NOTICES_WHO_LEFT: &str = "do $$ begin
        perform set_config('client_connection_check_interval', '2s', false);
        exception when others then null;
      end $$";
    sqlx::raw_sql(NOTICES_WHO_LEFT).execute(&mut *connection).await?;
    epoch::keep(connection).await
}

async fn answered<T>(asked: impl Future<Output = Result<T, sqlx::Error>> + Send) -> Result<T, sqlx::Error> {
    let silent = || sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database says nothing"));
    timeout(SIGN_OF_LIFE, asked).await.unwrap_or_else(|_| Err(silent()))
}

/// Since when connections of a pool are not trusted.
#[derive(Debug, Clone, Default)]
struct Trust {
    lost: Arc<Mutex<Lost>>,
}

/// When a connection was lost last.
#[derive(Debug, Clone, Copy, Default)]
struct Lost {
    /// It said nothing any more.
    silent: Option<Instant>,
    /// It broke off.
    broken: Option<Instant>,
}

impl Trust {
    /// Refuses a connection that was made before the last one fell silent, and says whether this one need not show that it
    /// lives: it was used a moment ago, and none that is as old has broken off since it was made.
    fn asks(&self, known: &PoolConnectionMetadata) -> Result<bool, sqlx::Error> {
        let Lost { silent, broken } = *self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let older_than = |lost: Option<Instant>| lost.is_some_and(|lost| lost.elapsed() < known.age);
        if older_than(silent) {
            let why = "another connection that is as old has fallen silent";
            return Err(sqlx::Error::Io(io::Error::other(why)));
        }
        Ok(known.idle_for < MOMENT && !older_than(broken))
    }

    /// Notes that a connection fell silent, or broke off.
    fn hears(&self, sign: Result<(), sqlx::Error>) -> Result<bool, sqlx::Error> {
        if let Err(error) = &sign {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            match error {
                sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
                    lost.silent = Some(Instant::now());
                }
                _ => lost.broken = Some(Instant::now()),
            }
        }
        sign.map(|()| true)
    }
}
