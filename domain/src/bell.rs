//! The doorbells: whoever looks at the feed of committed events need not wait for their next look. What they find by it they
//! would have found anyhow, a little later.
//!
//! In the process that commits they ring at once. Others, on PostgreSQL, hear of it by NOTIFY, which is sent after the commit,
//! by a connection of its own: inside the transaction it would make all commits wait for each other. However many commits
//! there are, it is sent at most every [`REST`].

use crate::Marketplace;
use sea_orm::DbBackend;
use sqlx::{PgPool, postgres::PgListener};
use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// The channel of a database's processes.
const CHANNEL: &str = "tenure_feed";

/// How long the bell of the others rests after it was rung.
const REST: Duration = Duration::from_millis(50);

/// How long to wait before the others' bell is listened for again, when the connection was lost, and for a ring to get through.
const PATIENCE: Duration = Duration::from_secs(2);

/// Nobody rings.
const SILENT: u8 = 0;
/// It was rung and rests.
const RUNG: u8 = 1;
/// Something committed while it rests: it is to be rung once more.
const AGAIN: u8 = 2;

/// The doorbells of a process.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    /// For live updates.
    pub(crate) feed: Notify,
    /// For webhooks. Rung also when a message is to be sent.
    pub(crate) post: Notify,
    others: AtomicU8,
}

impl Bells {
    fn ring_inside(&self) {
        self.feed.notify_one();
        self.post.notify_one();
    }

    /// Whether the bell of the others has to be rung by whoever asks: nobody is at it.
    fn begins(&self) -> bool {
        let next = |state| Some(if state == SILENT { RUNG } else { AGAIN });
        self.others.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(SILENT)
    }

    /// Whether it has to be rung once more after its rest.
    fn goes_on(&self) -> bool {
        let next = |state| Some(if state == AGAIN { RUNG } else { SILENT });
        self.others.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(AGAIN)
    }
}

impl Marketplace {
    /// Something has committed.
    pub(crate) fn ring(&self) {
        let bells = &self.parts.bells;
        bells.ring_inside();
        if self.db().backend() == DbBackend::Postgres && bells.begins() {
            let market = self.clone();
            tokio::spawn(async move {
                loop {
                    // Whoever did not hear it looks by themselves.
                    let _ = tokio::time::timeout(PATIENCE, market.notify()).await;
                    tokio::time::sleep(REST).await;
                    if !market.parts.bells.goes_on() {
                        break;
                    }
                }
            });
        }
    }

    async fn notify(&self) {
        let pool = self.db().read().get_postgres_connection_pool();
        if let Err(error) = sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(pool).await {
            tracing::debug!(%error, "the other processes were not told of a commit");
        }
    }

    /// Listens for what the other processes on a PostgreSQL commit, with one connection, for as long as the future is polled.
    pub async fn listen(&self) {
        let Some(pool) = self.db().listens() else { return std::future::pending().await };
        loop {
            if let Err(error) = self.hear(pool).await {
                tracing::warn!(%error, "commits of other processes are not heard, only found by looking");
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    async fn hear(&self, pool: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            // Nothing, when the connection was lost: it is made anew, and what was rung meanwhile is made up for.
            listener.try_recv().await?;
            self.parts.bells.ring_inside();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_often_it_is_rung_while_it_rests_it_rings_once_more() {
        let bells = Bells::default();
        assert!(bells.begins());
        assert!(!bells.begins() && !bells.begins());
        assert!(bells.goes_on(), "once more");
        assert!(!bells.goes_on(), "and rests for good");
        assert!(bells.begins(), "until it is rung again");
    }
}
