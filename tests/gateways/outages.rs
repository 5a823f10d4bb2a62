//! A gateway that is gone for a while: charges wait, nothing lapses or is doubled, and when it is back each is made once.

use super::{
    bought_with, first_invoice, payments,
    stripe::{Fault, StandIn},
};
use crate::harness::{App, Db, Setup};
use domain::job::Job;
use rstest::rstest;
use std::sync::Arc;

async fn through_stripe(db: Db) -> (App, StandIn) {
    let stripe = StandIn::start().await;
    let mut setup = Setup::on(db);
    setup.gateway = Some(Arc::new(stripe.gateway()));
    (setup.start().await, stripe)
}

/// Every minute of an hour the worker tries, and Stripe answers nothing of use.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn charges_wait_for_a_gateway_that_is_gone_and_each_is_made_once(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(Fault::Lost, Fault::Status(429))] fault: Fault,
) {
    let (app, stripe) = through_stripe(db).await;
    let gone = |how_often: usize| {
        for _ in 0..how_often {
            for kind in ["POST /v1/payment_intents", "GET /v1/payment_intents"] {
                stripe.will(kind, fault);
            }
        }
    };
    gone(100);
    let first = bought_with(&app, "pm_ok").await;
    let second = app.active_for(&app.ada(), crate::harness::BOARDS_MONTHLY, Some(3), "Card").await;
    for minute in 1..30 {
        app.at(&format!("2026-01-31T09:{minute:02}:00Z"));
        app.works().await;
    }
    for boards in [&first, &second] {
        let attempts = payments(&app, boards).await;
        assert_eq!(attempts.len(), 1, "one attempt is open, whose outcome is not known: {attempts:#?}");
        assert_eq!(attempts[0]["status"], "UNKNOWN");
        let seen = app.ada().sees(boards).await;
        assert_eq!(
            (&seen["status"], &seen["paymentStanding"]),
            (&"ACTIVE".into(), &"CURRENT".into()),
            "{seen}"
        );
    }
    // It is back.
    stripe.forgives();
    for minute in 30..60 {
        app.at(&format!("2026-01-31T09:{minute:02}:00Z"));
        app.works().await;
    }
    app.at("2026-01-31T12:00:00Z");
    app.works().await;
    for boards in [&first, &second] {
        assert_eq!(first_invoice(&app, boards).await["status"], "PAID");
        assert_eq!(payments(&app, boards).await.len(), 1);
    }
    let taken: Vec<_> = stripe.account(|account| {
        let succeeded = account.intents().iter().filter(|intent| intent["status"] == "succeeded");
        succeeded.map(|intent| intent["amount"].clone()).collect()
    });
    assert_eq!(taken.len(), 2, "each once: {taken:?}");
    // A run with nothing to do charges nothing.
    app.runs(Job::CollectPayments).await;
    assert_eq!(stripe.account(|account| account.intents().len()), 2);
}
