//! What went wrong in other billing engines: payments that are unknown or declined, or that come late.

use super::bugs_of_others::attempts;
use crate::harness::{App, BOARDS_MONTHLY, Db, Setup, Subscription, VAULT, instant};
use chrono::{DateTime, Utc};
use domain::{
    Gateway,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected},
    job::Job,
};
use entity::{invoice, sandbox_charge};
use futures::{FutureExt, future::BoxFuture};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

async fn declined(app: &App) -> Subscription {
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await
}

async fn only_invoice(app: &App, of: &Subscription) -> Json {
    let invoices = app.ada().invoices(of).await;
    let [invoice] = invoices.as_slice() else { panic!("one invoice: {invoices:#?}") };
    invoice.clone()
}

fn id(of: &Json) -> &str {
    of["id"].as_str().expect("an id")
}

/// frappe/erpnext#57761: paying an old invoice of a cancelled subscription made it active again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn paying_an_old_invoice_of_a_cancelled_subscription_revives_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let answer = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await;
    let vault = answer.done().subscription("purchaseSubscription");
    for bought in [&boards, &vault] {
        app.activated(&app.ada(), bought).await;
    }
    // Past the 72 hours in which a cancellation is credited: both invoices stay due.
    app.at("2026-02-20");
    for bought in [&boards, &vault] {
        app.ada().cancels(bought).await.done();
    }
    let before = [app.ada().sees(&boards).await, app.ada().sees(&vault).await];
    let (of_boards, of_vault) = (only_invoice(&app, &boards).await, only_invoice(&app, &vault).await);
    assert_eq!((&of_boards["status"], &of_vault["status"]), (&json!("DUE"), &json!("DUE")));
    let paid = app.ada().pays(id(&of_boards)).await.done();
    assert_eq!(paid.text("/payInvoice/invoice/status"), "PAID");
    let wire = json!({ "invoiceId": id(&of_vault), "amount": "900.00", "reference": "wire 4711" });
    let booked = app.operator().does("RecordPayment", wire).await.done();
    assert_eq!(booked.text("/recordPayment/invoice/status"), "PAID");
    // Past the days on which they would have been renewed.
    app.until("2027-03-01").await;
    for (of, before) in [&boards, &vault].into_iter().zip(before) {
        let after = app.ada().sees(of).await;
        assert_eq!(after["status"], "DISABLED");
        for field in ["disabledReason", "disabledAt", "paymentStanding", "currentPeriod", "events"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        assert_eq!(app.ada().invoices(of).await.len(), 1);
    }
}

/// killbill/killbill#1015: a payment whose outcome was unknown was made again, and so paid twice.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_payment_is_never_made_again_by_whoever_tries(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let profile = app.ada().new_profile("Timeout", "USD", "card_timeout").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    let invoice = only_invoice(&app, &boards).await;
    assert_eq!(attempts(&invoice), ["UNKNOWN"]);
    assert_eq!(app.ada().pays(id(&invoice)).await.refused(), "PAYMENT_PENDING");
    // A new card is tried at once on what is unpaid, but not on what may be paid already.
    let card = json!({ "kind": "CARD", "gatewayToken": "card_ok" });
    let card = app.ada().does("AddPaymentMethod", card).await.done();
    let method = card.text("/addPaymentMethod/paymentMethod/id");
    let change = json!({ "billingProfileId": profile, "paymentMethodId": method });
    app.ada().does("UpdateBillingProfile", change).await.done();
    let replica = app.replica().await;
    for minute in 1..=20 {
        app.at(&format!("2026-01-31T09:{minute:02}:00Z"));
        // Another tick, or the two would be one run.
        replica.at(&format!("2026-01-31T09:{minute:02}:01Z"));
        tokio::join!(app.runs(Job::CollectPayments), replica.runs(Job::CollectPayments));
    }
    let invoice = only_invoice(&app, &boards).await;
    assert_eq!((&invoice["status"], attempts(&invoice)), (&json!("PAID"), vec!["SUCCEEDED"]));
    assert_eq!(app.ada().pays(id(&invoice)).await.refused(), "INVOICE_NOT_PAYABLE");
    let charges = sandbox_charge::Entity::find().all(app.market.db().read()).await.unwrap();
    assert_eq!(charges.iter().map(|charge| charge.amount).collect::<Vec<_>>(), [12_500_i64], "{charges:#?}");
}

/// When the only invoice is charged next.
async fn next_attempt(app: &App) -> Option<DateTime<Utc>> {
    let found = invoice::Entity::find().one(app.market.db().read()).await.unwrap();
    found.expect("an invoice").collect_at
}

/// killbill/killbill#1832: after a payment failed, no retry was scheduled.
///
/// Due on 31 January at 9:00, and tried again 3, 5, 7, 14 and 21 days later. Grace ends on 2 March; nothing
/// is tried after the last of these days.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_decline_has_its_next_attempt(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    for (made, day) in (1..).zip(["02-03", "02-05", "02-07", "02-14", "02-21"]) {
        let next = format!("2026-{day}T09:00:00Z");
        assert_eq!(next_attempt(&app).await, Some(instant(&next)), "after {made}");
        assert_eq!(attempts(&only_invoice(&app, &boards).await), vec!["DECLINED"; made]);
        app.until(&next).await;
    }
    assert_eq!(attempts(&only_invoice(&app, &boards).await), vec!["DECLINED"; 6]);
    assert_eq!(next_attempt(&app).await, None);
}

/// killbill/killbill#1832, when somebody pays by hand between two attempts.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_decline_by_hand_leaves_the_next_attempt_where_it_was(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = declined(&app).await;
    app.until("2026-02-04").await;
    let invoice = only_invoice(&app, &boards).await;
    assert_eq!(app.ada().pays(id(&invoice)).await.refused(), "PAYMENT_DECLINED");
    assert_eq!(next_attempt(&app).await, Some(instant("2026-02-05T09:00:00Z")));
    app.until("2026-02-05T09:00:00Z").await;
    assert_eq!(attempts(&only_invoice(&app, &boards).await), vec!["DECLINED"; 4]);
}

/// A gateway that the first charge never reaches, because the process ends in the call. It declines others.
#[derive(Default)]
struct CutOff {
    called: Notify,
    was_called: AtomicBool,
}

impl Gateway for CutOff {
    fn name(&self) -> &'static str {
        "cut-off"
    }

    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<Option<Card>>> {
        async { Ok(None) }.boxed()
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn charge<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Outcome> {
        async move {
            if self.was_called.swap(true, Ordering::Relaxed) {
                return Outcome::Declined { code: "card_declined".into() };
            }
            self.called.notify_one();
            std::future::pending::<Outcome>().await
        }
        .boxed()
    }

    fn lookup<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Outcome> {
        async { Outcome::Unknown }.boxed()
    }

    fn lookup_refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn notice(
        &self,
        _: &dyn Fn(&str) -> Option<String>,
        _: &[u8],
        _: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        Ok(Notice::Other)
    }
}

/// killbill/killbill#1832, when the process ended between the attempt and its outcome.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_cut_off_is_finished_and_has_its_next(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let gateway = Arc::new(CutOff::default());
    let mut setup = Setup::on(db);
    setup.gateway = Some(gateway.clone());
    let app = setup.start().await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    tokio::select! {
        report = app.runs(Job::CollectPayments) => panic!("it was to be cut off: {report:?}"),
        () = gateway.called.notified() => {}
    }
    assert_eq!(attempts(&only_invoice(&app, &boards).await), ["PENDING"]);
    assert_eq!(next_attempt(&app).await, None, "nothing else is tried meanwhile");
    // It is asked about a minute after the gateway's last moment, and made then: it had never arrived.
    app.until("2026-01-31T09:05:00Z").await;
    assert_eq!(attempts(&only_invoice(&app, &boards).await), ["DECLINED"]);
    assert_eq!(next_attempt(&app).await, Some(instant("2026-02-03T09:00:00Z")));
    app.until("2026-02-03T09:00:00Z").await;
    assert_eq!(attempts(&only_invoice(&app, &boards).await), vec!["DECLINED"; 2]);
    assert_eq!(next_attempt(&app).await, Some(instant("2026-02-05T09:00:00Z")));
}

/// killbill/killbill#144: one cancelled row stopped the batch of all that were overdue.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_one_does_not_stop_the_others_that_are_overdue(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let mut bought = Vec::new();
    // All are bought first: a profile with an overdue invoice cannot be bought with.
    for _ in 0..3 {
        let answer = app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Declined", json!({})).await;
        bought.push(answer.done().subscription("purchaseSubscription"));
    }
    for boards in &bought {
        app.activated(&app.ada(), boards).await;
    }
    assert_eq!(app.runs(Job::CollectPayments).await.changed, 3);
    // Past the 72 hours in which a cancellation is credited: its invoice stays overdue, like the others.
    app.until("2026-02-04").await;
    app.ada().cancels(&bought[0]).await.done();
    app.until("2026-02-21T09:00:00Z").await;
    for boards in &bought {
        assert_eq!(attempts(&only_invoice(&app, boards).await), vec!["DECLINED"; 6]);
    }
    app.until("2026-03-02T09:00:00Z").await;
    for (boards, reason) in bought.iter().zip(["CANCELED", "PAYMENT_LAPSED", "PAYMENT_LAPSED"]) {
        assert_eq!(app.ada().sees(boards).await["disabledReason"], reason);
    }
}
