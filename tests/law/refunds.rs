//! What a credit note takes back, and what was paid and refunded, is kept as it was.

use super::attack::{APPEND_ONLY, Attack, Scene, attack};
use crate::harness::Db;
use entity::{credit_note_line, payment, refund};
use rstest::rstest;

const KEPT: &str = "PAYMENTS_ARE_KEPT";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_credit_note_are_append_only(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let again =
        |verb: &str, changes: &[(&str, &str)]| scene.copy::<credit_note_line::Entity>(verb, changes, "1 = 1");
    let gone = |name, sql: &str| attack(name, sql, APPEND_ONLY).only_on(Db::Postgres);
    scene
        .refuses([
            attack("another amount", "update credit_note_line set amount = amount + 1", APPEND_ONLY),
            attack("delete", "delete from credit_note_line", APPEND_ONLY),
            attack("the same line credited once more", again("insert", &[]), APPEND_ONLY)
                .on_postgres("credit_note_line_pkey"),
            attack("replace", again("replace", &[("amount", "1")]), APPEND_ONLY).only_on(Db::Sqlite),
            gone("truncate", "truncate credit_note_line"),
            gone("truncate with what refers to it", "truncate credit_note_line cascade"),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_and_refunded_stays_what_it_was(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let change = |table: &str, columns: &str| format!("update {table} set {columns}");
    let attacks: Vec<Attack> = ["payment", "refund"]
        .into_iter()
        .flat_map(|table| {
            [
                attack("another amount", change(table, "amount = amount + 1"), KEPT),
                attack("another currency", change(table, "currency = 'EUR'"), KEPT),
                attack("truncate", format!("truncate {table} cascade"), KEPT).only_on(Db::Postgres),
            ]
        })
        .collect();
    scene.refuses(attacks).await;
    let unused = scene.unused();
    let replaced = |name, copy: String| attack(name, copy, KEPT).only_on(Db::Sqlite);
    scene
        .refuses([
            attack("another payment", change("refund", &format!("payment_id = {unused}")), KEPT)
                .after_key("violates foreign key constraint"),
            attack("a payment goes", "delete from payment", KEPT)
                .after_key("violates foreign key constraint"),
            attack("a refund goes", "delete from refund", KEPT),
            attack("another attempt", change("refund", "attempt = attempt + 1"), KEPT),
            attack("another invoice", change("payment", &format!("invoice_id = {unused}")), KEPT)
                .after_key("violates foreign key constraint"),
            replaced("a refund", scene.copy::<refund::Entity>("replace", &[("amount", "1")], "1 = 1")),
            replaced("a payment", scene.copy::<payment::Entity>("replace", &[("amount", "1")], "1 = 1")),
        ])
        .await;
}
