//! What only SQLite is told. Who has the file owns everything in it.

use super::{
    Try,
    both::{INVOICE, NOTE},
    owners_may, refused, while_keys_hold,
};
use crate::law::attack::Scene;
use entity::{credit_note, event, invoice, invoice_line, subscription, subscription_end};

pub(super) fn tries(scene: &Scene) -> Vec<Try> {
    let (ended, active, pending, unused) = (&scene.ended, &scene.active, &scene.pending, scene.unused());
    let of_it = format!("id = {ended}");
    let its_end = format!("subscription_id = {ended}");
    let again = |verb: &str| scene.copy::<subscription::Entity>(verb, &[("status", "'ACTIVE'")], &of_it);
    let end_again =
        |verb: &str| scene.copy::<subscription_end::Entity>(verb, &[("reason", "'EXPIRED'")], &its_end);
    let last = format!("stream_id = {ended} and type = 'subscription.disabled'");
    let by_rowid =
        |copy: String| copy.replacen(" (", " (rowid, ", 1).replacen(" select ", " select rowid, ", 1);
    let change = |verb: &str, columns: &str| format!("{verb} subscription set {columns} where id = {ended}");
    let back = format!(
        "drop trigger subscription_end_law_delete; drop trigger subscription_law_update;
         delete from subscription_end where {its_end}; {}",
        change("update", "status = 'ACTIVE'")
    );
    vec![
        refused("replace by id", again("replace")),
        refused("insert or replace by id", again("insert or replace")),
        refused("insert or ignore", again("insert or ignore")),
        refused("insert or fail", again("insert or fail")),
        refused("replace by rowid", by_rowid(again("replace"))),
        refused("update or replace", change("update or replace", "status = 'ACTIVE'")),
        refused("update or ignore", change("update or ignore", "status = 'ACTIVE'")),
        refused("update or rollback", change("update or fail", "status = 'ACTIVE'")),
        refused("the active one replaces it", format!("update or replace subscription set id = {ended} where id = {active}")),
        refused(
            "the pending one replaces it by id and status",
            format!(
                "update or replace subscription set id = {ended}, status = 'DISABLED', due_at = null, due_change = null
                 where id = {pending}"
            ),
        ),
        refused("its end replaced", end_again("replace")),
        refused("its end or else ignored", end_again("insert or ignore")),
        refused("its end replaced by rowid", by_rowid(end_again("replace"))),
        refused("its end replaces another", format!("update or replace subscription_end set subscription_id = {active} where {its_end}")),
        refused("its last event replaced", scene.copy::<event::Entity>("replace", &[("body", "'{}'")], &last)),
        refused("an event replaces its last", format!("update or replace event set seq = seq + 1 where stream_id = {ended}")),
        refused("its last event replaced by rowid", by_rowid(scene.copy::<event::Entity>("replace", &[("seq", "seq + 1")], &last))),
        refused("its invoice replaced by number", scene.copy::<invoice::Entity>("replace", &[("id", &unused)], INVOICE)),
        refused("its invoice replaced by id", scene.copy::<invoice::Entity>("replace", &[("number", "4711")], INVOICE)),
        refused(
            "its charge replaced by its period",
            scene.copy::<invoice_line::Entity>("replace", &[("position", "position + 1")], &its_end),
        ),
        refused("its credit replaced by number", scene.copy::<credit_note::Entity>("replace", &[("id", &unused)], NOTE)),
        refused("the counter replaced", "replace into document_number (kind, last) values ('INVOICE', 0)"),
        refused("the counter replaced by rowid", "update or replace document_number set rowid = 1 where kind = 'CREDIT_NOTE'"),
        refused("keys deferred", format!("pragma defer_foreign_keys = on; delete from subscription_end where {its_end}")),
        refused(
            "checks switched off",
            format!("pragma ignore_check_constraints = on; {}", change("update", "status = 'ALIVE'")),
        ),
        refused(
            "triggers that do not recur",
            format!("pragma recursive_triggers = off; {}", again("replace")),
        ),
        refused("its status dropped", "alter table subscription drop column status"),
        refused("what it ended by written", change("update", "ended_id = null")),
        while_keys_hold("its customer gone", "delete from organization where name = 'Contoso'"),
        owners_may(
            "a status that is none",
            format!("pragma ignore_check_constraints = on; update subscription set status = 'ALIVE' where id = {pending}"),
        ),
        owners_may("guards dropped, and active again", back.clone()),
        owners_may(
            "guards dropped, active again, and guards as they were",
            format!(
                "{back};
                 create trigger subscription_end_law_delete before delete on subscription_end
                   begin select raise(abort, 'APPEND_ONLY'); end;
                 create trigger subscription_law_update before update on subscription
                   when old.status = 'DISABLED' or exists (select 1 from subscription_end e where e.subscription_id = old.id)
                   begin select raise(abort, 'DISABLED_IS_TERMINAL'); end"
            ),
        ),
        owners_may(
            "a guard deleted from the schema",
            "pragma writable_schema = on; delete from sqlite_master where name = 'subscription_law_update'",
        ),
        owners_may(
            "a guard rewritten in the schema",
            "pragma writable_schema = on;
             update sqlite_master set sql = replace(sql, 'DISABLED''', 'ASLEEP''') where name = 'subscription_law_update'",
        ),
        owners_may(
            "the table rebuilt",
            "pragma legacy_alter_table = on; create table anew as select * from subscription; drop table subscription;
             alter table anew rename to subscription",
        ),
        owners_may("the ends dropped", "drop table subscription_end"),
        owners_may("the history rebuilt", "create table anew as select * from event; drop table event; alter table anew rename to event"),
        owners_may(
            "a later trigger that rewrites",
            "create trigger later after insert on license_assignment begin update subscription set status = 'ACTIVE'; end",
        ),
        owners_may(
            "a later trigger that lets no end in",
            "create trigger later before insert on subscription_end begin select raise(ignore); end",
        ),
        owners_may("another key to replace by", "create unique index later on subscription(event_hash)"),
        owners_may("another name for its status", "alter table subscription rename column status to state"),
        owners_may("what happened dropped", "alter table event drop column body"),
        owners_may("a guard of documents dropped", "drop trigger invoice_line_law_lines"),
    ]
}
