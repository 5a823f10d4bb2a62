//! Disabled is the end, and no SQL leads back from it.

use super::attack::{
    DISABLED_IS_TERMINAL, KEY_OF_THE_END, SUBSCRIPTIONS_ARE_KEPT, Scene, WHAT_WAS_BOUGHT_NEVER_CHANGES,
    attack,
};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use entity::{
    id::SubscriptionId,
    state::{DisabledReason, Status},
    subscription, subscription_end,
};
use rstest::rstest;
use sea_orm::EntityTrait;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_program_disables_with_an_end(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let (db, id) = (app.market.db().read(), SubscriptionId(boards.uuid()));
    let row = subscription::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    let end = subscription_end::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    assert_eq!((row.status, end.reason), (Status::Disabled, DisabledReason::Canceled));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_subscription_never_changes_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (ended, active) = (&scene.ended, &scene.active);
    let change = |columns: &str| format!("update subscription set {columns} where id = {ended}");
    scene
        .refuses([
            attack("active again", change("status = 'ACTIVE'"), DISABLED_IS_TERMINAL).after_key(KEY_OF_THE_END),
            attack(
                "pending again",
                change("status = 'PENDING_ACTIVATION', activated_at = null"),
                DISABLED_IS_TERMINAL,
            )
            .after_key(KEY_OF_THE_END),
            attack(
                "another billing profile",
                change("billing_profile_id = (select id from billing_profile where name = 'Tailspin USD')"),
                DISABLED_IS_TERMINAL,
            ),
            attack("auto-renewal", change("auto_renew = not auto_renew"), DISABLED_IS_TERMINAL),
            attack("another time of its end", change("ends_at = purchased_at"), DISABLED_IS_TERMINAL),
            attack("a change of nothing", change("version = version"), DISABLED_IS_TERMINAL),
            attack(
                "ignoring refusals",
                format!("update or ignore subscription set status = 'ACTIVE' where id = {ended}"),
                DISABLED_IS_TERMINAL,
            )
            .only_on(Db::Sqlite),
            attack(
                "replacing itself",
                format!("update or replace subscription set status = 'ACTIVE' where id = {ended}"),
                DISABLED_IS_TERMINAL,
            )
            .only_on(Db::Sqlite),
            attack(
                "merge",
                format!(
                    "merge into subscription s using (select {ended} as id) o on s.id = o.id
                     when matched then update set status = 'ACTIVE'"
                ),
                DISABLED_IS_TERMINAL,
            )
            .after_key(KEY_OF_THE_END)
            .only_on(Db::Postgres),
            attack(
                "with its end, in one statement",
                format!(
                    "with gone as (delete from subscription_end where subscription_id = {ended})
                     update subscription set status = 'ACTIVE' where id = {ended}"
                ),
                DISABLED_IS_TERMINAL,
            )
            .only_on(Db::Postgres),
            // Before the commit it has no end yet, so that no key protects it.
            attack(
                "before the transaction that disables it is over",
                format!(
                    "update subscription set status = 'DISABLED', assigned = 0, due_at = null, due_change = null
                     where id = {active};
                     update subscription set status = 'ACTIVE' where id = {active}"
                ),
                DISABLED_IS_TERMINAL,
            ),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_subscription_is_not_written_over(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let itself = format!("id = {}", scene.ended);
    let again =
        |verb: &str, changes: &[(&str, &str)]| scene.copy::<subscription::Entity>(verb, changes, &itself);
    let living = [("status", "'ACTIVE'")];
    scene
        .refuses([
            attack("once more", again("insert", &[]), SUBSCRIPTIONS_ARE_KEPT)
                .on_postgres("subscription_pkey"),
            attack("once more, living", again("insert", &living), SUBSCRIPTIONS_ARE_KEPT)
                .on_postgres("subscription_pkey"),
            attack(
                "or else changed",
                format!("{} on conflict (id) do update set status = 'ACTIVE'", again("insert", &[])),
                SUBSCRIPTIONS_ARE_KEPT,
            )
            .on_postgres(DISABLED_IS_TERMINAL)
            .after_key(KEY_OF_THE_END),
            attack("replace", again("replace", &living), SUBSCRIPTIONS_ARE_KEPT).only_on(Db::Sqlite),
            attack("insert or replace", again("insert or replace", &living), SUBSCRIPTIONS_ARE_KEPT)
                .only_on(Db::Sqlite),
            attack("insert or ignore", again("insert or ignore", &living), SUBSCRIPTIONS_ARE_KEPT)
                .only_on(Db::Sqlite),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_disabled_subscription_stays_its_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (ended, active, pending, unused) = (&scene.ended, &scene.active, &scene.pending, scene.unused());
    // Whatever changes an id meets two guards on SQLite, and only one speaks.
    let alone = "drop trigger subscription_law_identity";
    scene
        .refuses([
            attack(
                "another id",
                format!("update subscription set id = {unused} where id = {ended}"),
                WHAT_WAS_BOUGHT_NEVER_CHANGES,
            )
            .after_key(KEY_OF_THE_END),
            attack(
                "another id, the other guard gone",
                format!("{alone}; update subscription set id = {unused} where id = {ended}"),
                DISABLED_IS_TERMINAL,
            )
            .only_on(Db::Sqlite),
            attack(
                "the active one's id becomes its id",
                format!("update subscription set id = {ended} where id = {active}"),
                WHAT_WAS_BOUGHT_NEVER_CHANGES,
            )
            .on_postgres("subscription_pkey"),
            attack(
                "the active one replaces it",
                format!("update or replace subscription set id = {ended} where id = {active}"),
                WHAT_WAS_BOUGHT_NEVER_CHANGES,
            )
            .only_on(Db::Sqlite),
            attack(
                "the pending one replaces it, the other guard gone",
                format!("{alone}; update or replace subscription set id = {ended} where id = {pending}"),
                DISABLED_IS_TERMINAL,
            )
            .only_on(Db::Sqlite),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_subscription_is_not_deleted(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let ended = &scene.ended;
    let gone = |name, sql: &str| attack(name, sql, SUBSCRIPTIONS_ARE_KEPT).only_on(Db::Postgres);
    scene
        .refuses([
            attack("delete", format!("delete from subscription where id = {ended}"), SUBSCRIPTIONS_ARE_KEPT)
                .after_key(KEY_OF_THE_END),
            attack("delete all", "delete from subscription", SUBSCRIPTIONS_ARE_KEPT)
                .after_key("violates foreign key constraint"),
            attack(
                "merge",
                format!(
                    "merge into subscription s using (select {ended} as id) o on s.id = o.id
                     when matched then delete"
                ),
                SUBSCRIPTIONS_ARE_KEPT,
            )
            .after_key(KEY_OF_THE_END)
            .only_on(Db::Postgres),
            gone("truncate", "truncate subscription").on_postgres("cannot truncate a table referenced"),
            gone("truncate with what refers to it", "truncate subscription cascade"),
            gone("truncate through what it refers to", "truncate organization cascade"),
        ])
        .await;
}
