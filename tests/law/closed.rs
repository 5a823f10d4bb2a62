//! What was issued is closed: no line is added, counters only count upward, and nothing happens to what has ended.

use super::{
    attack::{APPEND_ONLY, ISSUED_INVOICES_NEVER_CHANGE, Scene, attack},
    documents::INVOICE,
};
use crate::harness::Db;
use entity::{event, invoice_line};
use rstest::rstest;

const NUMBERS_COUNT_UPWARD: &str = "NUMBERS_COUNT_UPWARD";
const EVENTS_FOLLOW_THEIR_SUBSCRIPTION: &str = "EVENTS_FOLLOW_THEIR_SUBSCRIPTION";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_line_is_added_to_what_was_issued(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let line = format!("subscription_id = {}", scene.ended);
    let more = |changes: &[(&str, &str)]| scene.copy::<invoice_line::Entity>("insert", changes, &line);
    let other = ("kind", "'USED_DAYS'");
    scene
        .refuses([
            attack("one more", more(&[("position", "position + 1"), other]), ISSUED_INVOICES_NEVER_CHANGE),
            attack(
                "one that costs nothing",
                more(&[("position", "position + 1"), other, ("amount", "0")]),
                ISSUED_INVOICES_NEVER_CHANGE,
            ),
            attack("one far behind", more(&[("position", "4711"), other]), ISSUED_INVOICES_NEVER_CHANGE),
            attack(
                "room for one more",
                format!("update invoice set line_count = line_count + 1 where {INVOICE}"),
                ISSUED_INVOICES_NEVER_CHANGE,
            ),
            attack(
                "a line of another invoice on the credit note",
                format!(
                    "insert into credit_note_line (invoice_id, position, credit_note_id, subscription_id, organization_id, amount)
                     select l.invoice_id, l.position, c.id, l.subscription_id, l.organization_id, 1
                     from invoice_line l, credit_note c where l.subscription_id = {}",
                    scene.active
                ),
                APPEND_ONLY,
            ),
            attack("room on the credit note", "update credit_note set line_count = 2", APPEND_ONLY),
        ])
        .await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn counters_of_documents_only_count_upward(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let anew = "into document_number (kind, last) values ('INVOICE', 0)";
    scene
        .refuses([
            attack(
                "back",
                "update document_number set last = last - 1 where kind = 'INVOICE'",
                NUMBERS_COUNT_UPWARD,
            ),
            attack("to nothing", "update document_number set last = 0", NUMBERS_COUNT_UPWARD),
            attack("deleted", "delete from document_number where kind = 'INVOICE'", NUMBERS_COUNT_UPWARD),
            attack("truncated", "truncate document_number", NUMBERS_COUNT_UPWARD).only_on(Db::Postgres),
            attack(
                "the other's name",
                "update document_number set kind = 'INVOICE' where kind = 'CREDIT_NOTE'",
                NUMBERS_COUNT_UPWARD,
            )
            .on_postgres("document_number_pkey"),
            attack("anew", format!("insert {anew}"), NUMBERS_COUNT_UPWARD)
                .on_postgres("document_number_pkey"),
            attack(
                "anew or else changed",
                format!("insert {anew} on conflict (kind) do update set last = 0"),
                NUMBERS_COUNT_UPWARD,
            ),
            attack("replaced", format!("replace {anew}"), NUMBERS_COUNT_UPWARD).only_on(Db::Sqlite),
            attack(
                "replaced by the other",
                "update or replace document_number set kind = 'INVOICE' where kind = 'CREDIT_NOTE'",
                NUMBERS_COUNT_UPWARD,
            )
            .only_on(Db::Sqlite),
        ])
        .await;
    scene.does("update document_number set last = last where kind = 'INVOICE'").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_to_a_subscription_behind_its_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let ended = format!("stream_id = {} and type = 'subscription.disabled'", scene.ended);
    let after = |changes: &[(&str, &str)]| scene.copy::<event::Entity>("insert", changes, &ended);
    let unused = scene.unused();
    let never = EVENTS_FOLLOW_THEIR_SUBSCRIPTION;
    scene
        .refuses([
            attack(
                "after its end",
                after(&[("seq", "seq + 1"), ("type", "'subscription.activated'")]),
                never,
            ),
            attack("long after its end", after(&[("seq", "4711")]), never),
            attack(
                "of what the program does not know",
                after(&[("seq", "4711"), ("type", "'subscription.x'")]),
                never,
            ),
            attack("of a subscription that is not there", after(&[("stream_id", &unused)]), never),
            attack(
                "to a living one that has no such version",
                after(&[("stream_id", &scene.active), ("seq", "99")]),
                never,
            ),
        ])
        .await;
}
