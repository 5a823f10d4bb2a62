//! What follows from payments moves, within what an invoice can be.

use super::{
    attack::{Scene, attack},
    documents::INVOICE,
};
use crate::harness::Db;
use entity::payment;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_payments_moves(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let time = "'2026-02-01T00:00:00+00:00'";
    let change =
        |columns: &str| format!("update invoice set {columns}, version = version + 1 where {INVOICE}");
    let overdue = format!("status = 'OVERDUE', amount_due = total, paid_at = null, collect_at = {time}");
    scene.does(&change(&overdue)).await;
    scene.does(&change("amount_due = 1, collect_at = null")).await;
    scene.does(&change(&format!("status = 'PAID', amount_due = 0, paid_at = {time}"))).await;
    let settled = "CHECK constraint failed: (status in ('PAID','VOID')) = (amount_due = 0)";
    let within = "CHECK constraint failed: amount_due between 0 and total";
    scene
        .refuses(
            [
                attack("paid, and something is due", change("amount_due = 1"), settled),
                attack("nothing is due, and not paid", change("status = 'DUE'"), settled),
                attack(
                    "more is due than was charged",
                    change("status = 'DUE', amount_due = total + 1"),
                    within,
                ),
                attack("less than nothing is due", change("status = 'DUE', amount_due = -1"), within),
                attack(
                    "paid, and still collected",
                    change(&format!("collect_at = {time}")),
                    "CHECK constraint failed: status not in ('PAID','VOID') or collect_at is null",
                ),
            ]
            .map(|attack| attack.on_postgres("violates check constraint")),
        )
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_payment_of_an_invoice_is_open_at_a_time(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let (open, unused, time) = (scene.spare(), scene.unused(), "'2026-02-01T00:00:00+00:00'");
    let pay = |id: &str, status: &str| {
        format!(
            "insert into payment (id, invoice_id, organization_id, amount, currency, status, attempted_at, ask_at)
             select {id}, id, organization_id, 1, currency, '{status}', {time}, {time}
             from invoice where {INVOICE}"
        )
    };
    scene.does(&pay(&open, "PENDING")).await;
    let second = |name, sql: String| {
        attack(name, sql, "UNIQUE constraint failed: payment.invoice_id").on_postgres("payment_open")
    };
    // On SQLite the guard speaks first: REPLACE would go past the unique key.
    let added = |name, sql: String| attack(name, sql, "PAYMENTS_ARE_KEPT").on_postgres("payment_open");
    let settled = format!(
        "status in ('SUCCEEDED','REFUNDED') and invoice_id = (select id from invoice where {INVOICE})"
    );
    let copy = [("id", unused.as_str()), ("status", "'UNKNOWN'"), ("ask_at", time)];
    let unasked = "CHECK constraint failed: (status in ('PENDING','UNKNOWN')) = (ask_at is not null)";
    scene
        .refuses([
            added("a second one", pay(&unused, "PENDING")),
            added(
                "a second one whose outcome is unknown",
                scene.copy::<payment::Entity>("insert", &copy, &settled),
            ),
            second(
                "a settled one opens again",
                format!("update payment set status = 'UNKNOWN', ask_at = {time} where {settled}"),
            ),
            attack(
                "an open one that nobody asks about",
                format!("update payment set ask_at = null where id = {open}"),
                unasked,
            )
            .on_postgres("violates check constraint"),
        ])
        .await;
}
