//! Connections that wait for an answer no longer than they may: a database that hangs makes nobody hang with it.
//!
//! The database has limits of its own, which are shorter and say more. These are for when it says nothing any more.

use crate::{Error, Result};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};
use std::{future::Future, ops::Deref, time::Duration};
use tokio::time::timeout;

/// How long a look may take whether the database answers at all.
pub(crate) const GLANCE: Duration = Duration::from_secs(3);

/// A connection, each statement of which takes no longer than a limit.
#[derive(Debug, Clone)]
pub struct Bounded<C> {
    inner: C,
    limit: Duration,
}

/// The connections of a pool. A statement's limit includes the wait for one of them.
pub type Connections = Bounded<DatabaseConnection>;

/// A transaction.
pub type Transaction = Bounded<DatabaseTransaction>;

impl<C> Bounded<C> {
    /// With this limit for each statement.
    pub(crate) fn new(inner: C, limit: Duration) -> Self {
        Self { inner, limit }
    }

    pub(crate) fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    async fn answer<T>(
        &self,
        statement: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
        let limit = self.limit;
        timeout(limit, statement).await.unwrap_or_else(|_| Err(no_answer(limit)))
    }
}

fn no_answer(limit: Duration) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(format!("the database did not answer within {limit:?}")))
}

#[async_trait::async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        self.answer(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        self.answer(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.answer(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.answer(self.inner.query_all_raw(statement)).await
    }
}

/// For whoever names the type of the connections itself. What is sent through it has the database's own limits alone, so nothing
/// that serves does so.
impl Deref for Connections {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.inner
    }
}

impl Connections {
    /// The same connections, for statements that may take longer.
    pub(crate) fn patient(&self, limit: Duration) -> Self {
        Self { inner: self.inner.clone(), limit }
    }

    /// Begins a transaction, each statement of which may take as long as this.
    pub(crate) async fn begin_within(
        &self,
        options: TransactionOptions,
        limit: Duration,
    ) -> Result<Transaction> {
        let tx = self.answer(self.inner.begin_with_options(options)).await?;
        Ok(Bounded { inner: tx, limit })
    }

    /// Whether the database answers now.
    ///
    /// # Errors
    /// What it said, or that it said nothing.
    pub async fn ping(&self) -> Result<()> {
        Ok(timeout(GLANCE, self.inner.ping()).await.unwrap_or_else(|_| Err(no_answer(GLANCE)))?)
    }

    /// Closes the connections. One that does not come back is left to its fate.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn close_in_time(self) -> Result<()> {
        match timeout(self.limit, self.inner.close_by_ref()).await {
            Ok(closed) => Ok(closed?),
            Err(_) => {
                tracing::warn!("connections to the database were not closed in time, and are left");
                Ok(())
            }
        }
    }
}

impl Transaction {
    /// Commits.
    ///
    /// # Errors
    /// What the database said; nothing was written then. `OutcomeUnknown` when its answer got lost: it may have been written.
    pub(crate) async fn commit(self) -> Result<()> {
        match timeout(self.limit, self.inner.commit()).await {
            Ok(committed) => committed.map_err(Error::of_commit),
            Err(_) => Err(Error::OutcomeUnknown(no_answer(self.limit).to_string())),
        }
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// What the database said. It takes everything back by itself then.
    pub(crate) async fn rollback(self) -> Result<()> {
        let limit = self.limit;
        Ok(timeout(limit, self.inner.rollback()).await.unwrap_or_else(|_| Err(no_answer(limit)))?)
    }
}
