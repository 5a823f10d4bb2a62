//! What is Stripe's alone: keys of idempotency, customers, amounts, what waits, long lists, kinds of events.

use super::{
    fixture::{Fixture, Which, declined, reference},
    stripe::{StandIn, event},
};
use domain::{
    Error, Gateway,
    gateway::{Charge, Notice, Outcome},
};
use entity::id::RefundId;
use rstest::rstest;
use serde_json::json;
use std::collections::BTreeSet;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_post_has_a_key_of_its_own_and_money_moves_under_our_ids() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charged = fixture.charged("pm_ok", 1250).await;
    let refund = fixture.refund(&charged, 1250);
    reference(&fixture.gateway.refund(&refund).await);
    let waits = fixture.charge(&fixture.added("pm_action").await, 1250);
    fixture.gateway.charge(&waits).await;
    fixture.gateway.forget("pm_ok").await.expect("an answer");
    let posts = fixture.stripe().asked("POST ");
    let under: BTreeSet<_> = posts.iter().map(|asked| asked.key.as_deref().unwrap_or_default()).collect();
    assert_eq!(under.len(), posts.len(), "{posts:#?}");
    assert!(!under.contains(""), "{posts:#?}");
    let kinds: BTreeSet<_> = posts.iter().map(|asked| asked.path.rsplit('/').next().unwrap_or("")).collect();
    let all = ["attach", "cancel", "customers", "detach", "payment_intents", "refunds"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    let keys_of = |path: &str| {
        let of_path = posts.iter().filter(|asked| asked.path == path);
        of_path.map(|asked| asked.key.clone()).collect::<Vec<_>>()
    };
    let ids = [charged.0.id.0, waits.id.0].map(|id| Some(id.to_string()));
    assert_eq!(keys_of("/v1/payment_intents"), ids);
    assert_eq!(keys_of("/v1/refunds"), [Some(refund.id.0.to_string())]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_is_answered_from_memory_and_another_amount_under_the_id_is_not_judged() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_ok").await, 1250);
    reference(&fixture.gateway.charge(&charge).await);
    reference(&fixture.gateway.charge(&charge).await);
    let replayed: Vec<_> =
        fixture.stripe().asked("POST /v1/payment_intents").iter().map(|asked| asked.replayed).collect();
    assert_eq!(replayed, [false, true]);
    let other = Charge { amount: 9999, ..charge };
    assert_eq!(fixture.gateway.charge(&other).await, Outcome::Unknown, "the first one may have succeeded");
    assert_eq!(fixture.taken().await, [1250]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_attached_to_one_customer_and_charged_through_it() {
    let fixture = Fixture::of(Which::Stripe).await;
    let card = fixture.added("pm_ok").await;
    let again = fixture.added("pm_ok").await;
    assert!(card.customer.is_some());
    assert_eq!(card.customer, again.customer);
    assert_eq!(card.customer, fixture.stripe().account(|account| account.customer_of("pm_ok")));
    assert_eq!(fixture.stripe().account(|account| account.customers()), 1);
    for _ in 0..2 {
        reference(&fixture.gateway.charge(&fixture.charge(&card, 1250)).await);
    }
    for asked in fixture.stripe().asked("POST /v1/payment_intents") {
        assert_eq!(asked.field("customer"), card.customer.as_deref());
    }
    fixture.gateway.forget("pm_ok").await.expect("an answer");
    assert_eq!(fixture.stripe().account(|account| account.customer_of("pm_ok")), None);
}

/// Why it is attached: the stand-in refuses as Stripe does.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_without_a_customer_is_charged_once_at_most() {
    let fixture = Fixture::of(Which::Stripe).await;
    let attached = fixture.charge(&fixture.added("pm_ok").await, 1250);
    let stripe = StandIn::start().await;
    let gateway = stripe.gateway();
    let first = Charge { customer: None, ..attached };
    let second = Charge { id: fixture.id(), ..first.clone() };
    reference(&gateway.charge(&first).await);
    assert_eq!(gateway.charge(&second).await, declined("invalid_request_error"));
    let found = gateway.lookup(&first).await;
    assert_eq!(found, Some(Outcome::Unknown), "it cannot be listed, and its key is good for a day only");
    reference(&gateway.charge(&first).await);
    assert_eq!(stripe.account(|account| account.intents().len()), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_sent_in_the_units_that_stripe_counts_in() {
    let fixture = Fixture::of(Which::Stripe).await;
    let card = fixture.added("pm_ok").await;
    for (minor, currency, sent) in
        [(1250, "USD", "1250"), (1250, "JPY", "1250"), (500, "ISK", "50000"), (1250, "BHD", "1250")]
    {
        let before = fixture.stripe().asked("POST ").len();
        let charge = Charge { currency: currency.into(), ..fixture.charge(&card, minor) };
        let outcome = fixture.gateway.charge(&charge).await;
        let charged = (charge, reference(&outcome).to_owned());
        reference(&fixture.gateway.refund(&fixture.refund(&charged, minor)).await);
        let posts = fixture.stripe().asked("POST ").split_off(before);
        let [paid, given] = posts.as_slice() else { panic!("two requests: {posts:#?}") };
        assert_eq!(paid.field("amount"), Some(sent), "{currency}");
        assert_eq!(paid.field("currency"), Some(currency.to_lowercase().as_str()));
        assert_eq!(given.field("amount"), Some(sent), "all of it goes back, in {currency}");
        assert_eq!(given.field("payment_intent"), Some(charged.1.as_str()));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_stripe_does_not_charge_is_impossible_and_no_fault_of_the_card() {
    let fixture = Fixture::of(Which::Stripe).await;
    let card = fixture.added("pm_ok").await;
    for (minor, currency, code) in [
        (49, "USD", "amount_too_small"),
        (100_000_000, "USD", "amount_too_large"),
        (1255, "BHD", "amount_not_chargeable"),
    ] {
        let charge = Charge { currency: currency.into(), ..fixture.charge(&card, minor) };
        let impossible = Outcome::Impossible { code: code.into() };
        assert_eq!(fixture.gateway.charge(&charge).await, impossible, "{minor} {currency}");
    }
    assert_eq!(fixture.stripe().asked("POST /v1/payment_intents").len(), 2, "a last digit is not even sent");
    assert_eq!(fixture.taken().await, [] as [i64; 0]);
}

/// Stripe never lets a card that was detached be used again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_let_go_cannot_be_added_again() {
    let fixture = Fixture::of(Which::Stripe).await;
    fixture.added("pm_ok").await;
    fixture.gateway.forget("pm_ok").await.expect("an answer");
    assert!(matches!(fixture.gateway.card("pm_ok").await, Err(Error::Invalid(..))));
    assert_eq!(fixture.stripe().account(|account| account.customer_of("pm_ok")), None);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_customer_is_cancelled_and_never_succeeds() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_action").await, 1250);
    for _ in 0..2 {
        assert_eq!(fixture.gateway.charge(&charge).await, declined("authentication_required"));
    }
    assert!(matches!(fixture.gateway.lookup(&charge).await, Some(Outcome::Declined { .. })));
    let body = fixture.stripe().tells_of_charge(charge.id);
    assert!(body.contains("payment_intent.canceled"), "{body}");
    assert!(
        matches!(fixture.reads(&body), Ok(Notice::Charge(id, Outcome::Declined { .. }, _)) if id == charge.id)
    );
    assert_eq!(fixture.taken().await, [] as [i64; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_asks_for_the_customer_declines() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_3ds").await, 1250);
    assert_eq!(fixture.gateway.charge(&charge).await, declined("authentication_required"));
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(declined("authentication_required")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_still_processes_is_unknown_until_it_decides() {
    let fixture = Fixture::of(Which::Stripe).await;
    let charge = fixture.charge(&fixture.added("pm_processing").await, 1250);
    assert_eq!(fixture.gateway.charge(&charge).await, Outcome::Unknown);
    assert_eq!(fixture.gateway.lookup(&charge).await, Some(Outcome::Unknown), "it arrived");
    fixture.stripe().account(|account| account.bank_decides());
    reference(&fixture.gateway.lookup(&charge).await.expect("it arrived"));
    assert_eq!(fixture.taken().await, [1250]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_no_name_of_stripes_is_unknown_and_never_leaves() {
    let fixture = Fixture::of(Which::Stripe).await;
    for token in [
        "pm_ok/../pm_ok",
        "../customers",
        "pm_ok?x=1",
        "pm.ok",
        "pm_ok%2Fdetach",
        "pm ok",
        "pm_ok#",
        "pm-ok",
        "é",
    ] {
        assert_eq!(fixture.gateway.card(token).await.expect("an answer"), None, "{token}");
    }
    let asked = fixture.stripe().asked("");
    assert!(asked.is_empty(), "{asked:#?}");
    fixture.added("pm_ok").await;
    assert!(!fixture.stripe().asked("").is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_found_behind_more_than_a_page_of_others() {
    let fixture = Fixture::of(Which::Stripe).await;
    let card = fixture.added("pm_ok").await;
    let ours = fixture.charge(&card, 1250);
    let outcome = fixture.gateway.charge(&ours).await;
    let customer = card.customer.clone().expect("a customer");
    fixture.stripe().account(|account| account.adds_history(&customer, 150));
    assert_eq!(fixture.gateway.lookup(&ours).await, Some(outcome));
    let pages = fixture.stripe().asked("GET /v1/payment_intents");
    let after: Vec<_> = pages.iter().map(|page| page.field("starting_after").is_some()).collect();
    assert_eq!(after, [false, true], "{pages:#?}");
    assert_eq!(fixture.gateway.lookup(&fixture.charge(&card, 1250)).await, None, "all pages are looked at");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_a_refund_says_how_it_went() {
    let fixture = Fixture::of(Which::Stripe).await;
    let id: RefundId = fixture.id();
    for kind in ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"] {
        for (status, outcome) in [
            ("succeeded", Outcome::Succeeded { reference: "re_1".into() }),
            ("pending", Outcome::Unknown),
            ("requires_action", Outcome::Unknown),
            ("canceled", declined("canceled")),
        ] {
            let refund = json!({ "id": "re_1", "status": status, "metadata": { "tenure_refund": id } });
            assert_eq!(
                fixture.reads(&event(kind, &refund)),
                Ok(Notice::Refund(id, outcome)),
                "{kind} {status}"
            );
        }
    }
}

/// The metadata of a refund may be null, says the reference: <https://docs.stripe.com/api/refunds/object>.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_metadata_is_null_is_somebody_elses() {
    let fixture = Fixture::of(Which::Stripe).await;
    let foreign = json!({ "id": "re_1", "status": "succeeded", "metadata": null });
    assert_eq!(fixture.reads(&event("charge.refund.updated", &foreign)), Ok(Notice::Other));
}
