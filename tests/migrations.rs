//! The schema's history: up, down, any number of starts at once, and the same schema on both databases.

use crate::{
    harness::{App, BOARDS_MONTHLY, Db, TestDatabase},
    program::{Directory, SETTINGS},
};
use migration::Status;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use serde_json::json;
use std::collections::BTreeMap;

/// All of them, the oldest first.
const ALL: [&str; 13] = [
    "m20261101_000001_begin",
    "m20261123_000002_billing",
    "m20261123_000003_access",
    "m20261123_000004_row_security",
    "m20261123_000005_catalogue",
    "m20261123_000006_customers",
    "m20261123_000007_proposals",
    "m20261123_000008_reminders",
    "m20261123_000009_webhooks",
    "m20261123_000010_marketplace",
    "m20261201_000011_documents",
    "m20261201_000012_job_runs",
    "m20261201_000013_feed_epoch",
];

/// The first column of a query, which is text.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
}

/// Everything in the database but the migrations' own table.
async fn objects(on: Db, db: &DatabaseConnection) -> Vec<String> {
    let sql = match on {
        Db::Sqlite => "select type || ' ' || name from sqlite_master where name not like 'sqlite%'",
        Db::Postgres => {
            "select relkind::text || ' ' || relname from pg_class
             where relnamespace = current_schema()::text::regnamespace
             union all select 'function ' || proname from pg_proc
             where pronamespace = current_schema()::text::regnamespace
             union all select 'trigger ' || tgrelid::regclass || ' ' || tgname from pg_trigger where not tgisinternal
             union all select 'constraint ' || conrelid::regclass || ' ' || conname from pg_constraint
             where connamespace = current_schema()::text::regnamespace"
        }
    };
    let mut objects = texts(db, sql).await;
    objects.retain(|object| !object.contains("seaql_migrations"));
    objects.sort();
    objects
}

fn status(applied: &[&str], pending: &[&str], beyond: &[&str]) -> Status {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Status { applied: owned(applied), pending: owned(pending), unknown: owned(beyond), beyond: owned(beyond) }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_again_leaves_nothing(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let database = TestDatabase::empty(on).await;
    let db = database.connect_as_owner().await;
    for _ in 0..2 {
        migration::up(&db, None).await.unwrap();
        assert!(objects(on, &db).await.iter().any(|object| object.ends_with(" subscription")));
        migration::down(&db).await.unwrap();
        assert_eq!(objects(on, &db).await, Vec::<String>::new());
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn down_is_refused_while_there_are_subscriptions(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let app = App::on(on).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let db = app.database.connect_as_owner().await;
    let before = (objects(on, &db).await, migration::status(&db).await.unwrap());
    let refusal = migration::down(&db).await.expect_err("there is a subscription");
    assert!(refusal.to_string().contains("there are subscriptions"), "{refusal}");
    assert_eq!((objects(on, &db).await, migration::status(&db).await.unwrap()), before);
    assert_eq!(app.ada().sees(&boards).await["status"], "PENDING_ACTIVATION");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sample_data_is_replaced_with_all_that_it_holds(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let app = App::on(on).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let db = app.database.connect_as_owner().await;
    let before = objects(on, &db).await;
    migration::replace(&db).await.unwrap();
    assert_eq!(objects(on, &db).await, before);
    assert_eq!(texts(&db, "select status from subscription").await, Vec::<String>::new());
    assert_eq!(texts(&db, "select name from organization").await, Vec::<String>::new());
}

/// The halves of the migration that makes the table of events anew on SQLite, and of the one after it that guards it: what
/// takes both back, and what brings them again.
fn marketplace(on: Db) -> [String; 2] {
    macro_rules! halves {
        ($half:literal) => {
            [
                include_str!(concat!("../migration/src/m20261123_000010_marketplace/", $half)),
                include_str!(concat!("../migration/src/m20261201_000011_documents/", $half)),
            ]
        };
    }
    let (mut down, up) = match on {
        Db::Sqlite => (halves!("sqlite_down.sql"), halves!("sqlite_up.sql")),
        Db::Postgres => (halves!("postgres_down.sql"), halves!("postgres_up.sql")),
    };
    down.reverse();
    [down.concat(), up.concat()]
}

/// What happened before there was a marketplace's history is the same afterwards, guarded as it was, and goes on.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_there_is_kept_whole(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let app = App::on(on).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let db = app.database.connect_as_owner().await;
    let all = "select type || ' ' || body || ' ' || position from event
               where stream_kind <> 'MARKETPLACE' order by stream_id, seq";
    let (events, schema) = (texts(&db, all).await, objects(on, &db).await);
    let [down, up] = marketplace(on);
    let third = match on {
        Db::Sqlite => "insert or replace into event select * from event",
        Db::Postgres => "truncate event",
    };
    db.execute_unprepared(&down).await.unwrap();
    let before = "insert into event (stream_kind, stream_id, seq, type, occurred_at, actor_kind, body, hash, position)
                  select 'MARKETPLACE', stream_id, seq + 1000, type, occurred_at, actor_kind, body, hash, position from event";
    let before = match on {
        Db::Sqlite => before.to_owned(),
        Db::Postgres => before.replace(", position", ""),
    };
    let refusal = db.execute_unprepared(&before).await.expect_err("there was no such stream").to_string();
    assert!(refusal.to_lowercase().contains("check"), "{refusal}");
    db.execute_unprepared(&up).await.unwrap();
    assert_eq!(objects(on, &db).await, schema);
    assert_eq!(texts(&db, all).await, events);
    for sql in ["update event set body = '{}'", "delete from event", third] {
        let refusal = db.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refusal.contains("APPEND_ONLY"), "{sql}: {refusal}");
    }
    app.ada().changes_quantity(&boards, 12).await.done();
    let draft = json!({ "name": "Northwind Prose", "summary": "Writes", "description": "Writes." });
    app.northwind().does("CreateApp", draft).await.done();
    let own = "select type from event where stream_kind = 'MARKETPLACE'";
    assert_eq!(texts(&db, own).await, ["app.created"]);
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

async fn start(database: &TestDatabase) -> Result<(), DbErr> {
    let db = database.connect_as_owner().await;
    let outcome = migration::up(&db, None).await;
    db.close().await.expect("closed");
    outcome
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn eight_starts_at_once_migrate_once(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let database = TestDatabase::empty(on).await;
    for outcome in futures::future::join_all((0..8).map(|_| start(&database))).await {
        outcome.expect("a schema for everybody");
    }
    let db = database.connect_as_owner().await;
    assert_eq!(texts(&db, "select version from seaql_migrations order by version").await, ALL);
    assert_eq!(
        texts(&db, "select kind from document_number order by kind").await,
        ["CREDIT_NOTE", "INVOICE"]
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn status_names_what_is_applied_and_what_is_pending(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let database = TestDatabase::empty(on).await;
    let db = database.connect_as_owner().await;
    assert_eq!(migration::status(&db).await.unwrap(), status(&[], &ALL, &[]));
    assert_eq!(objects(on, &db).await, Vec::<String>::new(), "asking changes nothing");
    migration::up(&db, None).await.unwrap();
    assert_eq!(migration::status(&db).await.unwrap(), status(&ALL, &[], &[]));
    migration::down(&db).await.unwrap();
    assert_eq!(migration::status(&db).await.unwrap(), status(&[], &ALL, &[]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_a_newer_program_is_known_and_left_alone(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let newer = "m29991231_000001_from_the_future";
    let database = TestDatabase::empty(on).await;
    let db = database.connect_as_owner().await;
    migration::up(&db, None).await.unwrap();
    let insert = format!("insert into seaql_migrations (version, applied_at) values ('{newer}', 1)");
    db.execute_unprepared(&insert).await.unwrap();
    let before = objects(on, &db).await;
    let known = status(&[&ALL[..], &[newer]].concat(), &[], &[newer]);
    assert_eq!(migration::status(&db).await.unwrap(), known);
    for refusal in [migration::up(&db, None).await, migration::down(&db).await] {
        let refusal = refusal.expect_err("the program is too old");
        assert!(refusal.to_string().contains(newer), "{refusal}");
    }
    assert_eq!(migration::status(&db).await.unwrap(), known);
    assert_eq!(objects(on, &db).await, before);
}

/// The columns of each table, in their order, as SQLite describes them.
async fn columns(on: Db) -> BTreeMap<String, Vec<String>> {
    let database = TestDatabase::empty(on).await;
    let db = database.connect_as_owner().await;
    migration::up(&db, None).await.unwrap();
    let sql = match on {
        Db::Sqlite => {
            r#"select t.name || ': ' || c.name || ' ' || lower(c.type) || iif(c."notnull", ' not null', '')
                      || iif(c.hidden = 3, ' generated', '')
               from sqlite_master t, pragma_table_xinfo(t.name) c
               where t.type = 'table' and t.name <> 'seaql_migrations' order by t.name, c.cid"#
        }
        // One writer needs no transaction ids to order the feed by.
        Db::Postgres => {
            "select table_name || ': ' || column_name
                    || case data_type when 'uuid' then ' blob' when 'bytea' then ' blob' when 'bigint' then ' integer'
                       when 'boolean' then ' integer' when 'text' then ' text' when 'date' then ' text'
                       when 'timestamp with time zone' then ' text' else ' ' || data_type end
                    || case is_nullable when 'NO' then ' not null' else '' end
                    || case is_generated when 'ALWAYS' then ' generated' else '' end
             from information_schema.columns
             where table_schema = current_schema() and table_name not in ('seaql_migrations', 'feed_epoch')
               and (table_name, column_name) <> ('event', 'xid')
             order by table_name, ordinal_position"
        }
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in texts(&db, sql).await {
        let (table, column) = line.split_once(": ").expect("a table and a column");
        tables.entry(table.to_owned()).or_default().push(column.to_owned());
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (columns(Db::Sqlite).await, columns(Db::Postgres).await);
    assert!(sqlite["subscription"].contains(&"ended_id blob generated".to_owned()));
    assert_eq!(sqlite, postgres);
}

/// A newer program has migrated, in a way that older ones do not notice: it added a table, and columns that may be empty.
async fn newer(app: &App, migration: &str, runs_from: Option<i64>) {
    let say = runs_from.map_or_else(String::new, |oldest| {
        format!("insert into schema_compatibility (migration, runs_from) values ('{migration}', {oldest});")
    });
    app.as_owner(
        &format!(
            "alter table subscription add column nickname text;
         alter table event add column weather text;
         create table nickname_history (id bigint primary key);
         insert into seaql_migrations (version, applied_at) values ('{migration}', 1);
         {say}"
        )
        .replace("bigint", "integer"),
    )
    .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_runs_on_the_schema_of_a_newer_one_that_says_so(
    #[values(Db::Sqlite, Db::Postgres)] on: Db,
) {
    let name = "m29991231_000999_expands";
    let app = App::on(on).await;
    let before = app.active(BOARDS_MONTHLY).await;
    newer(&app, name, Some(migration::number())).await;
    let db = app.database.connect_as_owner().await;
    let seen = migration::status(&db).await.unwrap();
    assert_eq!((seen.unknown.as_slice(), seen.beyond.len()), (&[name.to_owned()][..], 0));
    assert!(seen.is_newer_and_fits());
    migration::up(&db, None).await.expect("there is nothing to do");
    // It goes on as before, and so does one that starts now.
    let later = app.replica().await;
    for app in [&app, &later] {
        let boards = app.active(BOARDS_MONTHLY).await;
        app.ada().changes_quantity(&boards, 12).await.done();
        app.ada().cancels(&boards).await.done();
    }
    later.until("2026-03-01").await;
    assert_eq!(later.ada().sees(&before).await["currentPeriod"]["number"], 1);
    domain::audit::verify(later.market.db(), None).await.unwrap().expect("the history is whole");
    let url = app.database.url();
    let directory = Directory::new();
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", url.as_str())]].concat();
    directory.runs(&["jobs", "run", "prune-records"], &settings).await.done();
    directory.runs(&["migrate", "up"], &settings).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_refuses_a_schema_that_is_not_for_it(
    #[values(Db::Sqlite, Db::Postgres)] on: Db,
    #[values(None, Some(1))] beyond: Option<i64>,
) {
    let name = "m29991231_000999_contracts";
    let app = App::on(on).await;
    newer(&app, name, beyond.map(|numbers| migration::number() + numbers)).await;
    let db = app.database.connect_as_owner().await;
    let seen = migration::status(&db).await.unwrap();
    assert_eq!(seen.beyond, [name]);
    assert!(!seen.is_newer_and_fits());
    migration::up(&db, None).await.expect_err("the program is too old");
    let url = app.database.url();
    let directory = Directory::new();
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", url.as_str())]].concat();
    for command in [&["serve"][..], &["jobs", "run", "prune-records"]] {
        directory.runs(command, &settings).await.refused(&[name, "run a newer tenure"]);
    }
}
