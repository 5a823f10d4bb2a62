//! What both databases are told.

use super::{Try, refused, while_keys_hold};
use crate::law::attack::Scene;
use entity::{credit_note, credit_note_line, event, invoice, invoice_line, subscription, subscription_end};

/// SQL that finds what belongs to the disabled subscription.
pub(super) const INVOICE: &str = "id in (select invoice_id from credit_note)";
pub(super) const NOTE: &str = "number = (select min(number) from credit_note)";

pub(super) fn tries(scene: &Scene) -> Vec<Try> {
    let (ended, active, pending, unused) = (&scene.ended, &scene.active, &scene.pending, scene.unused());
    let of_it = format!("id = {ended}");
    let its_end = format!("subscription_id = {ended}");
    let again = |changes: &[(&str, &str)]| scene.copy::<subscription::Entity>("insert", changes, &of_it);
    let end_again =
        |changes: &[(&str, &str)]| scene.copy::<subscription_end::Entity>("insert", changes, &its_end);
    let last = format!("stream_id = {ended} and type = 'subscription.disabled'");
    let event_again = |changes: &[(&str, &str)]| scene.copy::<event::Entity>("insert", changes, &last);
    let change = |columns: &str| format!("update subscription set {columns} where id = {ended}");
    let line = format!("subscription_id = {ended}");
    let back = [("status", "'ACTIVE'")];
    let seq = ("seq", "seq + 1");
    vec![
        refused("active again", change("status = 'ACTIVE'")),
        refused("pending again", change("status = 'PENDING_ACTIVATION', activated_at = null")),
        refused("back by a case", change("status = case when 1 = 1 then 'ACTIVE' else status end")),
        refused("another time of its end", change("ends_at = purchased_at")),
        refused("something falls due again", change("due_at = ends_at, due_change = 'RENEW'")),
        refused("another version", change("version = version + 1")),
        refused("another hash of its history", change("event_hash = (select hash from event where seq = 1 limit 1)")),
        refused("another id", change(&format!("id = {unused}"))),
        refused("another customer", change("organization_id = (select id from organization where name = 'Fabrikam')")),
        refused("the active one takes its id", format!("update subscription set id = {ended} where id = {active}")),
        refused("all at once", "update subscription set status = 'ACTIVE'"),
        refused("deleted", format!("delete from subscription where id = {ended}")),
        refused("all deleted", "delete from subscription"),
        refused("inserted once more", again(&back)),
        refused("upsert by id", format!("{} on conflict (id) do update set status = 'ACTIVE'", again(&[]))),
        refused(
            "upsert by id and status",
            format!("{} on conflict (id, status) do update set status = 'ACTIVE'", again(&[])),
        ),
        refused(
            "within the transaction that disables",
            format!(
                "update subscription set status = 'DISABLED', assigned = 0, due_at = null, due_change = null where id = {active};
                 update subscription set status = 'ACTIVE' where id = {active}"
            ),
        ),
        while_keys_hold(
            "disabled without an end",
            format!("update subscription set status = 'DISABLED', due_at = null, due_change = null where id = {pending}"),
        ),
        refused("its end deleted", format!("delete from subscription_end where {its_end}")),
        refused("all ends deleted", "delete from subscription_end"),
        refused(
            "its end deleted, and active again",
            format!("delete from subscription_end where {its_end}; {}", change("status = 'ACTIVE'")),
        ),
        refused("another reason of its end", format!("update subscription_end set reason = 'EXPIRED' where {its_end}")),
        refused("another end", format!("update subscription_end set at = '2026-03-01T00:00:00+00:00' where {its_end}")),
        refused("its end becomes another's", format!("update subscription_end set subscription_id = {active} where {its_end}")),
        refused("its end once more", end_again(&[("reason", "'EXPIRED'")])),
        refused(
            "its end by upsert",
            format!("{} on conflict (subscription_id) do update set reason = 'EXPIRED'", end_again(&[])),
        ),
        while_keys_hold("an end for the living", end_again(&[("subscription_id", active)])),
        refused("its last event deleted", format!("delete from event where {last}")),
        refused("its history deleted", format!("delete from event where stream_id = {ended}")),
        refused("its last event says otherwise", format!("update event set body = '{{}}' where {last}")),
        refused("its last event is another's", format!("update event set stream_id = {active} where {last}")),
        refused("its last event once more", event_again(&[])),
        refused("an event after its end", event_again(&[seq, ("type", "'subscription.activated'")])),
        refused("its history moved on", format!("update event set seq = seq + 1000 where stream_id = {ended}")),
        refused(
            "its last event by upsert",
            format!("{} on conflict (stream_id, seq) do update set type = 'subscription.renewed'", event_again(&[])),
        ),
        refused("its charge changed", format!("update invoice_line set amount = 0 where {line}")),
        refused("its charge deleted", format!("delete from invoice_line where {line}")),
        refused(
            "a charge added to its invoice",
            scene.copy::<invoice_line::Entity>(
                "insert",
                &[("position", "position + 1"), ("kind", "'USED_DAYS'"), ("amount", "0")],
                &line,
            ),
        ),
        refused(
            "its charge by upsert",
            format!(
                "{} on conflict (invoice_id, position) do update set amount = 0",
                scene.copy::<invoice_line::Entity>("insert", &[], &line)
            ),
        ),
        refused("its invoice costs nothing", format!("update invoice set subtotal = 0, total = tax where {INVOICE}")),
        refused("its invoice has more lines", format!("update invoice set line_count = line_count + 1 where {INVOICE}")),
        refused("its invoice deleted", format!("delete from invoice where {INVOICE}")),
        refused(
            "its invoice by upsert",
            format!(
                "{} on conflict (number) do update set bill_to = '{{}}'",
                scene.copy::<invoice::Entity>("insert", &[("id", &unused)], INVOICE)
            ),
        ),
        refused("its credit changed", format!("update credit_note set total = total + 1 where {NOTE}")),
        refused("its credit deleted", format!("delete from credit_note where {NOTE}")),
        refused(
            "its credit by upsert",
            format!(
                "{} on conflict (number) do update set total = 1",
                scene.copy::<credit_note::Entity>("insert", &[("id", &unused)], NOTE)
            ),
        ),
        refused(
            "another's charge added to its credit",
            format!(
                "insert into credit_note_line (invoice_id, position, credit_note_id, subscription_id, organization_id, amount)
                 select l.invoice_id, l.position, (select id from credit_note where {NOTE}), l.subscription_id, l.organization_id, 1
                 from invoice_line l where l.subscription_id = {active}"
            ),
        ),
        refused("a line of its credit deleted", "delete from credit_note_line"),
        refused(
            "a line of its credit by upsert",
            format!(
                "{} on conflict (invoice_id, position) do update set amount = 1",
                scene.copy::<credit_note_line::Entity>("insert", &[], "1 = 1")
            ),
        ),
        refused("the counter of invoices goes back", "update document_number set last = last - 1 where kind = 'INVOICE'"),
        refused("the counters change places", "update document_number set kind = 'INVOICE' where kind = 'CREDIT_NOTE'"),
        refused("the counters deleted", "delete from document_number"),
        refused(
            "the counter begins anew",
            "insert into document_number (kind, last) values ('INVOICE', 0) on conflict (kind) do update set last = 0",
        ),
    ]
}
