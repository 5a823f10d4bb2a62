//! What every payment gateway keeps to: one set of tests, for the sandbox on both databases and for Stripe.

use super::fixture::{Fixture, Which, declined, reference};
use crate::harness::{BEGINNING, instant};
use chrono::TimeDelta;
use domain::gateway::{Card, Notice, Outcome, Rejected};
use futures::future::join_all;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_known_card_is_told_and_an_unknown_token_is_none(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let told = fixture.gateway.card(fixture.cards.ok).await.expect("an answer").expect("a known card");
    assert_eq!(Card { customer: None, ..told }, fixture.card);
    for unknown in ["card_of_nobody", "pm_of_nobody"] {
        assert_eq!(fixture.gateway.card(unknown).await.expect("an answer"), None, "{unknown}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_succeeds_with_a_reference_and_is_looked_up(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.ok).await, 1250);
    let outcome = fixture.gateway.charge(&charge).await;
    reference(&outcome);
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(outcome));
    assert_eq!(fixture.taken().await, [1250]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_charges_of_one_card_are_two(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let card = fixture.added(fixture.cards.ok).await;
    let (one, other) = (fixture.charge(&card, 1250), fixture.charge(&card, 4018));
    let (first, second) = (fixture.gateway.charge(&one).await, fixture.gateway.charge(&other).await);
    assert_ne!(reference(&first), reference(&second));
    assert_eq!(fixture.taken().await, [1250, 4018]);
    assert_eq!(fixture.gateway.lookup(&one).await, Some(first));
    assert_eq!(fixture.gateway.lookup(&other).await, Some(second));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_decline_gives_its_code_and_takes_nothing(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.declined).await, 1250);
    assert_eq!(fixture.gateway.charge(&charge).await, declined(fixture.declined));
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(declined(fixture.declined)));
    assert_eq!(fixture.taken().await, [] as [i64; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_again_gives_the_same_outcome_and_charges_once(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.ok).await, 1250);
    let outcome = fixture.gateway.charge(&charge).await;
    assert_eq!(fixture.gateway.charge(&charge).await, outcome);
    assert_eq!(fixture.taken().await, [1250]);
}

/// The card would not decline a second time: what was declined stays declined all the same.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_id_stays_declined_and_the_next_one_succeeds(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let card = fixture.added(fixture.cards.declined_once).await;
    let (first, next) = (fixture.charge(&card, 1250), fixture.charge(&card, 1250));
    assert_eq!(fixture.gateway.charge(&first).await, declined(fixture.declined));
    assert_eq!(fixture.gateway.charge(&first).await, declined(fixture.declined));
    assert_eq!(fixture.taken().await, [] as [i64; 0]);
    reference(&fixture.gateway.charge(&next).await);
    assert_eq!(fixture.gateway.charge(&first).await, declined(fixture.declined));
    assert_eq!(fixture.taken().await, [1250]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_who_charge_under_one_id_at_once_charge_once(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.ok).await, 1250);
    let outcomes = join_all((0..5).map(|_| fixture.gateway.charge(&charge))).await;
    assert_eq!(fixture.taken().await, [1250]);
    let truth = fixture.gateway.lookup(&charge).await.expect("it arrived");
    reference(&truth);
    // Whoever came second may have to ask.
    assert!(outcomes.iter().all(|outcome| [&truth, &Outcome::Unknown].contains(&outcome)), "{outcomes:?}");
    assert!(outcomes.contains(&truth), "{outcomes:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_unknown_and_looked_up_as_succeeded(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.lost_answer).await, 1250);
    assert_eq!(fixture.gateway.charge(&charge).await, Outcome::Unknown);
    let truth = fixture.gateway.lookup(&charge).await.expect("it arrived");
    reference(&truth);
    let again = fixture.gateway.charge(&charge).await;
    assert!([&truth, &Outcome::Unknown].contains(&&again), "{again:?}");
    assert_eq!(fixture.taken().await, [1250]);
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(truth));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrived_is_found_nowhere(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let card = fixture.added(fixture.cards.ok).await;
    let charged = fixture.charged(fixture.cards.ok, 1250).await;
    assert_eq!(fixture.gateway.lookup(&fixture.charge(&card, 1250)).await, None);
    assert_eq!(fixture.gateway.lookup_refund(&fixture.refund(&charged, 1250)).await, None);
    assert_eq!(
        (fixture.taken().await.len(), fixture.given_back().await.len()),
        (1, 0),
        "asking moves nothing"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_given_back_once_however_often_it_is_asked(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charged = fixture.charged(fixture.cards.ok, 1250).await;
    let part = fixture.refund(&charged, 250);
    let outcome = fixture.gateway.refund(&part).await;
    reference(&outcome);
    assert_eq!(fixture.gateway.refund(&part).await, outcome);
    assert_eq!(fixture.gateway.lookup_refund(&part).await, Some(outcome));
    assert_eq!(fixture.given_back().await, [250]);
    let rest = fixture.refund(&charged, 1000);
    reference(&fixture.gateway.refund(&rest).await);
    assert_eq!(fixture.given_back().await, [250, 1000]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn never_more_is_given_back_than_was_charged(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charged = fixture.charged(fixture.cards.ok, 1250).await;
    // Too much at once, too much of what is left, and anything when nothing is left.
    for (amount, possible) in [(1251, false), (1000, true), (251, false), (250, true), (1, false)] {
        match (fixture.gateway.refund(&fixture.refund(&charged, amount)).await, possible) {
            (Outcome::Succeeded { .. }, true) => {}
            (Outcome::Declined { code }, false) => assert_ne!(code, "", "{amount}"),
            (other, _) => panic!("{amount}: {other:?}"),
        }
    }
    assert_eq!(fixture.given_back().await, [250, 1000]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_is_declined_with_its_code(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charged = fixture.charged(fixture.cards.refund_fails, 1250).await;
    let refund = fixture.refund(&charged, 1250);
    assert_eq!(fixture.decided(&refund).await, declined(fixture.refund_failed));
    assert_eq!(fixture.gateway.lookup_refund(&refund).await, Some(declined(fixture.refund_failed)));
    assert_eq!(fixture.given_back().await, [] as [i64; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_notice_says_what_was_answered_before(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    for token in [fixture.cards.ok, fixture.cards.declined] {
        let charge = fixture.charge(&fixture.added(token).await, 1250);
        let outcome = fixture.gateway.charge(&charge).await;
        let body = fixture.tells_of_charge(charge.id, &outcome);
        let Ok(Notice::Charge(id, said, about)) = fixture.reads(&body) else { panic!("{token}: {body}") };
        assert_eq!((id, said), (charge.id, outcome), "{token}: {body}");
        // The sandbox does not repeat the amount.
        let amount = (charge.amount, charge.currency.clone());
        assert!(about.is_none_or(|about| about == amount), "{token}: {body}");
    }
    for token in [fixture.cards.ok, fixture.cards.refund_fails] {
        let refund = fixture.refund(&fixture.charged(token, 1250).await, 250);
        let outcome = fixture.decided(&refund).await;
        let body = fixture.tells_of_refund(refund.id, &outcome);
        assert_eq!(fixture.reads(&body), Ok(Notice::Refund(refund.id, outcome)), "{token}: {body}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_without_a_fresh_signature_of_its_own_is_not_read(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charge = fixture.charge(&fixture.added(fixture.cards.ok).await, 1250);
    let body = fixture.tells_of_charge(charge.id, &fixture.gateway.charge(&charge).await);
    let (then, tolerance) = (instant(BEGINNING), TimeDelta::minutes(5));
    let longer = tolerance + TimeDelta::seconds(1);
    let signed = fixture.signature(&body);
    let foreign = fixture.signature_with("another secret", &body);
    for (what, signature, body, now) in [
        ("unsigned", None, body.clone(), then),
        ("signed with nothing", Some(""), body.clone(), then),
        ("another secret", Some(foreign.as_str()), body.clone(), then),
        ("tampered with", Some(signed.as_str()), format!("{body} "), then),
        ("too old", Some(signed.as_str()), body.clone(), then + longer),
        ("from the future", Some(signed.as_str()), body.clone(), then - longer),
        ("nonsense that is not signed", Some(signed.as_str()), "nonsense".to_owned(), then),
    ] {
        assert_eq!(fixture.hears(signature, &body, now), Err(Rejected::Signature), "{what}");
    }
    for now in [then, then + tolerance, then - tolerance] {
        assert!(matches!(fixture.hears(Some(&signed), &body, now), Ok(Notice::Charge(..))), "{now}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn signed_nonsense_is_malformed_and_what_is_not_ours_is_left_alone(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    for body in fixture.nonsense() {
        assert_eq!(fixture.reads(&body), Err(Rejected::Malformed), "{body}");
    }
    for body in fixture.of_others() {
        assert_eq!(fixture.reads(&body), Ok(Notice::Other), "{body}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_let_go_once_twice_and_when_nobody_knows_it(
    #[values(Which::SandboxOnSqlite, Which::SandboxOnPostgres, Which::Stripe)] which: Which,
) {
    let fixture = Fixture::of(which).await;
    let charged = fixture.charged(fixture.cards.ok, 1250).await;
    for token in [fixture.cards.ok, fixture.cards.ok, "pm_of_nobody"] {
        assert!(fixture.gateway.forget(token).await.is_ok(), "{token}");
    }
    // Money that was taken from it can still be given back.
    reference(&fixture.gateway.refund(&fixture.refund(&charged, 1250)).await);
}
