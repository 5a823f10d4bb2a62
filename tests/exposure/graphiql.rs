//! Whether GraphiQL is served, and how people sign in there.

use super::{exposed, limited};
use crate::{
    harness::{App, Db},
    program::Directory,
};
use api::{Exposure, Graphiql, SignIn};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use tower::ServiceExt;

/// The status, the policy and the text of what one address answers when GraphiQL is served so.
async fn gets(app: &App, graphiql: Graphiql, path: &str) -> (StatusCode, String, String) {
    let routes = exposed(app, Exposure { graphiql, ..limited(1000, 1000) });
    let answer =
        routes.oneshot(Request::get(path).body(Body::empty()).expect("a request")).await.expect("an answer");
    let policy = answer
        .headers()
        .get(header::CONTENT_SECURITY_POLICY)
        .map(|policy| policy.to_str().expect("text").to_owned());
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 8 * 1024 * 1024).await.expect("a body");
    (status, policy.unwrap_or_default(), String::from_utf8_lossy(&body).into_owned())
}

fn sign_in() -> SignIn {
    SignIn {
        issuer: "https://login.example:8443/realm\"<".into(),
        client_id: "graphiql".into(),
        scope: "openid email".into(),
        parameters: "resource=https://api.example".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_that_is_off_is_not_there() {
    let app = App::on(Db::Sqlite).await;
    for path in ["/graphiql", "/graphiql/assets/boot.js", "/graphiql/assets/graphiql.min.js"] {
        assert_eq!(gets(&app, Graphiql::On, path).await.0, StatusCode::OK, "{path}");
        let (status, _, text) = gets(&app, Graphiql::Off, path).await;
        assert_eq!((status, text.as_str()), (StatusCode::NOT_FOUND, "there is no such file\n"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_told_how_people_sign_in_and_may_ask_the_provider_alone() {
    let app = App::on(Db::Sqlite).await;
    let (_, _, bare) = gets(&app, Graphiql::On, "/graphiql").await;
    assert!(bare.contains("<meta name=\"sign-in\" content=\"\">"), "{bare}");

    let (status, _, page) = gets(&app, Graphiql::WithSignIn(sign_in()), "/graphiql").await;
    assert_eq!(status, StatusCode::OK);
    let told = page.split("name=\"sign-in\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
    let told =
        told.expect("how people sign in").replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&");
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let expected = serde_json::json!({
        "issuer": "https://login.example:8443/realm\"<", "clientId": "graphiql", "scope": "openid email",
        "parameters": "resource=https://api.example",
    });
    assert_eq!(told, expected);
    assert_eq!(page.matches("realm").count(), 1, "it stands in the attribute alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_names_the_origin_of_the_provider_and_no_other() {
    let app = App::on(Db::Sqlite).await;
    let (_, without, _) = gets(&app, Graphiql::On, "/graphiql").await;
    let provider = SignIn { issuer: "https://login.example:8443/realm/".into(), ..sign_in() };
    let (_, with, _) = gets(&app, Graphiql::WithSignIn(provider), "/graphiql").await;
    assert_eq!(with.replace(" https://login.example:8443;", ";"), without);
    assert_eq!(with.matches("https:").count(), 1, "{with}");
    let connect = with.split(';').find(|rule| rule.trim().starts_with("connect-src"));
    assert!(connect.is_some_and(|rule| rule.ends_with(" https://login.example:8443")), "{with}");
}

#[tokio::test]
async fn a_client_of_a_provider_that_is_not_named_stops_the_start() {
    let settings = [("TENURE_GRAPHIQL_OIDC_CLIENT_ID", "graphiql")];
    Directory::new()
        .runs(&["serve"], &settings)
        .await
        .refused(&["TENURE_GRAPHIQL_OIDC_CLIENT_ID", "TENURE_OIDC_ISSUER"]);
    let nonsense = [("TENURE_GRAPHIQL", "perhaps")];
    Directory::new().runs(&["serve"], &nonsense).await.refused(&["perhaps", "graphiql"]);
}
