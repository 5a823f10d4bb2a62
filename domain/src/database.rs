//! Connections to SQLite and PostgreSQL.

use crate::{
    Result,
    bounded::{Bounded, Connections, Transaction},
    pool,
    writing::Writing,
};
use entity::id::OrganizationId;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, IsolationLevel, SqliteTransactionMode,
    Statement, TransactionOptions, metric,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How to connect.
#[derive(Clone)]
pub struct Connect {
    /// `sqlite://FILE?mode=rwc` or `postgres://…`.
    pub url: String,
    /// The most connections that are held: on PostgreSQL in each of the two pools, on SQLite for reading.
    pub connections: u32,
    /// How long to wait for a connection, for a lock, and for the answer to a member's statement. The system's may take three
    /// times as long.
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
    write: Connections,
    read: Connections,
    tenant: Option<Connections>,
    patience: Duration,
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

/// How much longer we wait than the database does itself: its answer says more than that there was none.
const GRACE: Duration = Duration::from_secs(2);

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
        let patience = how.patience;
        let (read, tenant, listens, writes) = if how.is_sqlite() {
            let writes = pool::open(how, 1, None).await?;
            (pool::open(how, how.connections, None).await?, None, None, writes)
        } else {
            let system = pool::open(how, how.connections, Some(SYSTEM_ROLE)).await?;
            let tenant = pool::open(how, how.connections, Some(TENANT_ROLE)).await?;
            let options = system.get_postgres_connection_pool().connect_options();
            let listens = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(patience)
                .connect_lazy_with(options.as_ref().clone());
            (system.clone(), Some(tenant), Some(listens), system)
        };
        Ok(Self {
            write: Bounded::new(writes, patience * pool::SYSTEM + GRACE),
            read: Bounded::new(read, patience + GRACE),
            tenant: tenant.map(|tenant| Bounded::new(tenant, patience + GRACE)),
            listens,
            patience,
            writing: Writing::default(),
        })
    }

    /// One connection as the login itself, to migrate.
    ///
    /// # Errors
    /// `Internal` with what the database said, without the address: it holds a password.
    pub async fn connect_as_login(how: &Connect) -> Result<DatabaseConnection> {
        pool::open(how, 1, None).await
    }

    /// Calls back after every statement: for counting and measuring.
    pub fn observe(&mut self, seen: impl Fn(&metric::Info<'_>) + Clone + Send + Sync + 'static) {
        if let Some(tenant) = &mut self.tenant {
            tenant.inner_mut().set_metric_callback(seen.clone());
        }
        self.write.inner_mut().set_metric_callback(seen.clone());
        self.read.inner_mut().set_metric_callback(seen);
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
    pub fn read(&self) -> &Connections {
        &self.read
    }

    /// For statements over everything that there is, which take their time.
    pub fn read_whole(&self) -> Connections {
        self.read.patient(self.patience * pool::WHOLE)
    }

    /// For what the program itself writes outside an operation.
    ///
    /// # Errors
    /// `Unavailable` while writing is stopped.
    pub fn writer(&self) -> Result<&Connections> {
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
    pub(crate) fn as_tenant(&self) -> Option<&Connections> {
        self.tenant.as_ref()
    }

    /// Begins a transaction that may write, for a member's organization if one is named: on SQLite it has the write lock from
    /// the start, because one that asks for it later can fail half-way.
    ///
    /// # Errors
    /// What the database said, and `Unavailable` while writing is stopped.
    pub(crate) async fn begin(&self, organization: Option<OrganizationId>) -> Result<Transaction> {
        self.writing.allowed()?;
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let (Some(tenant), Some(organization)) = (&self.tenant, organization) else {
            return self.write.begin_within(options, self.patience * pool::SYSTEM + GRACE).await;
        };
        let tx = tenant.begin_within(options, self.patience + GRACE).await?;
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

    /// Begins to read everything as of one moment, whatever is changed meanwhile; on SQLite every transaction reads so.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn snapshot(&self) -> Result<Transaction> {
        let postgres = self.backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        self.read.begin_within(options, self.patience * pool::SYSTEM + GRACE).await
    }

    /// Closes all connections. Those that do not come back in time are left.
    ///
    /// # Errors
    /// What the database said.
    pub async fn close(self) -> Result<()> {
        if let Some(listens) = self.listens {
            // It may be listening to nobody any more.
            let _ = timeout(self.patience, listens.close()).await;
        }
        if let Some(tenant) = self.tenant {
            tenant.close_in_time().await?;
        }
        self.read.close_in_time().await?;
        self.write.close_in_time().await
    }
}
