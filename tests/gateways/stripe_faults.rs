//! What is no answer of Stripe's: it is never taken for one, moves money once at most, and tells no keys.

use super::{
    fixture::{Fixture, Which, declined, reference},
    stripe::{Fault, KEY, StandIn, WEBHOOK_SECRET, keys},
};
use domain::{
    Error, Gateway,
    gateway::{Outcome, StripeGateway},
};
use rstest::rstest;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_gets_lost_leaves_it_unknown_and_is_made_up_for() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_action").await, 1250);
    // Only the cancellation has a path below that of all PaymentIntents.
    fixture.stripe().will("POST /v1/payment_intents/", Fault::Status(429));
    assert_eq!(fixture.gateway.charge(&charge).await, Outcome::Unknown);
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(declined("authentication_required")));
    let status = fixture.stripe().account(|account| account.intents()[0]["status"].clone());
    assert_eq!(status, "canceled");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_to_a_charge_is_unknown_and_money_moves_once_at_most(
    #[values(
        Fault::Lost,
        Fault::Garbled,
        Fault::Status(401),
        Fault::Status(409),
        Fault::Status(429),
        Fault::Status(500)
    )]
    fault: Fault,
) {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_ok").await, 1250);
    fixture.stripe().will("POST /v1/payment_intents", fault);
    assert_eq!(fixture.gateway.charge(&charge).await, Outcome::Unknown);
    let arrived = matches!(fault, Fault::Lost | Fault::Garbled);
    assert_eq!(fixture.gateway.lookup(&charge).await.is_some(), arrived);
    let again = fixture.gateway.charge(&charge).await;
    if fault == Fault::Status(500) {
        // Stripe repeats its own fault under the same key; what it did not do stays undone.
        assert_eq!((again, fixture.taken().await), (Outcome::Unknown, Vec::new()));
    } else {
        reference(&again);
        assert_eq!(fixture.taken().await, [1250]);
    }
}

/// None would mean that it never arrived, and it would be asked for again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_to_a_question_is_unknown_and_never_none(
    #[values(
        Fault::Lost,
        Fault::Garbled,
        Fault::Status(401),
        Fault::Status(409),
        Fault::Status(429),
        Fault::Status(500)
    )]
    fault: Fault,
) {
    let fixture = Fixture::of(Which::Stripe).await;
    let charged = fixture.charged("pm_ok", 1250).await;
    let refund = fixture.refund(&charged, 1250);
    for kind in ["GET /v1/payment_intents", "POST /v1/refunds", "GET /v1/refunds", "GET /v1/payment_methods"]
    {
        fixture.stripe().will(kind, fault);
    }
    assert_eq!(fixture.gateway.lookup(&charged.0).await, Some(Outcome::Unknown));
    assert_eq!(fixture.gateway.refund(&refund).await, Outcome::Unknown);
    assert_eq!(fixture.gateway.lookup_refund(&refund).await, Some(Outcome::Unknown));
    assert!(matches!(fixture.gateway.card("pm_ok").await, Err(Error::Unavailable(_))));
    // The next answers come through again.
    reference(&fixture.gateway.lookup(&charged.0).await.expect("it arrived"));
    assert!(fixture.gateway.card("pm_ok").await.is_ok_and(|card| card.is_some()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_could_not_be_attached_can_be_added_later(
    #[values("POST /v1/customers", "POST /v1/payment_methods/pm_ok/attach")] kind: &str,
    #[values(Fault::Lost, Fault::Status(429))] fault: Fault,
) {
    let fixture = Fixture::of(Which::Stripe).await;
    fixture.stripe().will(kind, fault);
    assert!(matches!(fixture.gateway.card("pm_ok").await, Err(Error::Unavailable(_))));
    let card = fixture.added("pm_ok").await;
    reference(&fixture.gateway.charge(&fixture.charge(&card, 1250)).await);
    assert_eq!(fixture.stripe().account(|account| account.customers()), 1);
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_in_no_error_no_log_and_nothing_that_is_printed() {
    const WRONG: &str = "sk_test_of_somebody_else";
    let (log, stripe) = (Log::default(), StandIn::start().await);
    let to = log.clone();
    let writing = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || to.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(writing);
    let mut told = format!("{:?} {:?}", keys(KEY), stripe.gateway());
    let nowhere = StripeGateway::new("http://127.0.0.1:1", keys(KEY)).expect("a gateway");
    for gateway in [stripe.gateway_with(WRONG), nowhere] {
        let error = gateway.card("pm_ok").await.expect_err("no answer");
        told += &format!("{error} {error:?} {gateway:?}");
        gateway.forget("pm_ok").await.expect_err("no answer");
    }
    let log = String::from_utf8_lossy(&log.0.lock().expect("a log")).into_owned();
    assert!(log.contains("stripe"), "it is told that Stripe does not answer: {log}");
    for secret in [KEY, WEBHOOK_SECRET, WRONG] {
        assert!(!told.contains(secret), "{told}");
        assert!(!log.contains(secret), "{log}");
    }
}
