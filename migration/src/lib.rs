//! The history of the schema, for both databases. Knows no entity.
//!
//! Each migration is a pair of SQL files that stand side by side; everything that is pending runs in one transaction
//! under a lock, so that any number of processes may start at once.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
        SqliteTransactionMode, TransactionOptions, TransactionTrait,
    },
};

pub mod guard;
mod roles;
mod sql;

/// The number of the advisory lock under which PostgreSQL is migrated: any number that nobody else uses.
const LOCK: i64 = 0x7465_6e75_7265;

/// A migration that is SQL, by the name of its directory; then the number of the oldest schema whose programs still run on
/// what it makes of the schema, if there are such: `sql!("m20270101_000042_name", runs_from = 41)`. docs/migrations.md says
/// what such a migration may do.
macro_rules! sql {
    ($name:literal) => {
        sql!(@ $name, None)
    };
    ($name:literal, runs_from = $oldest:literal) => {
        sql!(@ $name, Some($oldest))
    };
    (@ $name:literal, $runs_from:expr) => {
        Box::new(sql::Migration {
            name: $name,
            runs_from: $runs_from,
            sqlite: sql::Halves {
                up: include_str!(concat!($name, "/sqlite_up.sql")),
                down: include_str!(concat!($name, "/sqlite_down.sql")),
            },
            postgres: sql::Halves {
                up: include_str!(concat!($name, "/postgres_up.sql")),
                down: include_str!(concat!($name, "/postgres_down.sql")),
            },
        })
    };
}

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            // The first schema: who, what is sold, how it is paid, subscriptions and their end, events, invoices, running.
            sql!("m20261101_000001_begin"),
            // Billing for a finance department: tax, credit notes by line, refunds, and what becomes of payment methods.
            sql!("m20261123_000002_billing"),
            // Who may come in: people bound to an identity provider, people who left, and the keys of machines.
            sql!("m20261123_000003_access"),
            // Who reads and writes what: the roles that the program acts as on PostgreSQL, and row-level security.
            sql!("m20261123_000004_row_security"),
            // What publishers say of their apps, and what they need to change what they sell.
            sql!("m20261123_000005_catalogue"),
            // What partners say for their customers, and the countries that the operator changes.
            sql!("m20261123_000006_customers"),
            // What the operator offers organizations at prices of its own.
            sql!("m20261123_000007_proposals"),
            // When customers are told that a subscription ends soon.
            sql!("m20261123_000008_reminders"),
            // Where events are sent, and what came of it.
            sql!("m20261123_000009_webhooks"),
            // The marketplace's own history: what is sold, where and by whom.
            sql!("m20261123_000010_marketplace"),
            // Issued documents are closed, and what members write belongs to what their organization has.
            sql!("m20261201_000011_documents"),
            // Runs of jobs: who holds them and for how long, ticks and those that were missed, the workers.
            sql!("m20261201_000012_job_runs"),
            // In which cluster the feed counts, and which older programs run on what newer ones make of the schema.
            sql!("m20261201_000013_feed_epoch"),
        ]
    }
}

/// How the database's schema relates to the one that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Migrations that have run, oldest first.
    pub applied: Vec<String>,
    /// Migrations that this program knows and that have not run.
    pub pending: Vec<String>,
    /// Migrations that have run and that this program does not know: it is older than the schema.
    pub unknown: Vec<String>,
    /// Those of them that do not say that this program still runs on what they made of the schema.
    pub beyond: Vec<String>,
}

impl Status {
    /// Whether newer programs have changed the schema, and all said that this one still runs on it.
    pub fn is_newer_and_fits(&self) -> bool {
        !self.unknown.is_empty() && self.beyond.is_empty() && self.pending.is_empty()
    }
}

/// The number of the schema that this program knows: that of its newest migration.
pub fn number() -> i64 {
    Migrator::migrations().iter().filter_map(|migration| number_of(migration.name())).max().unwrap_or(0)
}

/// The number in the name of a migration.
fn number_of(name: &str) -> Option<i64> {
    name.split('_').nth(1)?.parse().ok()
}

/// Runs every pending migration. There is nothing to do where a newer program has migrated further and this one still runs on
/// that. Several processes may call it at once. On PostgreSQL the roles that the program acts as are
/// made if they are missing, and the login that it will serve with may act as them afterwards; without a name that is the
/// login that migrates.
///
/// # Errors
/// What the database said, or the SQL that this login may not run; nothing has changed then.
pub async fn up(db: &DatabaseConnection, login: Option<&str>) -> Result<(), DbErr> {
    if status(db).await?.is_newer_and_fits() {
        return Ok(());
    }
    let transaction = locked(db).await?;
    roles::ensure(&transaction, login).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// Takes every migration back. Refuses while there are subscriptions.
///
/// # Errors
/// What the database said, or that there are subscriptions; nothing has changed then.
pub async fn down(db: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = locked(db).await?;
    let manager = SchemaManager::new(&transaction);
    if manager.has_table("subscription").await?
        && transaction
            .query_one_raw(statement(&transaction, "select 1 from subscription limit 1"))
            .await?
            .is_some()
    {
        return Err(DbErr::Custom(
            "there are subscriptions, and they are kept: nothing was taken back".into(),
        ));
    }
    Migrator::down(&transaction, None).await?;
    transaction.commit().await
}

/// Takes every migration back, with everything that is stored, and runs them again. For sample data.
///
/// # Errors
/// What the database said; nothing has changed then.
pub async fn replace(db: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = locked(db).await?;
    // An earlier program may have made the data, and known no roles.
    roles::ensure(&transaction, None).await?;
    Migrator::down(&transaction, None).await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// Compares the database's schema with the one that this program knows; changes nothing.
///
/// # Errors
/// What the database said.
pub async fn status(db: &DatabaseConnection) -> Result<Status, DbErr> {
    let manager = SchemaManager::new(db);
    let applied: Vec<String> = if manager.has_table("seaql_migrations").await? {
        let rows =
            db.query_all_raw(statement(db, "select version from seaql_migrations order by version")).await?;
        rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    let unknown: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    let fitting = if unknown.is_empty() { Vec::new() } else { fitting(db, &manager).await? };
    Ok(Status {
        pending: known.iter().filter(|name| !applied.contains(name)).cloned().collect(),
        beyond: unknown.iter().filter(|name| !fitting.contains(name)).cloned().collect(),
        unknown,
        applied,
    })
}

/// The migrations that say that this program still runs on what they made of the schema.
async fn fitting(db: &DatabaseConnection, manager: &SchemaManager<'_>) -> Result<Vec<String>, DbErr> {
    if !manager.has_table(sql::COMPATIBILITY).await? {
        return Ok(Vec::new());
    }
    let said = format!("select migration from {} where runs_from <= {}", sql::COMPATIBILITY, number());
    let rows = db.query_all_raw(statement(db, &said)).await?;
    rows.iter().map(|row| row.try_get("", "migration")).collect()
}

/// A transaction that keeps every other migrating process waiting.
async fn locked(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db
        .begin_with_options(TransactionOptions {
            isolation_level: None,
            access_mode: None::<AccessMode>,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        })
        .await?;
    if ConnectionTrait::get_database_backend(&transaction) == DbBackend::Postgres {
        // However long another process takes to migrate.
        transaction.execute_unprepared("set local lock_timeout = 0").await?;
        transaction.execute_unprepared(&format!("select pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(transaction)
}

fn statement(db: &impl ConnectionTrait, sql: &str) -> sea_orm_migration::sea_orm::Statement {
    sea_orm_migration::sea_orm::Statement::from_string(db.get_database_backend(), sql)
}
