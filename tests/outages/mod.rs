//! Outages: a database that is gone, slow, silent, breaks off or is full. Nobody waits for ever, nothing is half-written,
//! nobody is told that something was not done when it may have been, and all goes on when the database is back.

mod backups;
mod full;
mod lost_answers;
mod process;
mod proxy;
mod silence;

use self::proxy::Proxy;
use crate::harness::{Answer, App, Db, Setup};
use domain::{Connect, audit};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the program waits for its database in these tests.
const PATIENCE: Duration = Duration::from_secs(3);

/// Within what time everybody is answered while there is no database: twice what the program waits for anything, and room for
/// a slow machine.
const ANSWERED: Duration = Duration::from_secs(40);

/// Within what time all goes on when the database is back.
const BACK: Duration = Duration::from_secs(10);

/// A Tenure that reaches its PostgreSQL by way of a network that can be broken, and one that reaches it directly.
struct Outage {
    proxy: Proxy,
    /// Behind the network.
    app: App,
    /// Somebody who still reaches the database.
    direct: App,
}

impl Outage {
    async fn new() -> Self {
        let direct = Setup::on(Db::Postgres).start().await;
        let url = direct.database.url();
        let proxy = Proxy::before(&url).await;
        let how = Connect { url: proxy.url(&url), connections: 4, patience: PATIENCE };
        let app = direct.by_way_of(&how).await;
        Self { proxy, app, direct }
    }

    /// The history is whole, seen by who still reaches it.
    async fn is_whole(&self) {
        audit::verify(self.direct.market.db(), None).await.expect("an answer").expect("the history is whole");
    }
}

/// Does something until it works, and insists that this takes no longer than the database may take to be back.
async fn soon<T>(what: &str, attempt: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        assert!(begun.elapsed() < BACK, "{what} within {BACK:?} after the database was back");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Insists that an answer says no more than that there is none now.
#[track_caller]
fn unavailable(answer: &Answer) {
    assert_eq!(answer.failed(), "UNAVAILABLE", "{:#}", answer.body);
    assert!(
        answer.body["errors"][0]["extensions"]["retryAfterSeconds"].as_u64().is_some(),
        "{:#}",
        answer.body
    );
    let told = answer.body.to_string().to_lowercase();
    for word in
        ["sqlx", "pool", "connection", "127.0.0.1", "postgres", "sqlite", "disk", "statement", "timed out"]
    {
        assert!(!told.contains(word), "{word} in {told}");
    }
}
