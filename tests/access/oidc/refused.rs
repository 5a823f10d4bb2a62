//! What lets nobody in, however much it looks like a token of the provider: nothing is executed then, and
//! nobody is bound.

use super::{
    ADA, CARL, KEYS, Scene, WHO, after,
    keys::{EC, ED, Key, OTHER, RSA, known_to_everybody, sealed, unsigned},
    outcome,
    provider::Provider,
    turned_away,
};
use crate::harness::{BEGINNING, Db, SECRET, instant};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{self, Subject};
use jsonwebtoken::Algorithm;
use secrecy::SecretString;
use serde_json::{Value as Json, json};

/// What is tried with each of them. The first would change something if it were Ada's.
const DOCUMENTS: [&str; 4] = [
    r#"mutation { inviteMember(input: { name: "Mallory", email: "mallory@contoso.example", role: OWNER }) {
         userErrors { code } } }"#,
    WHO,
    "{ __schema { queryType { name } types { name } } }",
    "this is no GraphQL",
];

/// A key, published for something else.
fn published_as(key: &Key, id: &str, name: &str, value: &str) -> Json {
    let mut jwk = key.published();
    jwk["kid"] = id.into();
    jwk[name] = value.into();
    jwk
}

/// A key's header with this in it.
fn header(key: &Key, but: Json) -> Json {
    let mut header = key.header();
    for (name, value) in but.as_object().into_iter().flatten() {
        header[name] = value.clone();
    }
    header
}

/// Insists that none of these lets anybody in, and that they have left nothing behind.
async fn all_are_refused(scene: &Scene, worthless: Vec<(String, String)>) {
    for (why, token) in &worthless {
        for document in DOCUMENTS {
            turned_away(&scene.asks(token, document).await, why);
        }
    }
    for (email, bound) in [(ADA, scene.bound(ADA).await), (CARL, scene.bound(CARL).await)] {
        assert_eq!(bound, None, "{email}");
    }
    assert_eq!(scene.row("mallory@contoso.example").await, None);
    assert_eq!(scene.who(&scene.token(json!({}))).await, ADA, "it is not that nobody comes in");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_too_little_or_something_else_is_refused() {
    let scene = Scene::on(Db::Sqlite).await;
    let issuer = scene.provider.issuer.clone();
    let wrong = [
        json!({ "iss": null }),
        json!({ "iss": "" }),
        json!({ "iss": "https://elsewhere.example" }),
        json!({ "iss": format!("{issuer}/") }),
        json!({ "iss": issuer.to_uppercase() }),
        json!({ "iss": [issuer] }),
        json!({ "aud": null }),
        json!({ "aud": "" }),
        json!({ "aud": "https://elsewhere.example" }),
        json!({ "aud": "https://api.tenure.example/" }),
        json!({ "aud": "https://api.tenure.example.elsewhere.example" }),
        json!({ "aud": ["portal", "https://elsewhere.example"] }),
        json!({ "aud": { "https://api.tenure.example": true } }),
        json!({ "aud": "tenure" }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "exp": null }),
        json!({ "exp": after(-30) }),
        json!({ "exp": after(-3600) }),
        json!({ "exp": 0 }),
        json!({ "exp": -1 }),
        json!({ "exp": after(3600).to_string() }),
        json!({ "exp": i64::MAX }),
        json!({ "exp": u64::MAX }),
        json!({ "exp": 1e300 }),
        json!({ "nbf": after(31) }),
        json!({ "nbf": after(1800) }),
        json!({ "nbf": i64::MAX }),
        json!({ "nbf": after(0).to_string() }),
        json!({ "email_verified": false }),
        json!({ "email_verified": null }),
        json!({ "email_verified": 1 }),
        json!({ "email": null }),
        json!({ "email": [ADA] }),
        json!({ "email": "nobody@contoso.example" }),
    ];
    let worthless = wrong.into_iter().map(|but| (but.to_string(), scene.token(but))).collect();
    all_are_refused(&scene, worthless).await;
}

/// Also what is well signed, but not in an algorithm that is accepted: the RSA key signs in all of its
/// family's.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_with_a_key_of_the_provider_in_its_algorithm_is_refused() {
    let scene = Scene::on(Db::Sqlite).await;
    scene.provider.publishes(KEYS.iter().map(Key::published).chain([
        published_as(&OTHER, "for secrets", "use", "enc"),
        published_as(&OTHER, "for something", "use", "anything"),
        published_as(&OTHER, "longer", "alg", "ES384"),
        published_as(&RSA, "longer-rsa", "alg", "RS512"),
        published_as(&RSA, "wrapping", "alg", "RSA-OAEP"),
        json!({ "kty": "oct", "kid": "shared", "k": URL_SAFE_NO_PAD.encode("everybody reads this") }),
    ]));
    let claims = scene.provider.claims(json!({}));
    let mut worthless = Vec::new();
    let mut try_out = |why: &str, token: String| worthless.push((why.to_owned(), token));

    for secret in known_to_everybody() {
        for key in [&RSA, &ED] {
            let header = header(key, json!({ "alg": "HS256" }));
            try_out("sealed with a public key", sealed(&secret, &header, &claims));
        }
    }
    let header_of_shared = json!({ "alg": "HS256", "kid": "shared" });
    try_out("sealed", sealed(b"everybody reads this", &header_of_shared, &claims));

    let good = EC.signs(&EC.header(), &claims);
    let signature = good.rsplit_once('.').expect("three parts").1;
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = unsigned(&header(&EC, json!({ "alg": none })), &claims);
        try_out("not signed", format!("{unsigned}."));
        try_out("not signed, with a signature", format!("{unsigned}.{signature}"));
    }

    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let header = header(&RSA, json!({ "alg": algorithm }));
        try_out("an algorithm that is not accepted", RSA.signs_in(algorithm, &header, &claims));
    }
    for (key, id) in [
        (&OTHER, "for secrets"),
        (&OTHER, "for something"),
        (&OTHER, "longer"),
        (&RSA, "longer-rsa"),
        (&RSA, "wrapping"),
        (&OTHER, EC.id),
        (&OTHER, RSA.id),
        (&OTHER, OTHER.id),
        (&EC, ""),
        (&EC, "EC"),
    ] {
        let header = header(key, json!({ "kid": id }));
        try_out(&format!("{} as {id}", key.id), key.signs(&header, &claims));
    }
    all_are_refused(&scene, worthless).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_brings_its_own_key_is_refused() {
    let scene = Scene::on(Db::Sqlite).await;
    let claims = scene.provider.claims(json!({}));
    let elsewhere = Provider::start(&[OTHER]).await;
    let address = format!("{}/keys", elsewhere.issuer);
    let mut own = OTHER.published();
    let mut worthless = Vec::new();
    for id in [OTHER.id, EC.id] {
        own["kid"] = id.into();
        for but in [json!({ "jwk": own }), json!({ "jku": address }), json!({ "x5u": address })] {
            let mut header = header(&OTHER, but);
            header["kid"] = id.into();
            worthless.push((header.to_string(), OTHER.signs(&header, &claims)));
            header.as_object_mut().expect("a header").remove("kid");
            worthless.push((header.to_string(), OTHER.signs(&header, &claims)));
        }
    }
    let of_elsewhere = elsewhere.token(&OTHER, json!({}));
    worthless.push(("another provider's".into(), of_elsewhere));
    all_are_refused(&scene, worthless).await;
    assert_eq!(elsewhere.asked(), (0, 0), "nobody asked there");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_on_the_way_or_is_no_token_is_refused() {
    let scene = Scene::on(Db::Sqlite).await;
    let (of_ada, of_carl) =
        (scene.token(json!({})), scene.token(json!({ "sub": "carl-there", "email": CARL })));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (ada, carl) = (parts(&of_ada), parts(&of_carl));
    let [head, claims, signature] = ada.as_slice() else { panic!("three parts") };
    let mut flipped = signature.clone();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, first);
    let now = instant(BEGINNING);
    let local =
        |subject: Subject| identity::sign(&SecretString::from(SECRET), &subject, now).expect("a token");
    let worthless = [
        format!("{head}.{}.{signature}", carl[1]),
        format!("{head}.{claims}.{}", carl[2]),
        format!("{head}.{claims}.{flipped}"),
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{head}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{head}.{claims}.{}", &signature[..40]),
        format!("{head}.{claims}.{signature}{signature}"),
        format!("{head}.{claims}.{signature}.{signature}"),
        format!("{head}.{claims}.{signature}=="),
        format!("{head}={claims}={signature}"),
        format!("{of_ada} {of_ada}"),
        format!("{of_ada},"),
        "garbage".into(),
        ".".into(),
        "..".into(),
        "a.b.c".into(),
        "a.b.c.d.e".into(),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode("[]")),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode("{}")),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":7}"#)),
        ED.signs(&ED.header(), &json!([])),
        ED.signs(&ED.header(), &json!("ada@contoso.example")),
        local(Subject::Email(ADA.into())),
        local(Subject::Operator),
    ];
    let worthless = worthless.into_iter().map(|token| (token.clone(), token)).collect();
    all_are_refused(&scene, worthless).await;
}

/// A token may say what whoever reads it has to understand, and must not be accepted by those who do not:
/// <https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11>.
#[tokio::test]
async fn what_has_to_be_understood_and_is_not_is_refused() {
    let provider = Provider::start(&[EC]).await;
    let oidc = provider.oidc();
    let claims = provider.claims(json!({}));
    for but in [
        json!({ "crit": ["bound-to"], "bound-to": "somebody else" }),
        json!({ "crit": ["b64"], "b64": true }),
        json!({ "crit": [] }),
    ] {
        let header = header(&EC, but);
        assert_eq!(outcome(&oidc, &EC.signs(&header, &claims)).await, "invalid", "{header}");
    }
    assert_eq!(outcome(&oidc, &provider.token(&EC, json!({}))).await, "good");
}

#[tokio::test]
async fn a_key_of_the_provider_that_is_none_is_no_fault_of_ours() {
    let provider = Provider::start(&[]).await;
    let short = URL_SAFE_NO_PAD.encode("short");
    let with = |key: &Key, but: &[&str]| {
        let mut jwk = key.published();
        for name in but {
            jwk[*name] = short.clone().into();
        }
        jwk
    };
    provider.publishes([with(&RSA, &["n"]), with(&EC, &["x", "y"]), with(&ED, &["x"])]);
    let oidc = provider.oidc();
    for key in KEYS {
        assert_eq!(outcome(&oidc, &provider.token(&key, json!({}))).await, "invalid", "{}", key.id);
    }
}
