//! `tenure seed`: bulk data that a marketplace at work could have made.

use crate::{
    harness::{Db, TestDatabase},
    program::Directory,
};
use domain::audit::{Broken, verify};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

const NUMBERS: [&str; 7] =
    ["seed", "--organizations", "3", "--subscriptions", "360", "--invoices-per-subscription", "2"];

/// Twenty fates times eighteen days on which subscriptions begin: each combination once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_seeded_database_is_whole_and_nothing_in_it_is_due(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (directory, database) = (Directory::new(), TestDatabase::empty(db).await);
    let url = database.url();
    let settings = [("DATABASE_URL", url.as_str())];
    directory.runs(&NUMBERS, &settings).await.done();
    let connected = database.connect().await;
    let whole = verify(&connected, None).await.expect("the database answers");
    assert_eq!(whole.map_err(|broken: Broken| broken.to_string()).map(|whole| whole.streams > 360), Ok(true));
    let count = async |sql: &str| {
        let statement = Statement::from_string(connected.backend(), sql);
        let row = connected.read().query_one_raw(statement).await.expect("an answer").expect("a row");
        row.try_get::<i64>("", "n").expect("a number")
    };
    let of = |condition: &str| format!("select count(*) as n from subscription where {condition}");
    assert_eq!(count(&of("status = 'PENDING_ACTIVATION'")).await, 18);
    assert_eq!(count(&of("status = 'DISABLED'")).await, 36);
    assert_eq!(count(&of("status = 'ACTIVE' and due_change = 'EXPIRE'")).await, 72);
    assert_eq!(count(&of("status = 'ACTIVE' and due_change = 'RENEW'")).await, 234);
    assert_eq!(count("select count(*) as n from invoice where status = 'PAID'").await, 2 * 342);
    assert_eq!(count("select max(number) as n from invoice").await, 2 * 342);
    let job = directory.runs(&["jobs", "run", "renew-subscriptions"], &settings).await.done();
    assert!(job.out.contains("\"changed\":0"), "{}", job.out);
    directory.runs(&NUMBERS, &settings).await.refused(&["seed an empty database"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_numbers_make_the_same_data() {
    let directory = Directory::new();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let database = TestDatabase::empty(Db::Sqlite).await;
        directory.runs(&NUMBERS, &[("DATABASE_URL", &database.url())]).await.done();
        let connected = database.connect().await;
        let sql = "select id, unit_price, quantity from subscription order by id";
        let rows = connected.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
        let row = |row: &sea_orm::QueryResult| {
            let id = row.try_get::<uuid::Uuid>("", "id").expect("an id");
            (id, row.try_get::<i64>("", "unit_price").expect("a price"))
        };
        let mut ids: Vec<_> = rows.expect("rows").iter().map(row).collect();
        // What comes first in an id is the time, and midnight may have passed between the two.
        ids.iter_mut().for_each(|(id, _)| *id = uuid::Uuid::from_u128(id.as_u128() & ((1 << 80) - 1)));
        seen.push(ids);
    }
    assert_eq!(seen[0], seen[1]);
}
