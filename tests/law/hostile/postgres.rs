//! What only PostgreSQL is told.

use super::{Try, owners_may, refused};
use crate::law::attack::Scene;
use entity::{event, subscription};

pub(super) fn tries(scene: &Scene) -> Vec<Try> {
    let mut tries = ways_round(scene);
    tries.extend(ways_of_owners(scene));
    tries
}

/// What everybody is refused.
fn ways_round(scene: &Scene) -> Vec<Try> {
    let ended = &scene.ended;
    let of_it = format!("id = {ended}");
    let its_end = format!("subscription_id = {ended}");
    let back = format!("update subscription set status = 'ACTIVE' where {of_it}");
    let last = format!("stream_id = {ended} and type = 'subscription.disabled'");
    let retype = |table: &str, column: &str, with: &str| {
        format!("alter table {table} alter column {column} type {}", with)
    };
    vec![
        refused(
            "merge",
            format!("merge into subscription s using (select {ended} as id) o on s.id = o.id when matched then update set status = 'ACTIVE'"),
        ),
        refused(
            "merge that deletes",
            format!("merge into subscription_end e using (select {ended} as id) o on e.subscription_id = o.id when matched then delete"),
        ),
        refused("with its end, in one statement", format!("with gone as (delete from subscription_end where {its_end}) {back}")),
        refused("through a cursor", format!("declare it cursor for select * from subscription where {of_it} for update; fetch it; update subscription set status = 'ACTIVE' where current of it")),
        refused("its usual status", format!("update subscription set status = default where {of_it}")),
        refused("what it ended by written", format!("update subscription set ended_id = null where {of_it}")),
        refused("constraints deferred", format!("set constraints all deferred; delete from subscription_end where {its_end}; {back}")),
        refused("in replica mode", format!("set local session_replication_role = replica; {back}")),
        refused("its history in replica mode", format!("set local session_replication_role = replica; delete from event where {last}")),
        refused("truncate", "truncate subscription"),
        refused("truncate cascade", "truncate subscription cascade"),
        refused("truncate its customer cascade", "truncate organization cascade"),
        refused("truncate the ends", "truncate subscription_end cascade"),
        refused("truncate the history", "truncate event"),
        refused("truncate the invoices", "truncate invoice cascade"),
        refused("truncate the charges", "truncate invoice_line cascade"),
        refused("truncate the credits", "truncate credit_note cascade"),
        refused("truncate the counters", "truncate document_number"),
        refused("another type of its status", retype("subscription", "status", "text using 'ACTIVE'")),
        refused("another type of what is due", retype("subscription", "due_at", "timestamptz using ends_at")),
        refused("another type of its end", retype("subscription_end", "reason", "text using 'EXPIRED'")),
        refused("another type of its history", retype("event", "body", "text using '{}'")),
        refused("another type of its charges", retype("invoice_line", "amount", "bigint using 0")),
        refused("another type of its invoice", retype("invoice", "bill_to", "text using '{}'")),
        refused("another type of its credit", retype("credit_note", "total", "bigint using 1")),
        refused("its status dropped", "alter table subscription drop column status"),
        refused(
            "a table of its own in the way",
            format!(
                "create temp table invoice on commit drop as select invoice_id as id, 1000::bigint as line_count
                   from invoice_line where {its_end};
                 insert into public.invoice_line select (jsonb_populate_record(l, '{{\"position\": 7, \"kind\": \"USED_DAYS\"}}')).*
                   from public.invoice_line l where {its_end}"
            ),
        ),
        refused(
            "an event at a place of its own",
            scene
                .copy::<event::Entity>("insert", &[("seq", "seq + 1")], &last)
                .replacen(") select ", ", position) overriding system value select ", 1)
                .replacen(" from event", ", 1 from event", 1),
        ),
    ]
}

/// What the owner of the tables may do, and nobody else.
fn ways_of_owners(scene: &Scene) -> Vec<Try> {
    let ended = &scene.ended;
    let of_it = format!("id = {ended}");
    let off =
        "alter table subscription disable trigger user; alter table subscription_end disable trigger user;";
    let back = format!(
        "{off} delete from subscription_end where subscription_id = {ended};
         update subscription set status = 'ACTIVE' where {of_it};"
    );
    let on = "set constraints all immediate;
        do $$ declare it record; begin
          for it in select tgrelid::regclass as name, tgname from pg_trigger
            where not tgisinternal and tgrelid in ('subscription'::regclass, 'subscription_end'::regclass)
          loop execute format('alter table %s enable always trigger %I', it.name, it.tgname); end loop;
        end $$";
    let nothing = "returns trigger language plpgsql as 'begin return null; end'";
    vec![
        owners_may("guards switched off, and active again", back.clone()),
        owners_may("guards switched off, active again, and guards as they were", format!("{back} {on}")),
        owners_may("guards switched off, and truncated", format!("{off} truncate subscription_end, subscription cascade")),
        owners_may("all triggers switched off", "alter table subscription disable trigger all"),
        owners_may("a guard that heeds replica mode", "alter table subscription enable trigger law_update"),
        owners_may("a guard dropped", "drop trigger law_append_only on event"),
        owners_may("the guards do nothing", format!("create or replace function tenure_refuse() {nothing}")),
        owners_may("the key of the end dropped", "alter table subscription drop constraint disabled_has_an_end"),
        owners_may("the status dropped with all guards of it", "alter table subscription drop column status cascade"),
        owners_may("what happened dropped", "alter table event drop column body cascade"),
        owners_may("the ends dropped", "drop table subscription_end cascade"),
        owners_may(
            "a later trigger that rewrites",
            "create function later() returns trigger language plpgsql as 'begin new.status := ''ACTIVE''; return new; end';
             create trigger later before update on subscription for each row execute function later()",
        ),
        owners_may(
            "a later trigger that lets nothing in",
            format!(
                "create function later() {nothing};
                 create trigger later before insert on subscription_end for each row execute function later()"
            ),
        ),
        owners_may("a rule that lets no end in", "create rule later as on insert to subscription_end do instead nothing"),
        owners_may(
            "a rule that makes a deletion of it a return",
            "create rule later as on delete to event do instead update subscription set status = 'ACTIVE'",
        ),
        owners_may(
            "a table of its kin",
            format!(
                "create table kin () inherits (subscription);
                 {}",
                scene.copy::<subscription::Entity>("insert", &[("status", "'ACTIVE'")], &of_it).replacen("subscription", "kin", 1)
            ),
        ),
        owners_may(
            "a view in its place",
            "alter table subscription rename to kept; create view subscription as select * from kept",
        ),
        owners_may("no policies", "alter table subscription disable row level security"),
        owners_may("a policy that shows everything", "create policy later on event to tenure_tenant using (true)"),
    ]
}
