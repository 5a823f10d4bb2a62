//! Who is let in.

use super::{WHO, asking, introspection::INTROSPECTION, post, turned_away};
use crate::harness::{App, BEGINNING, BOARDS_MONTHLY, Db, Subscription, instant, send};
use axum::http::header;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{self, Subject};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::json;

/// What may stand in the header `Authorization` and lets nobody in.
async fn worthless(app: &App, boards: &Subscription) -> Vec<Option<String>> {
    let good = app.ada().token;
    let (signed, signature) = good.rsplit_once('.').expect("a token of three parts");
    let (head, claims) = signed.split_once('.').expect("a token of three parts");
    let other_secret = SecretString::from("another secret, and one that is long enough");
    let ada = Subject::Email("ada@contoso.example".into());
    let foreign = identity::sign(&other_secret, &ada, instant(BEGINNING)).expect("a token");
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let operator = app.operator().token;
    let claims_of_operator = operator.split('.').nth(1).expect("a token of three parts");
    let opened = app.ada().opens_portal(boards).await.done();
    let (_, portal) =
        opened.text("/openPublisherPortal/url").split_once("token=").expect("a token in the link");
    let worthless = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer garbage".into(),
        "Bearer a.b.c".into(),
        good.clone(),
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("ada:password")),
        format!("Basic {good}"),
        format!("Token {good}"),
        format!("Bearer {foreign}"),
        format!("Bearer {unsigned}.{claims}."),
        format!("Bearer {unsigned}.{claims}.{signature}"),
        format!("Bearer {head}.{claims_of_operator}.{signature}"),
        // Links to portals are signed with the same secret, and travel through the browsers of other companies.
        format!("Bearer {portal}"),
    ];
    [None].into_iter().chain(worthless.into_iter().map(Some)).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_token_nothing_is_executed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let cancel = format!(
        "mutation {{ cancelSubscription(input: {{ subscriptionId: \"{}\" }}) {{ userErrors {{ code }} }} }}",
        boards.id
    );
    for authorization in worthless(&app, &boards).await {
        for document in [cancel.as_str(), WHO, INTROSPECTION, "this is no GraphQL"] {
            let request = match &authorization {
                Some(value) => post().header(header::AUTHORIZATION, value),
                None => post(),
            };
            let answer = send(&app, request.body(asking(document)).expect("a request")).await;
            turned_away(&answer, authorization.as_deref().unwrap_or("no header"));
        }
    }
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_eight_hours() {
    let app = App::on(Db::Sqlite).await;
    let ada = app.ada();
    app.at("2026-01-31T16:59:59Z");
    ada.asks(WHO, json!({})).await.done();
    for expired in ["2026-01-31T17:00:00Z", "2026-01-31T18:00:00Z"] {
        app.at(expired);
        turned_away(&ada.asks(WHO, json!({})).await, expired);
        turned_away(&ada.asks(INTROSPECTION, json!({})).await, expired);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_nobody_lets_nobody_in(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for nobody in ["email:nobody@contoso.example", "publisher:nobody", "partner:nobody", "partner:northwind"]
    {
        for document in [WHO, INTROSPECTION] {
            turned_away(&app.client(nobody).asks(document, json!({})).await, nobody);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheme_may_be_written_in_any_case() {
    let app = App::on(Db::Sqlite).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = post().header(header::AUTHORIZATION, format!("{scheme} {}", app.ada().token));
        send(&app, request.body(asking(WHO)).expect("a request")).await.done();
    }
}
