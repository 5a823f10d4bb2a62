//! A provider that takes its time: it may keep those waiting whose key is not known, and nobody else.

use super::{
    keys::{EC, ED, OTHER},
    now, outcome, passes,
    provider::{Mood, Provider},
};
use futures::future::join_all;
use serde_json::json;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What needs no answer of the provider takes less.
const A_MOMENT: Duration = Duration::from_secs(1);

/// How long to look before something is tried once more.
const A_LOOK: Duration = Duration::from_millis(10);

/// Waits until the provider was asked more often than this.
async fn is_asked_again(provider: &Provider, before: usize) {
    while provider.asked().0 == before {
        sleep(A_LOOK).await;
    }
}

#[tokio::test]
async fn who_comes_meanwhile_waits_for_the_same_keys() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    provider.is(Mood::Slow);
    let token = provider.token(&EC, json!({}));
    for came in join_all((0..10).map(|_| outcome(&oidc, &token))).await {
        assert_eq!(came, "good");
    }
    assert_eq!(provider.asked(), (1, 1));
}

#[tokio::test]
async fn a_provider_that_is_silent_is_not_waited_for_for_ever() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    provider.is(Mood::Silent);
    let token = provider.token(&EC, json!({}));
    let waits = async {
        is_asked_again(&provider, 0).await;
        passes(6).await;
    };
    let (came, ()) = tokio::join!(outcome(&oidc, &token), waits);
    assert_eq!(came, "unavailable");
    let came = timeout(A_MOMENT, outcome(&oidc, &token)).await;
    assert_eq!(came, Ok("unavailable"), "until ten seconds are over nobody waits");
}

/// Anybody can name a key that nobody knows, and while the provider is silent that takes long. Those whose
/// key is known must not notice.
#[tokio::test]
async fn who_has_a_known_key_does_not_wait_for_the_provider() {
    let provider = Provider::start(&[EC, ED]).await;
    let oidc = provider.oidc();
    let (known, unknown) = (provider.token(&ED, json!({})), provider.token(&OTHER, json!({})));
    assert_eq!(outcome(&oidc, &known).await, "good");
    for seconds in [10, 600] {
        passes(seconds).await;
        provider.is(Mood::Silent);
        let (asked, _) = provider.asked();
        let meanwhile = async {
            is_asked_again(&provider, asked).await;
            timeout(A_MOMENT, outcome(&oidc, &known)).await
        };
        tokio::select! {
            biased;
            // First: on a machine that was busy for a second, both have come to their end.
            came = meanwhile => assert_eq!(came, Ok("good"), "after {seconds} seconds"),
            came = outcome(&oidc, &unknown) => panic!("{came}: the provider is silent"),
        }
        provider.is(Mood::Well);
        passes(10).await;
        assert_eq!(outcome(&oidc, &unknown).await, "invalid");
        assert_eq!(outcome(&oidc, &known).await, "good");
    }
}

/// A client that hangs up takes its request with it, but not the keys that others wait for: otherwise whoever
/// hangs up often enough keeps everybody out.
#[tokio::test]
async fn who_hangs_up_does_not_take_the_keys_along() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    provider.is(Mood::Slow);
    let token = provider.token(&EC, json!({}));
    let hung_up = timeout(Duration::from_millis(100), oidc.verify(&token, now())).await;
    assert!(hung_up.is_err(), "the provider is slow");
    assert_eq!(outcome(&oidc, &token).await, "good");
    assert_eq!(provider.asked(), (1, 1), "and it was asked once");
}
