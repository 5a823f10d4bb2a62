//! The watch over the guards: what it knows is what the migrations made, it finds what is missing, and writing stops meanwhile.

use crate::{
    harness::{App, BOARDS_MONTHLY, Db, TestDatabase},
    program::{Directory, SETTINGS},
};
use axum::{body::Body, http::Request};
use migration::guard::{Guards, findings};
use rstest::rstest;
use sea_orm::DbBackend;
use std::{path::Path, time::Duration};
use tenure::schema_guard::{Rhythm, watch};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// When this is set, the files are written anew instead of compared: `make guards`.
const WRITE: &str = "TENURE_WRITE_GUARDS";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_committed_guards_are_those_of_a_migrated_database(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let database = TestDatabase::empty(on).await;
    let owner = database.connect_as_owner().await;
    migration::up(&owner, None).await.unwrap();
    let text = Guards::of(&owner).await.unwrap().text();
    owner.close().await.unwrap();
    let (name, backend) = match on {
        Db::Sqlite => ("sqlite.txt", DbBackend::Sqlite),
        Db::Postgres => ("postgres.txt", DbBackend::Postgres),
    };
    if std::env::var_os(WRITE).is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("migration/src/guard").join(name);
        std::fs::write(file, text).unwrap();
        return;
    }
    assert!(
        Guards::known(backend).text() == text,
        "migration/src/guard/{name} is out of date: run `make guards`"
    );
    for law in ["subscription", "subscription_end", "event", "invoice", "invoice_line", "credit_note"] {
        assert!(text.contains(&format!("{law} | trigger ")), "{law} has guards");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_did_everything_keeps_the_law(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let app = App::on(on).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().changes_quantity(&boards, 12).await.done();
    app.until("2026-03-01").await;
    app.ada().cancels(&boards).await.done();
    app.ada().buys(BOARDS_MONTHLY, 3).await;
    assert_eq!(findings(app.market.db().read()).await.unwrap(), Vec::<String>::new());
}

/// What an owner may do to the guards, and what the finding names.
const REMOVED: [(Db, &str, &str); 26] = [
    (Db::Sqlite, "drop trigger subscription_law_update", "subscription: the trigger subscription_law_update is gone"),
    (Db::Sqlite, "drop trigger event_law_delete", "event: the trigger event_law_delete is gone"),
    (
        Db::Sqlite,
        "create trigger zzz after insert on event begin update subscription set auto_renew = 0; end",
        "event: nobody knows the trigger zzz",
    ),
    (
        Db::Sqlite,
        "create trigger zzz after insert on user_account begin delete from set_aside; end",
        "user_account: nobody knows the trigger zzz",
    ),
    (
        Db::Sqlite,
        "create unique index zzz on subscription(organization_id, purchased_at)",
        "subscription: nobody knows the unique index zzz",
    ),
    (
        Db::Sqlite,
        "drop trigger subscription_law_update;
         create trigger subscription_law_update before update on subscription
         when old.status = 'DISABLED ' begin select raise(abort, 'DISABLED_IS_TERMINAL'); end",
        "subscription: the trigger subscription_law_update is",
    ),
    (
        Db::Sqlite,
        "alter table subscription_end rename to kept; create table subscription_end as select * from kept",
        "subscription_end: the definition is",
    ),
    (Db::Sqlite, "alter table credit_note add column note text", "credit_note: the definition is"),
    (Db::Postgres, "alter table subscription disable trigger law_update", "the trigger law_update is: switched off"),
    (
        Db::Postgres,
        "alter table subscription enable trigger law_update",
        "the trigger law_update is: not in replica mode",
    ),
    (Db::Postgres, "alter table subscription disable trigger all", "is: valid switched off"),
    (Db::Postgres, "drop trigger law_append_only on event", "event: the trigger law_append_only is gone"),
    (
        Db::Postgres,
        "create or replace function tenure_refuse() returns trigger language plpgsql as 'begin return null; end'",
        "the function tenure_refuse() is",
    ),
    (
        Db::Postgres,
        "create function zzz() returns trigger language plpgsql as 'begin new.status := ''ACTIVE''; return new; end';
         create trigger zzz before update on subscription for each row execute function zzz()",
        "subscription: nobody knows the trigger zzz",
    ),
    (
        Db::Postgres,
        "create rule zzz as on insert to subscription_end do instead nothing",
        "subscription_end: nobody knows the rule zzz",
    ),
    (Db::Postgres, "alter table subscription drop constraint disabled_has_an_end", "the key disabled_has_an_end is gone"),
    (
        Db::Postgres,
        "alter table subscription drop constraint disabled_has_an_end;
         alter table subscription add constraint disabled_has_an_end foreign key (ended_id)
         references subscription_end(subscription_id) deferrable initially deferred not valid",
        "the key disabled_has_an_end is: not valid",
    ),
    (Db::Postgres, "alter table subscription alter constraint disabled_has_an_end not deferrable", "the key disabled_has_an_end is: valid; f"),
    (Db::Postgres, "alter table subscription drop constraint subscription_status_check", "subscription_status_check is gone"),
    (Db::Postgres, "alter table subscription drop column status cascade", "the column status is gone"),
    (Db::Postgres, "alter table event alter column body set default '{}'", "event: the column body is"),
    (Db::Postgres, "drop policy tenant on subscription", "subscription: the policy tenant is gone"),
    (Db::Postgres, "alter table invoice disable row level security", "invoice: the table is: row security off"),
    (Db::Postgres, "create policy zzz on invoice to tenure_tenant using (true)", "nobody knows the policy zzz"),
    (Db::Postgres, "grant delete on event to tenure_system", "event: the rights of tenure_system is"),
    (Db::Postgres, "drop index payment_open", "payment: the unique index payment_open is gone"),
];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_a_guard_is_found_and_named(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    for (_, sql, finding) in REMOVED.iter().filter(|(db, ..)| *db == on) {
        let app = App::on(on).await;
        app.as_owner(sql).await;
        let found = findings(app.market.db().read()).await.unwrap();
        assert!(found.iter().any(|found| found.contains(finding)), "{sql}: {finding} is not in {found:#?}");
    }
}

/// What nobody guards may change as it likes, and what a newer program made is not ours to judge.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_guard_is_no_finding(#[values(Db::Sqlite, Db::Postgres)] on: Db) {
    let app = App::on(on).await;
    app.as_owner("create index more on subscription(purchased_at)").await;
    app.as_owner("create table another (id bigint primary key)").await;
    app.as_owner("alter table publisher add column more text").await;
    assert_eq!(findings(app.market.db().read()).await.unwrap(), Vec::<String>::new());
    app.as_owner("alter table subscription add column more text").await;
    assert_ne!(findings(app.market.db().read()).await.unwrap(), Vec::<String>::new());
    app.as_owner(
        "insert into seaql_migrations (version, applied_at) values ('m29991231_000001_from_the_future', 1)",
    )
    .await;
    assert_eq!(findings(app.market.db().read()).await.unwrap(), Vec::<String>::new());
    let drop = match on {
        Db::Sqlite => "drop trigger subscription_law_update",
        Db::Postgres => "drop trigger law_update on subscription",
    };
    app.as_owner(drop).await;
    assert_eq!(findings(app.market.db().read()).await.unwrap().len(), 1, "a guard is missing all the same");
}

/// How an owner switches a guard off and on again.
fn switches(on: Db) -> [&'static str; 2] {
    match on {
        Db::Sqlite => [
            "drop trigger event_law_delete",
            "create trigger event_law_delete before delete on event begin select raise(abort, 'APPEND_ONLY'); end",
        ],
        Db::Postgres => [
            "alter table event disable trigger law_append_only",
            "alter table event enable always trigger law_append_only",
        ],
    }
}

async fn ready(app: &App) -> u16 {
    let request = Request::get("/health/ready").body(Body::empty()).unwrap();
    app.routes().oneshot(request).await.unwrap().status().as_u16()
}

/// Waits until it is so, however slow the machine is.
async fn comes(mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn while_a_guard_is_missing_nothing_is_written_and_everything_can_be_read(
    #[values(Db::Sqlite, Db::Postgres)] on: Db,
) {
    let app = App::on(on).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let [off, again] = switches(on);
    let (db, stopping) = (app.market.db(), CancellationToken::new());
    let often = Duration::from_millis(10);
    let watching = tokio::spawn(watch(db.clone(), Rhythm { well: often, unwell: often }, stopping.clone()));
    app.as_owner(off).await;
    comes(async || db.writing_stopped().is_some()).await;
    assert!(db.writing_stopped().unwrap().contains("event"));
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
    let refused = app.ada().cancels(&boards).await;
    assert_eq!(refused.failed(), "UNAVAILABLE");
    let said = refused.body.to_string();
    assert!(!said.contains("trigger") && !said.contains("law"), "{said}");
    assert_eq!(ready(&app).await, 503);
    let tick = domain::Clock::now(app.clock.as_ref());
    let job = domain::job::run_tick(&app.market, domain::job::Job::ExpireSubscriptions, tick).await;
    assert!(matches!(job, Err(domain::Error::Unavailable(_))), "{job:?}");
    app.as_owner(again).await;
    comes(async || db.writing_stopped().is_none()).await;
    assert_eq!(ready(&app).await, 200);
    app.ada().cancels(&boards).await.done();
    stopping.cancel();
    watching.await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_program_does_not_start_without_a_guard_and_audit_verify_says_which(
    #[values(Db::Sqlite, Db::Postgres)] on: Db,
) {
    let app = App::on(on).await;
    let url = app.database.url();
    let settings = [SETTINGS.as_slice(), &[("DATABASE_URL", url.as_str())]].concat();
    let directory = Directory::new();
    directory.runs(&["audit", "verify"], &settings).await.done();
    let [off, again] = switches(on);
    app.as_owner(off).await;
    for command in [&["serve"][..], &["audit", "verify"], &["jobs", "run", "prune-records"]] {
        let refused = directory.runs(command, &settings).await;
        refused.refused(&[
            "the database does not keep the law",
            "event: the trigger",
            "When a guard is missing",
        ]);
    }
    app.as_owner(again).await;
    directory.runs(&["audit", "verify"], &settings).await.done();
}
