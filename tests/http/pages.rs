//! The other pages: health, and GraphiQL.

use super::{gets, said, text};
use crate::harness::{App, Db};
use axum::http::StatusCode;
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn health_tells_whether_it_lives_and_whether_it_can_serve(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    assert_eq!(gets(&app, "/health/live").await.status, StatusCode::OK);
    assert_eq!(gets(&app, "/health/ready").await.status, StatusCode::OK);
    app.market.db().clone().close().await.expect("the database is closed");
    let ready = gets(&app, "/health/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(&ready).starts_with("not ready"), "{}", ready.body);
    assert_eq!(gets(&app, "/health/live").await.status, StatusCode::OK, "a restart would not help");
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_is_served_by_us_alone() {
    let app = App::on(Db::Sqlite).await;
    let page = gets(&app, "/graphiql").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(said(&page, "content-type").starts_with("text/html"));
    let html = text(&page);
    let assets: Vec<&str> = html.split('"').filter(|part| part.starts_with("/graphiql/assets/")).collect();
    assert!(assets.contains(&"/graphiql/assets/boot.js"), "{assets:?}");
    for asset in assets {
        let file = gets(&app, asset).await;
        assert_eq!(file.status, StatusCode::OK, "{asset}");
        let kind = if asset.ends_with(".css") { "text/css" } else { "text/javascript" };
        assert!(said(&file, "content-type").starts_with(kind), "{asset}: {:?}", file.headers);
    }
    let boot = gets(&app, "/graphiql/assets/boot.js").await;
    // What is minified names addresses in messages and licences; these two are ours and have no reason to.
    for source in [html, text(&boot)] {
        for elsewhere in ["http://", "https://", "\"//", "'//"] {
            assert!(!source.contains(elsewhere), "{elsewhere}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_may_load_nothing_from_elsewhere() {
    let app = App::on(Db::Sqlite).await;
    let page = gets(&app, "/graphiql").await;
    let policy = said(&page, "content-security-policy");
    let rules: Vec<Vec<&str>> = policy.split(';').map(|rule| rule.split_whitespace().collect()).collect();
    let of =
        |name: &str| rules.iter().find(|rule| rule.first() == Some(&name)).map(|rule| rule[1..].to_vec());
    assert_eq!(of("default-src"), Some(vec!["'self'"]), "{policy}");
    assert_eq!(of("script-src"), Some(vec!["'self'"]), "no inline script, no eval: {policy}");
    assert_eq!(of("frame-ancestors"), Some(vec!["'none'"]), "{policy}");
    for source in rules.iter().flat_map(|rule| rule.iter().skip(1)) {
        let elsewhere = source.contains("//") || source.contains('*') || source.starts_with("http");
        assert!(!elsewhere, "{source} in {policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_serves_no_other_files() {
    let app = App::on(Db::Sqlite).await;
    for path in [
        "nothing.js",
        "README.md",
        "..%2F..%2FCargo.toml",
        "..%2f..%2fsrc%2flib.rs",
        "%2Fetc%2Fpasswd",
        "boot.js%00",
    ] {
        assert_eq!(
            gets(&app, &format!("/graphiql/assets/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
