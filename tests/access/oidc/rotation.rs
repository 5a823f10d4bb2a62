//! The provider's keys change, it fails, it comes back: what is known is asked for seldom, and kept.

use super::{
    ADA, KEYS, Scene, WHO,
    keys::{EC, ED, OTHER},
    outcome, passes,
    provider::{AUDIENCE, Mood, Provider},
    turned_away,
};
use crate::harness::Db;
use axum::http::StatusCode;
use domain::identity::Oidc;
use futures::future::join_all;
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A token under the name of a key which was never there.
fn unheard_of(provider: &Provider, number: usize) -> String {
    let mut header = EC.header();
    header["kid"] = format!("unheard-of-{number}").into();
    EC.signs(&header, &provider.claims(json!({})))
}

#[tokio::test]
async fn the_first_who_come_ask_for_the_keys_once() {
    let provider = Provider::start(&KEYS).await;
    let oidc = provider.oidc();
    assert_eq!(provider.asked(), (0, 0), "nothing is asked before somebody comes");
    let token = provider.token(&ED, json!({}));
    for came in join_all((0..20).map(|_| outcome(&oidc, &token))).await {
        assert_eq!(came, "good");
    }
    assert_eq!(provider.asked(), (1, 1));
    passes(590).await;
    assert_eq!(outcome(&oidc, &token).await, "good");
    assert_eq!(provider.asked(), (1, 1), "what is known is not asked for again");
}

#[tokio::test]
async fn a_new_key_is_found_without_a_restart() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    let (old, new) = (provider.token(&EC, json!({})), provider.token(&OTHER, json!({})));
    assert_eq!(outcome(&oidc, &old).await, "good");
    passes(10).await;
    provider.publishes([EC.published(), OTHER.published()]);
    assert_eq!(outcome(&oidc, &new).await, "good", "it is looked for at once");
    assert_eq!(provider.asked(), (2, 2));
    assert_eq!(outcome(&oidc, &old).await, "good", "both are published");
    assert_eq!(provider.asked(), (2, 2));
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_every_ten_seconds_at_most() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "good");
    provider.publishes([EC.published(), OTHER.published()]);
    let new = provider.token(&OTHER, json!({}));
    for _ in 0..3 {
        assert_eq!(outcome(&oidc, &new).await, "invalid", "the keys were loaded a moment ago");
    }
    passes(8).await;
    assert_eq!(outcome(&oidc, &new).await, "invalid", "eight seconds ago");
    assert_eq!(provider.asked(), (1, 1));
    passes(2).await;
    assert_eq!(outcome(&oidc, &new).await, "good");
    assert_eq!(provider.asked(), (2, 2));

    for round in 3..6 {
        passes(10).await;
        let made_up: Vec<_> = (0..20).map(|number| unheard_of(&provider, number)).collect();
        for came in join_all(made_up.iter().map(|token| outcome(&oidc, token))).await {
            assert_eq!(came, "invalid");
        }
        assert_eq!(provider.asked(), (round, round), "once for twenty who came with made-up names");
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_once_the_keys_were_loaded_again() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    let (old, new) = (provider.token(&EC, json!({})), provider.token(&OTHER, json!({})));
    assert_eq!(outcome(&oidc, &old).await, "good");
    passes(10).await;
    provider.publishes([OTHER.published()]);
    assert_eq!(outcome(&oidc, &new).await, "good");
    assert_eq!(outcome(&oidc, &old).await, "invalid");
    passes(3600).await;
    assert_eq!(outcome(&oidc, &old).await, "invalid");
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_ten_minutes_though_nobody_comes_with_another() {
    let provider = Provider::start(&[EC, ED]).await;
    let oidc = provider.oidc();
    let (withdrawn, kept) = (provider.token(&EC, json!({})), provider.token(&ED, json!({})));
    assert_eq!(outcome(&oidc, &withdrawn).await, "good");
    provider.publishes([ED.published()]);
    passes(600).await;
    assert_eq!(outcome(&oidc, &withdrawn).await, "invalid");
    assert_eq!(outcome(&oidc, &kept).await, "good");
    assert_eq!(provider.asked(), (2, 2));
}

/// Whatever a provider says while it fails: it does not say that its keys are withdrawn.
#[tokio::test]
async fn the_last_good_keys_are_kept_while_the_provider_fails() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "good");
    for mood in [Mood::Failing, Mood::Garbled, Mood::Moved, Mood::Wordy] {
        provider.is(mood);
        for seconds in [0, 10, 600] {
            passes(seconds).await;
            let (asked, _) = provider.asked();
            assert_eq!(
                outcome(&oidc, &provider.token(&EC, json!({}))).await,
                "good",
                "{mood:?} for {seconds} seconds"
            );
            assert_eq!(
                outcome(&oidc, &provider.token(&OTHER, json!({}))).await,
                "invalid",
                "{mood:?} for {seconds} seconds"
            );
            let tries = provider.asked().0 - asked;
            assert_eq!(tries, usize::from(seconds > 0), "{mood:?}: seldom, too");
        }
    }
    provider.is(Mood::Well);
    provider.publishes([]);
    passes(600).await;
    assert_eq!(
        outcome(&oidc, &provider.token(&EC, json!({}))).await,
        "good",
        "to publish no key at all is a failure, too"
    );
    provider.publishes([OTHER.published()]);
    passes(10).await;
    assert_eq!(outcome(&oidc, &provider.token(&OTHER, json!({}))).await, "good", "it is well again");
}

#[tokio::test]
async fn the_last_good_keys_are_kept_when_nobody_is_there_any_more() {
    let mut provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "good");
    provider.stops().await;
    for seconds in [0, 10, 600] {
        passes(seconds).await;
        assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "good", "after {seconds} seconds");
        assert_eq!(
            outcome(&oidc, &provider.token(&OTHER, json!({}))).await,
            "invalid",
            "after {seconds} seconds"
        );
    }
}

#[tokio::test]
async fn as_long_as_no_key_was_seen_nobody_can_be_told_apart() {
    for mood in [Mood::Failing, Mood::Garbled, Mood::Moved, Mood::Wordy] {
        let provider = Provider::start(&[EC]).await;
        let oidc = provider.oidc();
        let token = provider.token(&EC, json!({}));
        provider.is(mood);
        for _ in 0..3 {
            assert_eq!(outcome(&oidc, &token).await, "unavailable", "{mood:?}");
        }
        assert_eq!(provider.asked(), (1, 0), "{mood:?}: not with every request");
        assert_eq!(outcome(&oidc, "garbage").await, "invalid", "{mood:?}: that needs no key");
        provider.is(Mood::Well);
        passes(10).await;
        assert_eq!(outcome(&oidc, &token).await, "good", "{mood:?} is over");
    }
}

#[tokio::test]
async fn a_provider_that_says_it_is_somebody_else_is_not_believed() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    for other in ["https://elsewhere.example", "", &format!("{}/", provider.issuer)] {
        provider.calls_itself(other);
        assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "unavailable", "{other:?}");
        passes(10).await;
    }
    assert_eq!(provider.asked(), (3, 0), "its keys are not even looked at");
}

/// Whoever is nobody shall not make us ask.
#[tokio::test]
async fn what_can_be_no_token_asks_for_nothing() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    let claims = provider.claims(json!({}));
    let headers =
        [json!({ "alg": "HS256", "kid": "any" }), json!({ "alg": "none" }), json!({ "kid": "any" })];
    for header in headers {
        assert_eq!(outcome(&oidc, &EC.signs(&header, &claims)).await, "invalid", "{header}");
    }
    for garbage in ["", "garbage", "a.b.c", "tenure_looks_like_a_key"] {
        assert_eq!(outcome(&oidc, garbage).await, "invalid", "{garbage}");
    }
    assert_eq!(provider.asked(), (0, 0));
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_a_provider_that_is_not_available() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let oidc = Arc::new(Oidc::new(&address, AUDIENCE).expect("a provider"));
    let provider = Provider::start(&[EC]).await;
    let token = provider.token(&EC, json!({ "iss": address }));
    assert_eq!(outcome(&oidc, &token).await, "unavailable");
}

/// It is no fault of whoever asks: they may come again with the same token.
#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_can_be_told_apart_the_service_is_not_available() {
    let scene = Scene::on(Db::Sqlite).await;
    scene.provider.is(Mood::Failing);
    let documents =
        [WHO, "{ __schema { queryType { name } } }", "mutation { nothing }", "this is no GraphQL"];
    for document in documents {
        let answer = scene.asks(&scene.token(json!({})), document).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{:#}", answer.body);
        assert_eq!(answer.failed(), "UNAVAILABLE");
        assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
        let told = answer.body.to_string();
        for inside in ["127.0.0.1", "503", "openid", "jwk"] {
            assert!(!told.contains(inside), "{inside} in {told}");
        }
    }
    turned_away(&scene.asks("garbage", WHO).await, "garbage");
    assert_eq!(scene.bound(ADA).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_before_an_outage_is_known_during_it() {
    let scene = Scene::on(Db::Sqlite).await;
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA);
    scene.provider.is(Mood::Failing);
    for key in KEYS {
        assert_eq!(scene.who(&scene.provider.token(&key, json!({}))).await, ADA, "{}", key.id);
    }
    scene.nobody(&scene.provider.token(&OTHER, json!({})), "an unknown key").await;
}
