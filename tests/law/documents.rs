//! Invoices, their lines and credit notes are documents: once issued, they never change.

use super::attack::{APPEND_ONLY, Attack, ISSUED_INVOICES_NEVER_CHANGE, Scene, attack};
use crate::harness::Db;
use entity::{credit_note, invoice, invoice_line};
use rstest::rstest;

/// SQL that finds one invoice, one line and one credit note.
pub(super) const INVOICE: &str = "number = (select min(number) from invoice)";
const LINE: &str = "(invoice_id, position) in
    (select invoice_id, position from invoice_line where kind = 'PERIOD' order by invoice_id, position limit 1)";
const CREDIT_NOTE: &str = "number = 1000";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_issued_invoice_never_changes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let change = |name: &'static str, columns: &str| {
        attack(name, format!("update invoice set {columns} where {INVOICE}"), ISSUED_INVOICES_NEVER_CHANGE)
    };
    scene
        .refuses([
            change("its id", &format!("id = {}", scene.unused()))
                .after_key("violates foreign key constraint"),
            change("its number", "number = number + 1000"),
            change(
                "who is billed",
                "billing_profile_id = (select id from billing_profile where name = 'Tailspin USD')",
            ),
            change("whose it is", "organization_id = (select id from organization where name = 'Adatum')"),
            change("a partner's", "organization_id = null, partner_id = (select id from partner)"),
            change("its currency", "currency = 'EUR'"),
            change("its amount", "subtotal = subtotal + 1, total = total + 1"),
            change("its tax", "tax = tax + 1, total = total + 1"),
            change("when it was issued", "issued_at = '2020-01-01T00:00:00+00:00'"),
            change("when it is due", "due_at = '2040-01-01T00:00:00+00:00'"),
            change("its seller", "seller = '{}'"),
            change("its address", "bill_to = '{}'"),
            attack("delete", format!("delete from invoice where {INVOICE}"), ISSUED_INVOICES_NEVER_CHANGE)
                .after_key("violates foreign key constraint"),
            attack("truncate", "truncate invoice", "cannot truncate a table referenced")
                .only_on(Db::Postgres),
            attack("truncate with its lines", "truncate invoice cascade", ISSUED_INVOICES_NEVER_CHANGE)
                .only_on(Db::Postgres),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_not_written_over(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let unused = scene.unused();
    let again = |verb: &str, change| scene.copy::<invoice::Entity>(verb, &[change], INVOICE);
    let (same_number, same_id) = (("id", unused.as_str()), ("number", "1000"));
    let never = ISSUED_INVOICES_NEVER_CHANGE;
    scene
        .refuses([
            attack("its number once more", again("insert", same_number), never)
                .on_postgres("invoice_number_key"),
            attack("its id once more", again("insert", same_id), never).on_postgres("invoice_pkey"),
            attack(
                "its id once more, or else changed",
                format!("{} on conflict (id) do update set bill_to = '{{}}'", again("insert", same_id)),
                never,
            ),
            attack("replace by number", again("replace", same_number), never).only_on(Db::Sqlite),
            attack("replace by id", again("insert or replace", same_id), never).only_on(Db::Sqlite),
            attack(
                "the next one takes its number",
                format!("update or replace invoice set number = number - 1 where not ({INVOICE})"),
                never,
            )
            .only_on(Db::Sqlite),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_an_invoice_are_append_only(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let again =
        |verb: &str, changes: &[(&str, &str)]| scene.copy::<invoice_line::Entity>(verb, changes, LINE);
    let below = ("position", "position + 100");
    let elsewhere =
        "(select o.id from invoice o where o.id <> invoice_line.invoice_id order by o.number limit 1)";
    let elsewhere = ("invoice_id", elsewhere);
    let gone = |name, sql: &str| attack(name, sql, APPEND_ONLY).only_on(Db::Postgres);
    scene
        .refuses([
            attack(
                "another amount",
                format!("update invoice_line set amount = amount + 1 where {LINE}"),
                APPEND_ONLY,
            ),
            attack(
                "another place",
                format!("update invoice_line set position = 100 where {LINE}"),
                APPEND_ONLY,
            )
            .after_key("violates foreign key constraint"),
            attack("delete", format!("delete from invoice_line where {LINE}"), APPEND_ONLY)
                .after_key("violates foreign key constraint"),
            attack("once more", again("insert", &[]), APPEND_ONLY).on_postgres("invoice_line_pkey"),
            attack(
                "once more, or else changed",
                format!(
                    "{} on conflict (invoice_id, position) do update set amount = 0",
                    again("insert", &[])
                ),
                APPEND_ONLY,
            ),
            attack(
                "the same period on the same invoice",
                again("insert", &[below]),
                ISSUED_INVOICES_NEVER_CHANGE,
            )
            .on_postgres("invoice_line_charged_once"),
            attack(
                "the same period on another invoice",
                again("insert", &[elsewhere, below]),
                ISSUED_INVOICES_NEVER_CHANGE,
            )
            .on_postgres("invoice_line_charged_once"),
            attack("replace", again("replace", &[("amount", "0")]), APPEND_ONLY).only_on(Db::Sqlite),
            attack("replace by period", again("insert or replace", &[below]), ISSUED_INVOICES_NEVER_CHANGE)
                .only_on(Db::Sqlite),
            attack("truncate", "truncate invoice_line", "cannot truncate a table referenced")
                .only_on(Db::Postgres),
            gone("truncate with what refers to it", "truncate invoice_line cascade"),
        ])
        .await;
}

/// Writes a credit note: no operation issues them yet.
async fn credit(scene: &Scene) {
    let sql = format!(
        "insert into credit_note (id, number, invoice_id, organization_id, partner_id, currency, total, issued_at, line_count)
         select {}, 1000, id, organization_id, partner_id, currency, 1, '2026-02-01T00:00:00+00:00', 0
         from invoice where {INVOICE}",
        scene.spare()
    );
    scene.does(&sql).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn credit_notes_are_append_only(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    credit(&scene).await;
    let unused = scene.unused();
    let again = |verb: &str, change| scene.copy::<credit_note::Entity>(verb, &[change], CREDIT_NOTE);
    let (same_number, same_id) = (("id", unused.as_str()), ("number", "1001"));
    let gone = |name, sql: &str| attack(name, sql, APPEND_ONLY).only_on(Db::Postgres);
    scene
        .refuses([
            attack(
                "another amount",
                format!("update credit_note set total = 2 where {CREDIT_NOTE}"),
                APPEND_ONLY,
            ),
            attack(
                "another number",
                format!("update credit_note set number = 1001 where {CREDIT_NOTE}"),
                APPEND_ONLY,
            ),
            attack("delete", format!("delete from credit_note where {CREDIT_NOTE}"), APPEND_ONLY),
            attack("its number once more", again("insert", same_number), APPEND_ONLY)
                .on_postgres("credit_note_number_key"),
            attack("its id once more", again("insert", same_id), APPEND_ONLY).on_postgres("credit_note_pkey"),
            attack(
                "its number once more, or else changed",
                format!("{} on conflict (number) do update set total = 2", again("insert", same_number)),
                APPEND_ONLY,
            ),
            attack("replace by number", again("replace", same_number), APPEND_ONLY).only_on(Db::Sqlite),
            attack("replace by id", again("insert or replace", same_id), APPEND_ONLY).only_on(Db::Sqlite),
            attack("truncate", "truncate credit_note", "cannot truncate a table referenced")
                .only_on(Db::Postgres),
            gone("truncate with what refers to it", "truncate credit_note cascade"),
        ])
        .await;
}

/// With foreign keys off, REPLACE by rowid would delete a document past every trigger. What has no rowid cannot.
#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_replaced_through_a_rowid_in_sqlite() {
    let scene = Scene::on(Db::Sqlite).await;
    credit(&scene).await;
    let unused = scene.unused();
    let by_rowid = |name, copy: String| -> Attack {
        let sql = copy.replacen(" (", " (rowid, ", 1).replacen(" select ", " select rowid, ", 1);
        attack(name, sql, "rowid")
    };
    let other = [("id", unused.as_str()), ("number", "2000")];
    let line = [("position", "position + 100"), ("kind", "'USED_DAYS'")];
    scene
        .refuses([
            by_rowid("an invoice", scene.copy::<invoice::Entity>("replace", &other, INVOICE)),
            by_rowid("a line", scene.copy::<invoice_line::Entity>("replace", &line, LINE)),
            by_rowid("a credit note", scene.copy::<credit_note::Entity>("replace", &other, CREDIT_NOTE)),
            attack(
                "an invoice by another",
                format!(
                    "update or replace invoice set rowid = (select rowid from invoice where {INVOICE})
                     where number = (select max(number) from invoice)"
                ),
                "rowid",
            ),
        ])
        .await;
}
