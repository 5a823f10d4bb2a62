//! Opening pools of connections, and throwing out those that are dead.
//!
//! A network that swallows what is sent leaves a pool full of connections that look alive. So a connection is tried for a
//! moment before it is taken and when it comes back, and once one of them has said nothing for that long, those that are
//! as old are not trusted either: a database that came back is found with the next statement, whatever the pool holds.

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
                trust.asks(&known)?;
                if known.idle_for < MOMENT {
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
    lost: Arc<Mutex<Option<Instant>>>,
}

impl Trust {
    /// Refuses a connection that was made before the last one fell silent.
    fn asks(&self, known: &PoolConnectionMetadata) -> Result<(), sqlx::Error> {
        let lost = *self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        match lost {
            Some(lost) if lost.elapsed() < known.age => Err(sqlx::Error::Io(io::Error::other(
                "another connection as old as this one has fallen silent",
            ))),
            Some(_) | None => Ok(()),
        }
    }

    /// Notes that a connection fell silent.
    fn hears(&self, sign: Result<(), sqlx::Error>) -> Result<bool, sqlx::Error> {
        if let Err(sqlx::Error::Io(error)) = &sign
            && error.kind() == io::ErrorKind::TimedOut
        {
            *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        sign.map(|()| true)
    }
}
