//! A disabled subscription has an end, written once.

use super::attack::{
    APPEND_ONLY, DISABLED_IS_TERMINAL, Hand, KEY_OF_THE_END, SUBSCRIPTIONS_ARE_KEPT, Scene, attack, attempt,
    texts,
};
use crate::harness::Db;
use entity::{subscription, subscription_end};
use rstest::rstest;
use sea_orm::{ConnectionTrait, TransactionTrait};

/// SQL that disables, and does nothing else.
fn disable(id: &str) -> String {
    format!(
        "update subscription set status = 'DISABLED', assigned = 0, due_at = null, due_change = null where id = {id}"
    )
}

/// SQL that writes the end of a subscription, under this id.
fn end(id: &str, of: &str) -> String {
    format!(
        "insert into subscription_end (subscription_id, organization_id, publisher_id, reason, at)
         select {id}, organization_id, publisher_id, 'CANCELED', '2026-02-01T00:00:00+00:00'
         from subscription where id = {of}"
    )
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_disable_needs_its_end(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let both = &[Db::Sqlite, Db::Postgres];
    let without_end = |name, sql: String| {
        attack(name, sql, "FOREIGN KEY constraint failed")
            .on_postgres("disabled_has_an_end")
            .unless_keys_are_off_on(both)
    };
    let (ended, unused) = (format!("id = {}", scene.ended), scene.unused());
    scene
        .refuses([
            without_end("an active one without its end", disable(&scene.active)),
            without_end("a pending one without its end", disable(&scene.pending)),
            without_end(
                "one that is disabled from the start",
                scene.copy::<subscription::Entity>("insert", &[("id", unused.as_str())], &ended),
            ),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_asked_for_at_commit(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let writer = scene.app.market.db().writer().unwrap();
    let transaction = writer.begin().await.unwrap();
    transaction.execute_unprepared(&disable(&scene.active)).await.expect("the end may follow");
    transaction.commit().await.expect_err("no end followed");
    // The other order is refused at once, and what was refused left nothing behind.
    let (active, disable) = (&scene.active, disable(&scene.active));
    let end = end(active, active);
    attempt(writer, &format!("{end}; {disable}")).await.expect_err("an end before the disable");
    scene.does(&format!("{disable}; {end}")).await;
    let back = format!("update subscription set status = 'ACTIVE' where id = {active}");
    scene.refuses([attack("active again", back, DISABLED_IS_TERMINAL).after_key(KEY_OF_THE_END)]).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_written_once_and_kept(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (ended, active, pending, unused) = (&scene.ended, &scene.active, &scene.pending, scene.unused());
    let keys = &[Db::Postgres];
    let again = |verb: &str| {
        let of_it = format!("subscription_id = {ended}");
        scene.copy::<subscription_end::Entity>(verb, &[("reason", "'EXPIRED'")], &of_it)
    };
    let change =
        |columns: &str| format!("update subscription_end set {columns} where subscription_id = {ended}");
    let gone = |name, sql: &str| attack(name, sql, APPEND_ONLY).only_on(Db::Postgres);
    scene
        .refuses([
            attack("of an active one", end(active, active), APPEND_ONLY)
                .on_postgres(KEY_OF_THE_END)
                .unless_keys_are_off_on(keys),
            attack("of a pending one", end(pending, pending), APPEND_ONLY)
                .on_postgres(KEY_OF_THE_END)
                .unless_keys_are_off_on(keys),
            attack("of none", end(&unused, active), APPEND_ONLY)
                .on_postgres(KEY_OF_THE_END)
                .unless_keys_are_off_on(keys),
            attack("a second one", again("insert"), APPEND_ONLY).on_postgres("subscription_end_pkey"),
            attack(
                "a second one, or else changed",
                format!("{} on conflict (subscription_id) do update set reason = 'EXPIRED'", again("insert")),
                APPEND_ONLY,
            ),
            attack("replace", again("replace"), APPEND_ONLY).only_on(Db::Sqlite),
            attack("insert or ignore", again("insert or ignore"), APPEND_ONLY).only_on(Db::Sqlite),
            attack("another reason", change("reason = 'EXPIRED'"), APPEND_ONLY),
            attack("another time", change("at = '2026-03-01T00:00:00+00:00'"), APPEND_ONLY),
            attack("to another subscription", change(&format!("subscription_id = {active}")), APPEND_ONLY)
                .after_key(KEY_OF_THE_END),
            attack(
                "another reason, replacing",
                format!("update or replace subscription_end set reason = 'EXPIRED' where subscription_id = {ended}"),
                APPEND_ONLY,
            )
            .only_on(Db::Sqlite),
            attack("delete", format!("delete from subscription_end where subscription_id = {ended}"), APPEND_ONLY),
            gone("truncate", "truncate subscription_end").on_postgres("cannot truncate a table referenced"),
            gone("truncate with what refers to it", "truncate subscription_end cascade"),
        ])
        .await;
}

/// Keys that are off ask for no end. Such a row is found afterwards, and even it does not come back.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_disable_without_an_end_is_found_and_is_final(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (pending, read) = (&scene.pending, scene.app.market.db().read());
    let endless =
        "select s.status from subscription s left join subscription_end e on e.subscription_id = s.id
                   where s.status = 'DISABLED' and e.subscription_id is null";
    let found = match db {
        Db::Sqlite => r#"select "table" from pragma_foreign_key_check"#,
        Db::Postgres => endless,
    };
    assert_eq!(texts(read, found).await.len(), 0);
    let foreign = scene.connect(Hand::Foreign).await;
    attempt(&foreign, &disable(pending)).await.expect("nothing asks for the end");
    foreign.close().await.unwrap();
    assert_eq!(texts(read, found).await.len(), 1);
    assert_eq!(texts(read, endless).await, ["DISABLED"]);
    let again = |verb: &str| {
        let of_it = format!("id = {pending}");
        scene.copy::<subscription::Entity>(verb, &[("status", "'PENDING_ACTIVATION'")], &of_it)
    };
    scene
        .refuses([
            attack(
                "pending again",
                format!("update subscription set status = 'PENDING_ACTIVATION' where id = {pending}"),
                DISABLED_IS_TERMINAL,
            ),
            attack(
                "delete",
                format!("delete from subscription where id = {pending}"),
                SUBSCRIPTIONS_ARE_KEPT,
            ),
            attack("insert", again("insert"), SUBSCRIPTIONS_ARE_KEPT).on_postgres("subscription_pkey"),
            attack("replace", again("replace"), SUBSCRIPTIONS_ARE_KEPT).only_on(Db::Sqlite),
        ])
        .await;
}
