//! What is accepted of an identity provider, and what is read from it.

use super::{
    ADA, KEYS, Scene, after,
    keys::{EC, ED, Key, OTHER, RSA},
    now, outcome,
    provider::{AUDIENCE, Provider},
};
use crate::harness::Db;
use domain::identity::Person;
use serde_json::{Value as Json, json};

/// A published key without this.
fn without(key: &Key, names: &[&str]) -> Json {
    let mut jwk = key.published();
    jwk.as_object_mut().expect("a JWK").retain(|name, _| !names.contains(&name.as_str()));
    jwk
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_three_algorithms_lets_somebody_in() {
    let scene = Scene::on(Db::Sqlite).await;
    for key in KEYS {
        let token = scene.provider.token(&key, json!({}));
        assert_eq!(scene.who(&token).await, ADA, "{}", key.id);
    }
    assert_eq!(scene.provider.asked(), (1, 1), "the keys are loaded once");
}

#[tokio::test]
async fn a_token_says_who_somebody_is_and_until_when() {
    let provider = Provider::start(&KEYS).await;
    let oidc = provider.oidc();
    for key in KEYS {
        let token = provider.token(&key, json!({}));
        let (person, until) = oidc.verify(&token, now()).await.expect("a good token");
        let ada = Person {
            issuer: provider.issuer.clone(),
            subject: "ada-there".into(),
            verified_email: Some("ada@contoso.example".into()),
        };
        assert_eq!(person, ada, "{}", key.id);
        assert_eq!(until.timestamp(), after(3630), "with half a minute more");
    }
}

#[tokio::test]
async fn an_address_counts_only_if_the_provider_has_verified_it() {
    let provider = Provider::start(&[ED]).await;
    let oidc = provider.oidc();
    for (but, counts) in [
        (json!({ "email_verified": true }), true),
        (json!({ "email_verified": "true" }), true),
        (json!({ "email_verified": false }), false),
        (json!({ "email_verified": "false" }), false),
        (json!({ "email_verified": "yes" }), false),
        (json!({ "email_verified": "" }), false),
        (json!({ "email_verified": null }), false),
        (json!({ "email": null }), false),
        (json!({ "email": "" }), false),
    ] {
        let token = provider.token(&ED, but.clone());
        let (person, _) = oidc.verify(&token, now()).await.unwrap_or_else(|error| panic!("{but}: {error}"));
        assert_eq!(person.verified_email.is_some(), counts, "{but}");
        assert_eq!(person.subject, "ada-there", "{but}");
    }
}

#[tokio::test]
async fn clocks_may_be_half_a_minute_apart() {
    let provider = Provider::start(&[ED]).await;
    let oidc = provider.oidc();
    for (but, expected) in [
        (json!({ "exp": after(1) }), "good"),
        (json!({ "exp": after(0) }), "good"),
        (json!({ "exp": after(-29) }), "good"),
        (json!({ "exp": after(-30) }), "invalid"),
        (json!({ "exp": after(-31) }), "invalid"),
        (json!({ "nbf": after(-60) }), "good"),
        (json!({ "nbf": after(0) }), "good"),
        (json!({ "nbf": after(29) }), "good"),
        (json!({ "nbf": after(30) }), "good"),
        (json!({ "nbf": after(31) }), "invalid"),
    ] {
        assert_eq!(outcome(&oidc, &provider.token(&ED, but.clone())).await, expected, "{but}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_while_somebody_uses_it() {
    let scene = Scene::on(Db::Sqlite).await;
    let token = scene.token(json!({ "exp": after(600) }));
    for good in ["2026-01-31T09:00:00Z", "2026-01-31T09:10:00Z", "2026-01-31T09:10:29Z"] {
        scene.app.at(good);
        assert_eq!(scene.who(&token).await, ADA, "{good}");
    }
    for late in ["2026-01-31T09:10:30Z", "2026-01-31T09:11:00Z", "2026-02-28T09:00:00Z"] {
        scene.app.at(late);
        scene.nobody(&token, late).await;
    }
}

#[tokio::test]
async fn a_token_may_be_for_others_too() {
    let provider = Provider::start(&[ED]).await;
    let oidc = provider.oidc();
    for (audience, expected) in [
        (json!([AUDIENCE]), "good"),
        (json!(["portal", AUDIENCE]), "good"),
        (json!(["portal"]), "invalid"),
        (json!([]), "invalid"),
    ] {
        let token = provider.token(&ED, json!({ "aud": audience }));
        assert_eq!(outcome(&oidc, &token).await, expected, "{audience}");
    }
}

/// Access tokens have a type of their own: <https://www.rfc-editor.org/rfc/rfc9068>.
#[tokio::test]
async fn it_may_be_an_access_token_or_say_nothing_of_its_type() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    for header in [
        json!({ "alg": "ES256", "kid": EC.id, "typ": "at+jwt" }),
        json!({ "alg": "ES256", "kid": EC.id }),
        json!({ "alg": "ES256", "kid": EC.id, "x5t": "not looked at", "from": "a later version" }),
    ] {
        let token = EC.signs(&header, &provider.claims(json!({})));
        assert_eq!(outcome(&oidc, &token).await, "good", "{header}");
    }
}

#[tokio::test]
async fn a_key_need_not_say_what_it_is_for() {
    let provider = Provider::start(&[]).await;
    provider.publishes(KEYS.iter().map(|key| without(key, &["alg", "use"])));
    let oidc = provider.oidc();
    for key in KEYS {
        assert_eq!(outcome(&oidc, &provider.token(&key, json!({}))).await, "good", "{}", key.id);
    }
    // Whoever says that it is of another kind is not believed.
    let claims = provider.claims(json!({}));
    for (named, signed) in [(&RSA, &EC), (&EC, &ED), (&ED, &EC)] {
        let mut header = signed.header();
        header["kid"] = named.id.into();
        let token = signed.signs(&header, &claims);
        assert_eq!(outcome(&oidc, &token).await, "invalid", "{} for {}", signed.id, named.id);
    }
}

#[tokio::test]
async fn keys_that_nobody_here_understands_do_no_harm() {
    let provider = Provider::start(&[]).await;
    provider.publishes([
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "tomorrow", "pub": "AAAA" }),
        json!({ "kty": "EC", "crv": "secp256k1", "kid": "coins", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": "RSA", "alg": "RSA-OAEP-512", "use": "enc", "kid": "secrets", "n": "AQ", "e": "AQ" }),
        json!({ "kty": "OKP", "crv": "X25519", "use": "enc", "kid": "agreement", "x": "AAAA" }),
        ED.published(),
    ]);
    let oidc = provider.oidc();
    assert_eq!(outcome(&oidc, &provider.token(&ED, json!({}))).await, "good");
}

#[tokio::test]
async fn without_a_key_id_the_only_key_that_fits_is_meant() {
    let provider = Provider::start(&KEYS).await;
    let nameless = |key: &Key| {
        let mut header = key.header();
        header.as_object_mut().expect("a header").remove("kid");
        key.signs(&header, &provider.claims(json!({})))
    };
    let oidc = provider.oidc();
    for key in KEYS {
        assert_eq!(outcome(&oidc, &nameless(&key)).await, "good", "{}", key.id);
    }
    provider.publishes([EC.published(), OTHER.published()]);
    let oidc = provider.oidc();
    for key in [EC, OTHER] {
        assert_eq!(outcome(&oidc, &nameless(&key)).await, "invalid", "{} is one of two", key.id);
        assert_eq!(outcome(&oidc, &provider.token(&key, json!({}))).await, "good", "{}", key.id);
    }
}
