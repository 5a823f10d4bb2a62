//! Connections to SQLite and PostgreSQL.

use crate::{Error, Result, writing::Writing};
use entity::id::OrganizationId;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, metric,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use std::{fmt, sync::Arc, time::Duration};

/// How to connect.
#[derive(Clone)]
pub struct Connect {
    /// `sqlite://FILE?mode=rwc` or `postgres://…`.
    pub url: String,
    /// The most connections that are held: on PostgreSQL in each of the two pools, on SQLite for reading.
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

/// A database.
///
/// On SQLite one connection writes, so that writers wait in line, and several read beside it.
///
/// On PostgreSQL there are two pools, whose connections act as two roles of the database: one as [`SYSTEM_ROLE`],
/// for jobs and for who sees more than one organization, and one as [`TENANT_ROLE`], for members. To that one the
/// row-level policies show the rows of the organization that the setting `tenure.organization` names, and no row when it
/// names none.
#[derive(Debug, Clone)]
pub struct Database {
    write: DatabaseConnection,
    read: DatabaseConnection,
    tenant: Option<DatabaseConnection>,
    /// For the one connection that listens for commits of other processes. It connects when it is asked to.
    listens: Option<PgPool>,
    writing: Writing,
}

/// How a pool of connections is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// What it is for.
    pub name: &'static str,
    /// How many of its connections are in somebody's hands.
    pub used: u32,
    /// How many wait for somebody.
    pub idle: u32,
}

/// The role that jobs act as, and whoever sees more than one organization.
pub const SYSTEM_ROLE: &str = "tenure_system";

/// The role that members act as.
pub const TENANT_ROLE: &str = "tenure_tenant";

/// The setting that names a member's organization.
pub(crate) const TENANT: &str = "tenure.organization";

impl Connect {
    /// Which login the address names, if it is one of PostgreSQL.
    pub fn login(&self) -> Option<String> {
        if self.is_sqlite() {
            return None;
        }
        Some(self.url.parse::<PgConnectOptions>().ok()?.get_username().to_owned())
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

impl Database {
    /// Connects to a database that was migrated.
    ///
    /// # Errors
    /// `Internal` with what the database said, without the address: it holds a password.
    pub async fn connect(how: &Connect) -> Result<Self> {
        if how.is_sqlite() {
            let (write, read) = (connect(how, 1, None).await?, connect(how, how.connections, None).await?);
            return Ok(Self { write, read, tenant: None, listens: None, writing: Writing::default() });
        }
        let system = connect(how, how.connections, Some(SYSTEM_ROLE)).await?;
        let tenant = connect(how, how.connections, Some(TENANT_ROLE)).await?;
        let options = system.get_postgres_connection_pool().connect_options();
        let listens = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(how.patience)
            .connect_lazy_with(options.as_ref().clone());
        Ok(Self {
            write: system.clone(),
            read: system,
            tenant: Some(tenant),
            listens: Some(listens),
            writing: Writing::default(),
        })
    }

    /// One connection as the login itself, to migrate.
    ///
    /// # Errors
    /// `Internal` with what the database said, without the address: it holds a password.
    pub async fn connect_as_login(how: &Connect) -> Result<DatabaseConnection> {
        connect(how, 1, None).await
    }

    /// Calls back after every statement: for counting and measuring.
    pub fn observe(&mut self, seen: impl Fn(&metric::Info<'_>) + Clone + Send + Sync + 'static) {
        if let Some(tenant) = &mut self.tenant {
            tenant.set_metric_callback(seen.clone());
        }
        self.write.set_metric_callback(seen.clone());
        self.read.set_metric_callback(seen);
    }

    /// Where to listen for other processes; nowhere on SQLite, which is for one.
    pub(crate) fn listens(&self) -> Option<&PgPool> {
        self.listens.as_ref()
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// For what the program itself reads, whoever it may be shown to afterwards.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For what the program itself writes outside an operation.
    ///
    /// # Errors
    /// `Unavailable` while writing is stopped.
    pub fn writer(&self) -> Result<&DatabaseConnection> {
        self.writing.allowed()?;
        Ok(&self.write)
    }

    /// From now on nothing begins to write through this, its clones included, and this is why. Reading goes on.
    pub fn stop_writing(&self, why: &str) {
        self.writing.stop(why);
    }

    /// What stopped writing is gone.
    pub fn go_on_writing(&self) {
        self.writing.go_on();
    }

    /// Why nothing is written, while writing is stopped.
    pub fn writing_stopped(&self) -> Option<Arc<str>> {
        self.writing.stopped()
    }

    /// For what is read as a member, if the database knows such a role. A statement sees the organization that rides in it.
    pub(crate) fn as_tenant(&self) -> Option<&DatabaseConnection> {
        self.tenant.as_ref()
    }

    /// Begins a transaction that may write, for a member's organization if one is named: on SQLite it has the write lock from
    /// the start, because one that asks for it later can fail half-way.
    ///
    /// # Errors
    /// What the database said, and `Unavailable` while writing is stopped.
    pub(crate) async fn begin(&self, organization: Option<OrganizationId>) -> Result<DatabaseTransaction> {
        self.writing.allowed()?;
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let (Some(tenant), Some(organization)) = (&self.tenant, organization) else {
            return Ok(self.write.begin_with_options(options).await?);
        };
        let tx = tenant.begin_with_options(options).await?;
        let values = [TENANT.into(), organization.0.to_string().into()];
        let sql = "select set_config($1, $2, true)";
        tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(tx)
    }

    /// How the pools are used, by name.
    pub fn pools(&self) -> Vec<Pool> {
        let used = |name, of: &DatabaseConnection| {
            let (size, idle) = if self.backend() == DbBackend::Sqlite {
                let pool = of.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            } else {
                let pool = of.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            };
            let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(size);
            Pool { name, used: size - idle, idle }
        };
        match &self.tenant {
            Some(tenant) => vec![used("system", &self.write), used("tenant", tenant)],
            None => vec![used("write", &self.write), used("read", &self.read)],
        }
    }

    /// Closes all connections.
    ///
    /// # Errors
    /// What the database said.
    pub async fn close(self) -> Result<()> {
        if let Some(listens) = self.listens {
            listens.close().await;
        }
        if let Some(tenant) = self.tenant {
            tenant.close().await?;
        }
        self.read.close().await?;
        Ok(self.write.close().await?)
    }
}

async fn connect(how: &Connect, connections: u32, role: Option<&'static str>) -> Result<DatabaseConnection> {
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
            let postgres =
                postgres.options([("timezone", "UTC"), ("lock_timeout", &patience.as_millis().to_string())]);
            match role {
                // Nobody's question keeps a connection for longer than others wait for one.
                Some(TENANT_ROLE) => postgres.options([
                    ("role", TENANT_ROLE),
                    ("statement_timeout", &patience.as_millis().to_string()),
                ]),
                Some(role) => postgres.options([("role", role)]),
                None => postgres,
            }
        });
    // The address holds a password, and some errors repeat it.
    let masked = |error: DbErr| error.to_string().replace(&how.url, "the address");
    sea_orm::Database::connect(options)
        .await
        .map_err(|error| Error::internal(format!("cannot connect: {}", masked(error))))
}
