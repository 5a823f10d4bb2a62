//! What is never said: what is inside.

use super::{WHO, asking, post_of_ada, said};
use crate::harness::{Answer, App, Db, send};
use axum::http::StatusCode;
use rstest::rstest;
use serde_json::json;

/// Insists that an answer tells nothing of what is inside.
#[track_caller]
fn tells_nothing(answer: &Answer, words: &[&str]) {
    let told = answer.body.to_string().to_lowercase();
    for word in
        ["sql", "relation", "select ", "table", "pool", "acquire", "postgres", ".rs"].iter().chain(words)
    {
        assert!(!told.contains(word), "{word:?} in {:#}", answer.body);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_is_masked(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let document = "{ customerAgreement { currentVersion } }";
    ada.asks(document, json!({})).await.done();
    let lose = "alter table customer_agreement rename to lost_agreement";
    app.as_owner(lose).await;
    let request = post_of_ada(&app).header("x-request-id", "a-fault-of-ours");
    let answer = send(&app, request.body(asking(document)).expect("a request")).await;
    assert_eq!(answer.failed(), "INTERNAL");
    assert_eq!(answer.body["errors"][0]["message"], "internal error");
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "a-fault-of-ours");
    assert_eq!(said(&answer, "x-request-id"), "a-fault-of-ours");
    tells_nothing(&answer, &["customer_agreement", "no such", "does not exist"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_it_says_no_more_than_that(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.market.db().clone().close().await.expect("the database is closed");
    let request = post_of_ada(&app).header("x-request-id", "without-a-database");
    let answer = send(&app, request.body(asking(WHO)).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{:#}", answer.body);
    assert!(["UNAVAILABLE", "INTERNAL"].contains(&answer.failed().as_str()), "{:#}", answer.body);
    assert_eq!(said(&answer, "x-request-id"), "without-a-database");
    assert!(answer.body["data"].is_null(), "{:#}", answer.body);
    tells_nothing(&answer, &["closed", "connection"]);
}
