//! Connections to SQLite and PostgreSQL.

use crate::{Error, Result};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait, metric,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use std::{fmt, time::Duration};

/// How to connect.
#[derive(Clone)]
pub struct Connect {
    /// `sqlite://FILE?mode=rwc` or `postgres://…`.
    pub url: String,
    /// The most connections that are held: on PostgreSQL for everything, on SQLite for reading.
    pub connections: u32,
    /// How long to wait for a connection, and for a lock.
    pub patience: Duration,
}

/// Without the address: it holds a password.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, connections, patience } = self;
        let mut shown = f.debug_struct("Connect");
        shown.field("connections", connections).field("patience", patience).finish_non_exhaustive()
    }
}

/// A database. On SQLite one connection writes, so that writers wait in line, and several read beside it.
#[derive(Debug, Clone)]
pub struct Database {
    write: DatabaseConnection,
    read: DatabaseConnection,
}

impl Database {
    /// Connects.
    ///
    /// # Errors
    /// `Internal` with what the database said, without the address: it holds a password.
    pub async fn connect(how: &Connect) -> Result<Self> {
        if !how.url.starts_with("sqlite:") {
            let both = connect(how, how.connections).await?;
            return Ok(Self { write: both.clone(), read: both });
        }
        Ok(Self { write: connect(how, 1).await?, read: connect(how, how.connections).await? })
    }

    /// Calls back after every statement: for counting and measuring.
    pub fn observe(&mut self, seen: impl Fn(&metric::Info<'_>) + Clone + Send + Sync + 'static) {
        self.write.set_metric_callback(seen.clone());
        self.read.set_metric_callback(seen);
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// For statements that only read.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For migrations, which need the connection that writes.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Begins a transaction that may write: on SQLite it has the write lock from the start, because one that asks for it
    /// later can fail half-way.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Closes all connections.
    ///
    /// # Errors
    /// What the database said.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        Ok(self.write.close().await?)
    }
}

async fn connect(how: &Connect, connections: u32) -> Result<DatabaseConnection> {
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
        .map_sqlx_postgres_opts(move |postgres| {
            postgres.options([("timezone", "UTC"), ("lock_timeout", &patience.as_millis().to_string())])
        });
    // The address holds a password, and some errors repeat it.
    let masked = |error: DbErr| error.to_string().replace(&how.url, "the address");
    sea_orm::Database::connect(options)
        .await
        .map_err(|error| Error::internal(format!("cannot connect: {}", masked(error))))
}
