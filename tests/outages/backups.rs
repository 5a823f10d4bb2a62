//! Backups that are made while the program runs, by the commands of docs/operations.md: restored, everything is whole, and the
//! feed goes on without a gap and without telling anything twice, in another cluster too.

use crate::{
    harness::{App, BOARDS_MONTHLY, Db, TestDatabase},
    program::Directory,
};
use domain::{
    Database,
    audit::{self, Checkpoint},
    feed::{self, Placed},
    webhook,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// Within what time a tool of PostgreSQL has to be done with so little.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program of PostgreSQL: what PATH offers, or what lies beside the newest server.
fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let offered = std::env::split_paths(&path).map(|folder| folder.join(name));
    let mut installed: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|version| version.path().join("bin").join(name))
        .collect();
    installed.sort();
    let found = installed.into_iter().rev().chain(offered).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} comes with PostgreSQL: install its client programs"))
}

async fn runs(program: &Path, arguments: &[&str]) {
    let output = timeout(PATIENCE, Command::new(program).args(arguments).output()).await;
    let output = output.unwrap_or_else(|_| panic!("{program:?} did not end")).expect("it starts");
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Buys, activates and cancels until it is told to stop, and says how many it bought.
async fn busy(app: &App, stop: &AtomicBool) -> usize {
    let mut bought = 0;
    while !stop.load(Ordering::Relaxed) {
        let boards = app.active(BOARDS_MONTHLY).await;
        app.ada().assigns(&boards, &app.ada().users(2).await).await.done();
        if bought % 2 == 1 {
            app.ada().cancels(&boards).await.done();
        }
        bought += 1;
    }
    bought
}

/// What has to be true of whatever was restored.
async fn is_whole(db: &Database) {
    audit::verify(db, None).await.expect("an answer").expect("the history is whole");
    let read = db.read();
    for (what, sql) in [
        (
            "an end for each that is disabled",
            "select count(*) from subscription s left join subscription_end e
            on e.subscription_id = s.id where (s.status = 'DISABLED') <> (e.subscription_id is not null)",
        ),
        ("numbers without gaps", "select coalesce(max(number), 0) - count(*) from invoice"),
        (
            "the counter is the last number",
            "select n.last - coalesce((select max(number) from invoice), 0)
            from document_number n where n.kind = 'INVOICE'",
        ),
        (
            "one charge a period",
            "select count(*) from (select subscription_id, period_start from invoice_line
            where kind = 'PERIOD' group by 1, 2 having count(*) > 1) as twice",
        ),
        (
            "sums of lines",
            "select count(*) from invoice i where subtotal <>
            (select sum(amount) from invoice_line l where l.invoice_id = i.id)",
        ),
        (
            "one success at most",
            "select count(*) from (select invoice_id from payment where status = 'SUCCEEDED'
            group by 1 having count(*) > 1) as twice",
        ),
    ] {
        assert_eq!(number(read, sql).await, 0, "{what}");
    }
}

/// All events from the beginning, in the order of the feed.
async fn told(app: &App) -> Vec<Placed> {
    let (mut all, mut place) = (Vec::new(), feed::Place::BEGINNING);
    loop {
        let more = feed::behind(&app.market, place).await.expect("the feed can be read");
        let Some(last) = more.last() else { return all };
        place = last.place;
        all.extend(more);
    }
}

/// Waits until all events can be read: the feed is read below the oldest transaction of the whole server, and other tests have
/// theirs.
async fn settled(app: &App) {
    const HIDDEN: &str = "select count(*) from event, feed_epoch
        where xid >= base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    let all = async {
        while number(app.market.db().read(), HIDDEN).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, all).await.expect("older transactions end");
}

fn names(told: &[Placed]) -> Vec<(uuid::Uuid, i64)> {
    told.iter().map(|placed| (placed.event.stream_id, placed.event.seq)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_sqlite_made_while_it_runs_is_whole() {
    let app = App::on(Db::Sqlite).await;
    let directory = Directory::new();
    let stop = AtomicBool::new(false);
    let copying = async {
        let outside = app.database.connect_as_owner().await;
        let mut copies = Vec::new();
        for copy in 0..4 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let file = directory.0.join(format!("copy-{copy}.db"));
            outside.execute_unprepared(&format!("vacuum into '{}'", file.display())).await.expect("a copy");
            copies.push(file);
        }
        stop.store(true, Ordering::Relaxed);
        outside.close().await.expect("closed");
        copies
    };
    let (copies, bought) = tokio::join!(copying, busy(&app, &stop));
    assert!(bought > 0);
    for file in copies {
        let restored = TestDatabase::of_file(&file);
        let copy = app.on_a_copy(&restored).await;
        is_whole(copy.market.db()).await;
        let boards = copy.active(BOARDS_MONTHLY).await;
        copy.ada().cancels(&boards).await.done();
        is_whole(copy.market.db()).await;
    }
}

/// By how much its ids are ahead.
const AHEAD: i64 = 5_000_000_000;

/// What a cluster that has seen very many transactions would have stored: its ids are far ahead of this one's.
async fn as_if_from_a_busier_cluster(owner: &DatabaseConnection) {
    owner
        .execute_unprepared(&format!(
            "alter table event disable trigger all;
             update event set xid = xid + {AHEAD};
             alter table event enable trigger all;
             alter table event enable always trigger law_append_only;
             alter table event enable always trigger law_truncate;
             update webhook_position set xid = xid + {AHEAD};
             update webhook_endpoint set begins_xid = begins_xid + {AHEAD}",
        ))
        .await
        .expect("the owner may");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_postgresql_made_while_it_runs_is_whole_and_its_feed_goes_on_in_another_cluster() {
    let app = App::on(Db::Postgres).await;
    let directory = Directory::new();
    let before = app.active(BOARDS_MONTHLY).await;
    webhook::dispatch(&app.market).await.expect("a round");
    let checkpoint = audit::checkpoint(app.market.db()).await.expect("an answer").expect("a checkpoint");
    let file = directory.0.join("tenure.dump");
    let stop = AtomicBool::new(false);
    let dumping = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (file, url) = (file.display().to_string(), app.database.url());
        runs(&tool("pg_dump"), &["--format=custom", "--file", &file, &url]).await;
        stop.store(true, Ordering::Relaxed);
    };
    let ((), bought) = tokio::join!(dumping, busy(&app, &stop));
    assert!(bought > 0);

    let restored = TestDatabase::empty(Db::Postgres).await;
    let (file, url) = (file.display().to_string(), restored.url());
    runs(&tool("pg_restore"), &["--exit-on-error", "--dbname", &url, &file]).await;
    let owner = restored.connect_as_owner().await;
    as_if_from_a_busier_cluster(&owner).await;

    // The first connection notices.
    let copy = app.on_a_copy(&restored).await;
    is_whole(copy.market.db()).await;
    assert!(number(&owner, "select base from feed_epoch").await > AHEAD);
    settled(&copy).await;
    let old = told(&copy).await;
    assert_eq!(i64::try_from(old.len()).expect("few"), number(&owner, "select count(*) from event").await);
    let place = number(&owner, "select xid from webhook_position").await;
    let seen = old.iter().position(|placed| placed.event.stream_id == before.uuid()).expect("its event");
    let (after, head) = (old[seen].place, feed::head(&copy.market).await.expect("a head"));
    assert_eq!(head, old.last().expect("an event").place);

    // What happens from now on comes behind all that was, once, whoever goes on from where.
    let boards = copy.active(BOARDS_MONTHLY).await;
    copy.ada().changes_quantity(&before, 12).await.done();
    settled(&copy).await;
    let all = told(&copy).await;
    assert_eq!(names(&all[..old.len()]), names(&old), "what was is told first, in its order");
    let new: BTreeSet<_> = names(&all[old.len()..]).into_iter().collect();
    assert_eq!(new.len(), all.len() - old.len(), "nothing is told twice");
    assert!(new.iter().any(|(stream, _)| *stream == boards.uuid()));
    assert!(new.iter().any(|(stream, _)| *stream == before.uuid()));
    let from_head = behind_all(&copy, head).await;
    assert_eq!(from_head, names(&all[old.len()..]));
    assert_eq!(behind_all(&copy, after).await, names(&all[seen + 1..]));
    webhook::dispatch(&copy.market).await.expect("a round");
    assert!(number(&owner, "select xid from webhook_position").await > place);
    let undelivered =
        "select count(*) from event e, webhook_position p where (e.xid, e.position) > (p.xid, p.position)";
    assert_eq!(number(&owner, undelivered).await, 0);
    // Checkpoints that were kept hold, and so do those of now.
    let kept = Checkpoint { before: checkpoint.before + AHEAD, ..checkpoint.clone() };
    audit::verify(copy.market.db(), Some(&kept)).await.expect("an answer").expect("as the checkpoint says");
    let now = audit::checkpoint(copy.market.db()).await.expect("an answer").expect("a checkpoint");
    assert!(now.events > checkpoint.events);
    audit::verify(copy.market.db(), Some(&now)).await.expect("an answer").expect("as the checkpoint says");
    copy.ada().cancels(&boards).await.done();
    audit::verify(copy.market.db(), Some(&now)).await.expect("an answer").expect("as the checkpoint says");
    // Whoever connects again finds nothing to do.
    let base = number(&owner, "select base from feed_epoch").await;
    let again = app.on_a_copy(&restored).await;
    assert_eq!(number(again.market.db().read(), "select base from feed_epoch").await, base);
    owner.close().await.expect("closed");
}

async fn behind_all(app: &App, mut place: feed::Place) -> Vec<(uuid::Uuid, i64)> {
    let mut all = Vec::new();
    loop {
        let more = feed::behind(&app.market, place).await.expect("the feed can be read");
        let Some(last) = more.last() else { return all };
        place = last.place;
        all.extend(names(&more));
    }
}

/// In its own cluster, restored or not, nothing moves.
#[tokio::test(flavor = "multi_thread")]
async fn in_its_own_cluster_the_feed_stays_in_its_epoch() {
    let app = App::on(Db::Postgres).await;
    app.active(BOARDS_MONTHLY).await;
    let replica = app.replica().await;
    replica.ada().sends("Products", json!({})).await.done();
    assert_eq!(number(replica.market.db().read(), "select base from feed_epoch").await, 0);
}
