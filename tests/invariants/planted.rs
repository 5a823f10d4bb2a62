//! Each check is shown what it looks for: somebody who took the guards away breaks one promise after the other, and every
//! time the breach is found as what it is.

use super::{Answered, Fact, Findings, Ledger, Promise, Wanted, examine, examine_with, findings::Violation};
use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription, VAULT};
use domain::job::Job;
use entity::{event, invoice, state::EventType};
use rstest::rstest;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A history with something of everything, and then without guards.
struct Scene {
    app: App,
    db: Db,
    boards: Subscription,
    /// Cancelled, with its charge given back.
    ended: Subscription,
    other_ended: Subscription,
    pending: Subscription,
}

impl Scene {
    async fn on(db: Db) -> Self {
        let app = App::on(db).await;
        let boards = app.active(BOARDS_MONTHLY).await;
        app.ada().changes_quantity(&boards, 12).await.done();
        app.works().await;
        let users = app.ada().users(2).await;
        app.ada().assigns(&boards, &users).await.done();
        let ended = app.active(BOARDS_MONTHLY).await;
        app.ada().assigns(&ended, &users).await.done();
        app.ada().cancels(&ended).await.done();
        let other_ended = app.active(VAULT).await;
        app.ada().cancels(&other_ended).await.done();
        app.runs(Job::RefundPayments).await;
        app.until("2026-04-02").await;
        let pending = app.ada().buys(BOARDS_MONTHLY, 1).await;
        Self { app, db, boards, ended, other_ended, pending }
    }

    /// Takes away whatever would refuse.
    async fn unguarded(&self) {
        if self.db == Db::Postgres {
            let sql = "do $$ declare r record; begin
                for r in select tablename from pg_tables where schemaname = 'public' loop
                    execute format('alter table %I disable trigger user', r.tablename);
                end loop;
                for r in select conname, conrelid::regclass as of from pg_constraint
                         where contype = 'c' and connamespace = 'public'::regnamespace loop
                    execute format('alter table %s drop constraint %I', r.of, r.conname);
                end loop;
            end $$";
            return self.app.as_owner(sql).await;
        }
        let owner = self.app.database.connect_as_owner().await;
        let sql = "select name from sqlite_master where type = 'trigger'";
        let triggers = owner.query_all_raw(Statement::from_string(owner.get_database_backend(), sql)).await;
        for row in triggers.expect("triggers") {
            let name: String = row.try_get("", "name").expect("a name");
            owner.execute_unprepared(&format!("drop trigger \"{name}\"")).await.expect("dropped");
        }
        owner.close().await.expect("closed");
    }

    /// Breaks something, past keys and checks.
    async fn breaks(&self, sql: &str) {
        let first = match self.db {
            Db::Sqlite => "pragma foreign_keys = off; pragma ignore_check_constraints = on;",
            Db::Postgres => "set session_replication_role = replica;",
        };
        self.app.as_owner(&format!("{first} {sql}")).await;
    }

    async fn found(&self) -> Findings {
        examine(self.app.market.db()).await
    }

    fn literal(&self, id: Uuid) -> String {
        match self.db {
            Db::Sqlite => format!("x'{}'", id.simple()),
            Db::Postgres => format!("'{id}'::uuid"),
        }
    }
}

/// What somebody does, and the promise that is broken then.
const PLANTED: [(Promise, &str, &str); 26] = [
    (
        Promise::HistoryIsWhole,
        "another fact",
        "update event set body = '{}' where stream_id = {pending} and seq = 1",
    ),
    (
        Promise::NothingAfterTheEnd,
        "an end before the end",
        "update event set type = 'subscription.disabled' where stream_id = {boards} and seq = 4",
    ),
    (
        Promise::DisabledHasAnEnd,
        "an end that vanished",
        "delete from subscription_end where subscription_id = {other_ended}",
    ),
    (
        Promise::DisabledHasAnEnd,
        "another reason",
        "update subscription_end set reason = 'EXPIRED' where subscription_id = {ended}",
    ),
    (
        Promise::LicencesEndWithIt,
        "a licence that goes on",
        "update license_assignment set ended_at = null where subscription_id = {ended}",
    ),
    (
        Promise::StatusMovesForward,
        "a disabled one that is active",
        "update subscription set status = 'ACTIVE' where id = {ended}",
    ),
    (
        Promise::RowsFollowTheHistory,
        "one licence more",
        "update subscription set quantity = quantity + 1 where id = {boards}",
    ),
    (
        Promise::LicencesAreThere,
        "more assigned than there are",
        "update subscription set assigned = 99 where id = {boards}",
    ),
    (
        Promise::LicencesAreThere,
        "more assigned than there were",
        "update event set body = '{\"users\":[\"00000000-0000-0000-0000-000000000001\",
         \"00000000-0000-0000-0000-000000000002\"]}' where stream_id = {pending} and seq = 1;
         update event set type = 'subscription.licenses_assigned' where stream_id = {pending} and seq = 1",
    ),
    (
        Promise::DueIsWhatTheLawSays,
        "one that is never due",
        "update subscription set due_at = null, due_change = null where id = {boards}",
    ),
    (
        Promise::OneChargePerPeriod,
        "a period that was not charged",
        "update invoice_line set kind = 'USED_DAYS' where subscription_id = {boards} and period_number = 1",
    ),
    (
        Promise::OneChargePerPeriod,
        "a charge before the activation",
        "update invoice_line set subscription_id = {pending} where subscription_id = {other_ended}",
    ),
    (
        Promise::OneChargePerIncrease,
        "an increase that was charged otherwise",
        "update invoice_line set quantity = 3 where subscription_id = {boards} and kind = 'PRORATION'",
    ),
    (
        Promise::OneChargePerIncrease,
        "an increase that was not charged",
        "update invoice_line set kind = 'USED_DAYS' where subscription_id = {boards} and kind = 'PRORATION'",
    ),
    (
        Promise::PeriodsTile,
        "a period that begins late",
        "update invoice_line set period_start = '2026-02-01' where subscription_id = {boards}
         and period_number = 0 and kind = 'PERIOD'",
    ),
    (
        Promise::PeriodsTile,
        "a current period of its own",
        "update subscription set period_end = '2026-05-01' where id = {boards}",
    ),
    (
        Promise::AmountsAreRight,
        "a unit too much",
        "update invoice_line set amount = amount + 1 where subscription_id = {boards} and period_number = 2",
    ),
    (
        Promise::InvoicesAddUp,
        "another total",
        "update invoice set subtotal = subtotal + 1, total = total + 1 where number = 1",
    ),
    (
        Promise::AmountDueFollows,
        "more due",
        "update invoice set amount_due = amount_due + 1 where number = 2",
    ),
    (
        Promise::StandingFollowsInvoices,
        "overdue, and current",
        "update invoice set status = 'OVERDUE' where id in
         (select invoice_id from invoice_line where subscription_id = {boards})",
    ),
    (
        Promise::NumbersHaveNoGaps,
        "a gap",
        "update invoice set number = number + 1000 where number = (select max(number) from invoice)",
    ),
    (
        Promise::NumbersHaveNoGaps,
        "a counter that counts on",
        "update document_number set last = last + 1 where kind = 'CREDIT_NOTE'",
    ),
    (
        Promise::ChargedAtMostOnce,
        "a charge that nobody knows of",
        "insert into sandbox_charge (id, payment_method_id, token, amount, currency, outcome)
         select {spare}, payment_method_id, token, amount, currency, outcome from sandbox_charge limit 1",
    ),
    (
        Promise::ChargedAtMostOnce,
        "an invoice that was charged twice",
        "update payment set invoice_id = {boards_invoice} where status = 'SUCCEEDED'",
    ),
    (
        Promise::RefundedAtMostOnce,
        "a refund of more than was paid",
        "update refund set amount = 3 * amount where status = 'SUCCEEDED'",
    ),
    (
        Promise::RefundedAtMostOnce,
        "a refund that nobody asked for",
        "insert into sandbox_refund (id, charge_id, amount, outcome)
         select {spare}, charge_id, amount, outcome from sandbox_refund limit 1",
    ),
];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_breach_is_found_as_what_it_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let mut before = scene.found().await;
    before.insist();
    let invoice = invoice::Entity::find()
        .filter(invoice::Column::Number.eq(1))
        .one(scene.app.market.db().read())
        .await
        .expect("an answer")
        .expect("the first invoice");
    scene.unguarded().await;
    let mut shown = BTreeSet::new();
    for (promise, name, sql) in PLANTED {
        let sql = sql
            .replace("{boards_invoice}", &scene.literal(invoice.id.0))
            .replace("{boards}", &scene.literal(scene.boards.uuid()))
            .replace("{ended}", &scene.literal(scene.ended.uuid()))
            .replace("{other_ended}", &scene.literal(scene.other_ended.uuid()))
            .replace("{pending}", &scene.literal(scene.pending.uuid()))
            .replace("{spare}", &scene.literal(Uuid::from_u128(7)));
        scene.breaks(&sql).await;
        let after = scene.found().await;
        assert_ne!(told(&before, promise), told(&after, promise), "{name} is not found");
        assert!(after.broken(promise) > 0, "{name} is not found");
        shown.insert(promise);
        before = after;
    }
    let of_the_ledger =
        [Promise::AcknowledgedIsDurable, Promise::NothingIsDoubled, Promise::RefusedChangesNothing];
    let all: BTreeSet<_> = shown.into_iter().chain(of_the_ledger).collect();
    assert_eq!(all, Promise::ALL.into_iter().collect(), "every promise is broken once");
}

/// What was found of a promise.
fn told(findings: &Findings, of: Promise) -> BTreeSet<String> {
    let of = findings.violations.iter().filter(|Violation { promise, .. }| *promise == of);
    of.map(|violation| violation.what.clone()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_clients_were_told_is_held_against_the_rows(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::on(db).await;
    let requests = purchases(&scene).await;
    let (boards, ended, pending) = (scene.boards.uuid(), scene.ended.uuid(), scene.pending.uuid());
    let nobody = Uuid::from_u128(7);
    let says = |told: Answered| Ledger {
        wanted: vec![Wanted { requests: vec![(requests[0].clone(), told)] }],
        seen: Vec::new(),
    };
    let done = |fact| says(Answered::Done(vec![fact]));
    for (true_one, false_one) in [
        (Fact::Bought(boards), Fact::Bought(nobody)),
        (Fact::Activated(boards), Fact::Activated(pending)),
        (Fact::Disabled(ended), Fact::Disabled(boards)),
        (Fact::Canceled(ended), Fact::Canceled(boards)),
        (Fact::Period(boards, 2), Fact::Period(boards, 3)),
    ] {
        examine_with(scene.app.market.db(), &done(true_one.clone())).await.insist();
        let seen = Ledger { wanted: Vec::new(), seen: vec![false_one.clone()] };
        for ledger in [done(false_one), seen] {
            let found = examine_with(scene.app.market.db(), &ledger).await;
            assert_eq!(found.broken(Promise::AcknowledgedIsDurable), 1, "{}", found.told());
        }
    }
    for false_one in [Fact::Raised(boards, nobody), Fact::Assigned(boards, nobody), Fact::Paid(nobody)] {
        let found = examine_with(scene.app.market.db(), &done(false_one)).await;
        assert_eq!(found.broken(Promise::AcknowledgedIsDurable), 1, "{}", found.told());
    }
    let found = examine_with(scene.app.market.db(), &says(Answered::Refused("NOT_ACTIVE".into()))).await;
    assert_eq!(found.broken(Promise::RefusedChangesNothing), 1, "{}", found.told());
    examine_with(scene.app.market.db(), &says(Answered::Nothing)).await.insist();
    // One wish, sent twice, that bought twice.
    let twice = requests.iter().take(2).map(|request| (request.clone(), Answered::Nothing)).collect();
    let ledger = Ledger { wanted: vec![Wanted { requests: twice }], seen: Vec::new() };
    let found = examine_with(scene.app.market.db(), &ledger).await;
    assert_eq!(found.broken(Promise::NothingIsDoubled), 1, "{}", found.told());
    // One wish, sent twice, that was answered with two.
    let told = [boards, ended].map(|id| (id.to_string(), Answered::Done(vec![Fact::Bought(id)])));
    let ledger = Ledger { wanted: vec![Wanted { requests: told.into() }], seen: Vec::new() };
    let found = examine_with(scene.app.market.db(), &ledger).await;
    assert_eq!(found.broken(Promise::NothingIsDoubled), 1, "{}", found.told());
}

/// The requests by which everything was bought.
async fn purchases(scene: &Scene) -> Vec<String> {
    event::Entity::find()
        .filter(event::Column::Type.eq(EventType::Purchased))
        .all(scene.app.market.db().read())
        .await
        .expect("events")
        .into_iter()
        .map(|event| event.request_id.expect("a request"))
        .collect()
}
