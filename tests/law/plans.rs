//! A plan keeps its price: another price is another plan.

use super::attack::{PLANS_NEVER_CHANGE_THEIR_PRICE, Scene, attack};
use crate::harness::Db;
use entity::plan;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_costs_never_changes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let plan = format!("id = (select s.plan_id from subscription s where s.id = {})", scene.active);
    let change = |name, columns: &str| {
        attack(name, format!("update plan set {columns} where {plan}"), PLANS_NEVER_CHANGE_THEIR_PRICE)
    };
    let again = |verb: &str| scene.copy::<plan::Entity>(verb, &[("unit_price", "unit_price + 1")], &plan);
    let flat = "pricing_model = 'FLAT_RATE', min_licenses = null, max_licenses = null";
    scene
        .refuses([
            change("its price", "unit_price = unit_price + 1"),
            change("its currency", "currency = 'EUR'"),
            change("its interval", "billing_interval = 'YEAR'"),
            change("its pricing model", flat),
            change(
                "its app",
                "app_id = (select o.id from app o where o.id <> plan.app_id order by o.id limit 1)",
            ),
            change("its id", &format!("id = {}", scene.unused()))
                .after_key("violates foreign key constraint"),
            attack(
                "once more, or else changed",
                format!("{} on conflict (id) do update set unit_price = 0", again("insert")),
                PLANS_NEVER_CHANGE_THEIR_PRICE,
            ),
            attack("replace", again("replace"), PLANS_NEVER_CHANGE_THEIR_PRICE).only_on(Db::Sqlite),
            attack("insert or replace", again("insert or replace"), PLANS_NEVER_CHANGE_THEIR_PRICE)
                .only_on(Db::Sqlite),
        ])
        .await;
    scene
        .does(&format!("update plan set name = 'Monthly, until May', retired_at = created_at where {plan}"))
        .await;
}
