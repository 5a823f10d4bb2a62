//! The guards are all there. A rebuilt table has lost its triggers, and a connection has to ask for some of them.

use super::attack::texts;
use crate::harness::{App, Db};
use sea_orm::TransactionTrait;

/// What a connection of the program is set to, in this order.
const SETTINGS: &str =
    "select journal_mode || ' ' || synchronous || ' ' || foreign_keys || ' ' || recursive_triggers
     from pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_recursive_triggers";

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_to_sqlite_keeps_the_law() {
    let app = App::on(Db::Sqlite).await;
    let db = app.market.db();
    assert_eq!(texts(db.writer().unwrap(), SETTINGS).await, ["wal 2 1 1"]);
    // Held at the same time, so that they are not the same one.
    let mut reading = Vec::new();
    for _ in 0..4 {
        reading.push(db.read().begin().await.unwrap());
    }
    for connection in &reading {
        assert_eq!(texts(connection, SETTINGS).await, ["wal 2 1 1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_of_sqlite_are_strict_and_those_of_the_law_have_no_rowid() {
    let app = App::on(Db::Sqlite).await;
    let db = app.market.db().read();
    let lax = "select name from pragma_table_list
         where schema = 'main' and type = 'table' and not strict and name not like 'sqlite%' order by name";
    assert_eq!(texts(db, lax).await, ["seaql_migrations"]);
    let without_rowid = texts(db, "select name from pragma_table_list where schema = 'main' and wr").await;
    let of_the_law = [
        "subscription",
        "subscription_end",
        "event",
        "invoice",
        "invoice_line",
        "credit_note",
        "document_number",
    ];
    for table in of_the_law {
        assert!(without_rowid.iter().any(|found| found == table), "{table} has a rowid");
    }
}

/// With foreign keys off, REPLACE through any other key would delete a disabled row past every trigger.
#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_has_no_unique_key_but_its_own_in_sqlite() {
    let app = App::on(Db::Sqlite).await;
    let unique = r#"select i.origin || ' ' || group_concat(c.name, ', ')
         from pragma_index_list('subscription') i, pragma_index_info(i.name) c
         where i."unique" group by i.name order by 1"#;
    assert_eq!(texts(app.market.db().read(), unique).await, ["pk id", "u id, status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trigger_of_sqlite_is_there() {
    let app = App::on(Db::Sqlite).await;
    let triggers = "select name from sqlite_master where type = 'trigger' order by name";
    let expected = [
        "credit_note_law_delete",
        "credit_note_law_insert",
        "credit_note_law_update",
        "credit_note_line_law_delete",
        "credit_note_line_law_insert",
        "credit_note_line_law_lines",
        "credit_note_line_law_update",
        "document_number_law_delete",
        "document_number_law_insert",
        "document_number_law_upward",
        "event_law_delete",
        "event_law_follows",
        "event_law_insert",
        "event_law_update",
        "invoice_law_delete",
        "invoice_law_document",
        "invoice_law_insert",
        "invoice_line_law_delete",
        "invoice_line_law_insert",
        "invoice_line_law_lines",
        "invoice_line_law_update",
        "payment_law_delete",
        "payment_law_identity",
        "payment_law_insert",
        "plan_law_insert",
        "plan_law_terms",
        "proposal_law_closed",
        "proposal_law_delete",
        "proposal_law_forward",
        "proposal_law_insert",
        "proposal_line_law_delete",
        "proposal_line_law_insert",
        "proposal_line_law_update",
        "refund_law_delete",
        "refund_law_identity",
        "refund_law_insert",
        "subscription_end_law_delete",
        "subscription_end_law_insert",
        "subscription_end_law_update",
        "subscription_law_anchor",
        "subscription_law_delete",
        "subscription_law_forward",
        "subscription_law_identity",
        "subscription_law_insert",
        "subscription_law_update",
        "subscription_law_update_onto",
    ];
    assert_eq!(texts(app.market.db().read(), triggers).await, expected);
}

/// Always: in replica mode too.
#[tokio::test(flavor = "multi_thread")]
async fn every_trigger_of_postgresql_is_there_and_fires_always() {
    let app = App::on(Db::Postgres).await;
    let triggers = r#"select (c.relname || ' ' || t.tgname || ' ' || t.tgenabled::text) collate "C"
         from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal order by 1"#;
    let expected = [
        "credit_note law_append_only A",
        "credit_note law_columns A",
        "credit_note law_truncate A",
        "credit_note_line law_append_only A",
        "credit_note_line law_columns A",
        "credit_note_line law_lines A",
        "credit_note_line law_truncate A",
        "document_number law_delete A",
        "document_number law_truncate A",
        "document_number law_upward A",
        "event law_append_only A",
        "event law_columns A",
        "event law_follows A",
        "event law_truncate A",
        "invoice law_delete A",
        "invoice law_document A",
        "invoice law_truncate A",
        "invoice_line law_append_only A",
        "invoice_line law_columns A",
        "invoice_line law_lines A",
        "invoice_line law_truncate A",
        "payment law_delete A",
        "payment law_identity A",
        "payment law_truncate A",
        "plan law_terms A",
        "proposal law_closed A",
        "proposal law_delete A",
        "proposal law_forward A",
        "proposal law_truncate A",
        "proposal_line law_delete A",
        "proposal_line law_truncate A",
        "proposal_line law_update A",
        "refund law_delete A",
        "refund law_identity A",
        "refund law_truncate A",
        "subscription law_anchor A",
        "subscription law_columns A",
        "subscription law_delete A",
        "subscription law_forward A",
        "subscription law_identity A",
        "subscription law_truncate A",
        "subscription law_update A",
        "subscription_end law_append_only A",
        "subscription_end law_columns A",
        "subscription_end law_truncate A",
    ];
    assert_eq!(texts(app.market.db().read(), triggers).await, expected);
}
