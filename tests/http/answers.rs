//! How a request is answered: status, media type, headers.

use super::{LARGEST_BODY, WHO, asking, gets, post, post_of_ada, said, turned_away};
use crate::harness::{App, Db, send};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use std::collections::BTreeSet;

/// Documents that cannot be executed.
const WRONG: [&str; 4] = [
    "{ viewer { kind",
    "{ viewer { nonsense } }",
    "{ viewer }",
    "query One { viewer { kind } } query Other { viewer { kind } }",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_executed_is_a_bad_request_for_clients_that_know_the_media_type() {
    let app = App::on(Db::Sqlite).await;
    for accepted in
        ["application/graphql-response+json", "application/graphql-response+json, application/json;q=0.9"]
    {
        let request = || post_of_ada(&app).header(header::ACCEPT, accepted);
        for document in WRONG {
            let answer = send(&app, request().body(asking(document)).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{document}: {:#}", answer.body);
            assert!(
                said(&answer, "content-type").starts_with("application/graphql-response+json"),
                "{document}"
            );
            assert!(answer.body.get("data").is_none(), "{document}: {:#}", answer.body);
            assert_eq!(answer.failed(), "BAD_USER_INPUT", "{document}");
        }
        let answer = send(&app, request().body(asking(WHO)).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(said(&answer, "content-type").starts_with("application/graphql-response+json"));
        assert_eq!(answer.done().text("/viewer/kind"), "MEMBER");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_ask_for_json_are_answered_as_ever() {
    let app = App::on(Db::Sqlite).await;
    for accepted in ["application/json", "*/*"] {
        let request = || post_of_ada(&app).header(header::ACCEPT, accepted);
        for document in WRONG {
            let answer = send(&app, request().body(asking(document)).expect("a request")).await;
            assert_eq!(answer.status, StatusCode::OK, "{document}: {:#}", answer.body);
            assert!(said(&answer, "content-type").starts_with("application/json"), "{document}");
            assert!(answer.body.get("data").is_none(), "{document}: {:#}", answer.body);
            assert_eq!(answer.failed(), "BAD_USER_INPUT", "{document}");
        }
        let answer = send(&app, request().body(asking(WHO)).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(said(&answer, "content-type").starts_with("application/json"));
        answer.done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_the_id_that_its_client_gave_it() {
    let app = App::on(Db::Sqlite).await;
    let longest = "x".repeat(64);
    for id in ["1", "a-request_Of.Mine-42", &longest] {
        let answer =
            send(&app, post_of_ada(&app).header("x-request-id", id).body(asking(WHO)).expect("a request"))
                .await;
        assert_eq!(said(&answer.done(), "x-request-id"), id);
        let answer =
            send(&app, post().header("x-request-id", id).body(asking(WHO)).expect("a request")).await;
        turned_away(&answer, "no token");
        assert_eq!(said(&answer, "x-request-id"), id, "one that was turned away has it too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_well_formed_id_gets_a_new_one() {
    let app = App::on(Db::Sqlite).await;
    let too_long = "x".repeat(65);
    let mut given = BTreeSet::new();
    let malformed =
        ["", "two words", "semi;colon", "\"quoted\"", "{\"json\":1}", "<script>", "a/b", &too_long];
    for id in [None].into_iter().chain(malformed.into_iter().map(Some)) {
        let request = match id {
            Some(id) => post_of_ada(&app).header("x-request-id", id),
            None => post_of_ada(&app),
        };
        let answer = send(&app, request.body(asking(WHO)).expect("a request")).await.done();
        let new = said(&answer, "x-request-id").to_owned();
        assert!(!new.is_empty() && new.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id:?}: {new:?}");
        assert_ne!(Some(new.as_str()), id);
        assert!(given.insert(new), "{id:?}: each request has an id of its own");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_kept_or_guessed_at() {
    let app = App::on(Db::Sqlite).await;
    let mut answers = Vec::new();
    for request in [
        post_of_ada(&app).body(asking(WHO)),
        post_of_ada(&app).body(asking("nonsense")),
        post_of_ada(&app).body(Body::from("nonsense")),
        post_of_ada(&app).body(Body::from(vec![b' '; LARGEST_BODY + 1])),
        post_of_ada(&app).header(header::CONTENT_LENGTH, LARGEST_BODY + 1).body(Body::from(vec![
            b' ';
            LARGEST_BODY
                + 1
        ])),
        post().body(asking(WHO)),
        Request::post("/graphql").body(asking(WHO)),
        Request::put("/graphql").body(Body::empty()),
    ] {
        answers.push(send(&app, request.expect("a request")).await);
    }
    for path in [
        "/graphql",
        "/graphiql",
        "/graphiql/assets/boot.js",
        "/graphiql/assets/nothing.js",
        "/health/live",
        "/health/ready",
        "/nothing",
    ] {
        answers.push(gets(&app, path).await);
    }
    for answer in answers {
        assert_eq!(
            said(&answer, "x-content-type-options"),
            "nosniff",
            "{} {:?}",
            answer.status,
            answer.headers
        );
        assert_eq!(said(&answer, "cache-control"), "no-store", "{} {:?}", answer.status, answer.headers);
    }
}
