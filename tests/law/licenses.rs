//! No more licences are assigned than there are, each user has one, and only an active subscription has any.

use super::attack::{DISABLED_IS_TERMINAL, Scene, attack};
use crate::harness::Db;
use entity::license_assignment;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn assigned_licences_are_within_what_was_purchased(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let change = |of: &str, columns: &str| format!("update subscription set {columns} where id = {of}");
    let (ended, active, pending) = (&scene.ended, &scene.active, &scene.pending);
    let above = "CHECK constraint failed: assigned <= coalesce";
    let living = "CHECK constraint failed: assigned = 0 or status = 'ACTIVE'";
    scene
        .refuses(
            [
                attack("more than there are", change(active, "assigned = quantity + 1"), above),
                attack(
                    "more than there will be",
                    change(active, "scheduled_quantity = 1, assigned = 2"),
                    above,
                ),
                attack(
                    "fewer than none",
                    change(active, "assigned = -1"),
                    "CHECK constraint failed: assigned >= 0",
                ),
                attack("of a pending one", change(pending, "assigned = 1"), living),
                attack("of a disabled one", change(ended, "assigned = 1"), DISABLED_IS_TERMINAL),
                attack(
                    "kept by a disabled one",
                    change(active, "status = 'DISABLED', due_at = null, due_change = null"),
                    living,
                ),
            ]
            .map(|attack| attack.on_postgres("violates check constraint")),
        )
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_one_licence_of_a_subscription(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let unused = scene.unused();
    let second =
        scene.copy::<license_assignment::Entity>("insert", &[("id", unused.as_str())], "ended_at is null");
    scene
        .refuses([attack(
            "a second one",
            second,
            "UNIQUE constraint failed: license_assignment.subscription_id",
        )
        .on_postgres("license_assignment_once")])
        .await;
}
