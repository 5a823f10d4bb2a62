//! What was bought never changes, status only moves forward, and no subscription goes away.

use super::attack::{
    STATUS_MOVES_FORWARD, SUBSCRIPTIONS_ARE_KEPT, Scene, WHAT_WAS_BOUGHT_NEVER_CHANGES, attack,
};
use crate::harness::Db;
use entity::subscription;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_never_changes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let another = |column: &str, table: &str| {
        format!(
            "{column} = (select o.id from {table} o where o.id <> subscription.{column} order by o.id limit 1)"
        )
    };
    let changes = [
        ("the price", "unit_price = unit_price - 1".to_owned()),
        ("the currency", "currency = 'EUR'".to_owned()),
        ("the quantity that was bought", "bought_quantity = bought_quantity + 1".to_owned()),
        ("the time of purchase", "purchased_at = '2020-01-01T00:00:00+00:00'".to_owned()),
        ("the interval", "billing_interval = 'YEAR'".to_owned()),
        ("the channel", "purchase_channel = 'PROPOSAL'".to_owned()),
        ("until when it can be activated", "activate_by = '2040-01-01T00:00:00+00:00'".to_owned()),
        ("who manages it", "partner_id = (select id from partner)".to_owned()),
        ("who bought it", another("purchased_by", "user_account")),
        ("what it replaces", format!("replaces_id = {}", scene.ended)),
        ("the plan", another("plan_id", "plan")),
        ("the app", another("app_id", "app")),
        ("the publisher", another("publisher_id", "publisher")),
        ("the customer", another("organization_id", "organization")),
        (
            "a flat rate instead",
            "pricing_model = 'FLAT_RATE', bought_quantity = null, quantity = null, assigned = 0".to_owned(),
        ),
    ];
    for of in [&scene.active, &scene.pending] {
        let attacks = changes.iter().map(|&(name, ref change)| {
            let sql = format!("update subscription set {change} where id = {of}");
            attack(name, sql, WHAT_WAS_BOUGHT_NEVER_CHANGES)
        });
        scene.refuses(attacks).await;
    }
    let (active, pending, unused) = (&scene.active, &scene.pending, scene.unused());
    scene
        .refuses([
            attack(
                "the id of the active one",
                format!("update subscription set id = {unused} where id = {active}"),
                WHAT_WAS_BOUGHT_NEVER_CHANGES,
            )
            .after_key("violates foreign key constraint"),
            attack(
                "the id of the pending one",
                format!("update subscription set id = {unused} where id = {pending}"),
                WHAT_WAS_BOUGHT_NEVER_CHANGES,
            ),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn status_moves_forward(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (active, pending) = (&scene.active, &scene.pending);
    let change = |of: &str, columns: &str| format!("update subscription set {columns} where id = {of}");
    let back = change(active, "status = 'PENDING_ACTIVATION', activated_at = null, assigned = 0");
    let unknown = change(active, "status = 'SUSPENDED', assigned = 0");
    let half = change(pending, "status = 'ACTIVE'");
    scene
        .refuses([
            attack("an active one waits again", back, STATUS_MOVES_FORWARD),
            attack("a status that there is not", unknown, "CHECK constraint failed: status in")
                .on_postgres("violates check constraint"),
            attack("active without a period", half, "CHECK constraint failed: status <> 'ACTIVE'")
                .on_postgres("violates check constraint"),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn living_subscriptions_are_kept_too(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (active, pending) = (&scene.active, &scene.pending);
    let again = |verb: &str, of: &str| scene.copy::<subscription::Entity>(verb, &[], &format!("id = {of}"));
    scene
        .refuses([
            attack(
                "delete the active one",
                format!("delete from subscription where id = {active}"),
                SUBSCRIPTIONS_ARE_KEPT,
            )
            .after_key("violates foreign key constraint"),
            attack(
                "delete the pending one",
                format!("delete from subscription where id = {pending}"),
                SUBSCRIPTIONS_ARE_KEPT,
            ),
            attack("the active one once more", again("insert", active), SUBSCRIPTIONS_ARE_KEPT)
                .on_postgres("subscription_pkey"),
            attack("replace the active one", again("replace", active), SUBSCRIPTIONS_ARE_KEPT)
                .only_on(Db::Sqlite),
            attack("replace the pending one", again("replace", pending), SUBSCRIPTIONS_ARE_KEPT)
                .only_on(Db::Sqlite),
        ])
        .await;
}
