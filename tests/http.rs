//! GraphQL over HTTP, as clients and attackers meet it: who is let in, what is read, and what is never said.
//!
//! What is decided before anything is read from the database is tried on SQLite alone.

use crate::harness::{Answer, App, BEGINNING, BOARDS_EUROS, BOARDS_MONTHLY, Db, Subscription, instant, send};
use apollo_compiler::Schema;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header, request::Builder},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::identity::{self, Subject};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A document that everybody with a token may send.
const WHO: &str = "{ viewer { kind } }";

/// The most that is read of a body.
const LARGEST_BODY: usize = 256 * 1024;

/// What graphql-js sends to learn a schema (`getIntrospectionQuery()` of version 16, with its defaults).
const INTROSPECTION: &str = "
    query IntrospectionQuery {
      __schema {
        queryType { name kind }
        mutationType { name kind }
        subscriptionType { name kind }
        types {
          ...FullType
        }
        directives {
          name
          description
          locations
          args {
            ...InputValue
          }
        }
      }
    }

    fragment FullType on __Type {
      kind
      name
      description
      fields(includeDeprecated: true) {
        name
        description
        args {
          ...InputValue
        }
        type {
          ...TypeRef
        }
        isDeprecated
        deprecationReason
      }
      inputFields {
        ...InputValue
      }
      interfaces {
        ...TypeRef
      }
      enumValues(includeDeprecated: true) {
        name
        description
        isDeprecated
        deprecationReason
      }
      possibleTypes {
        ...TypeRef
      }
    }

    fragment InputValue on __InputValue {
      name
      description
      type { ...TypeRef }
      defaultValue
    }

    fragment TypeRef on __Type {
      kind
      name
      ofType {
        name
        kind
        ofType {
          name
          kind
          ofType {
            name
            kind
            ofType {
              name
              kind
              ofType {
                name
                kind
                ofType {
                  name
                  kind
                  ofType {
                    name
                    kind
                    ofType {
                      name
                      kind
                      ofType {
                        name
                        kind
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
";

// ---- requests ------------------------------------------------------------------------------------------------------

/// A request to GraphQL, so far without a token.
fn post() -> Builder {
    Request::post("/graphql").header(header::CONTENT_TYPE, "application/json")
}

/// The same with the token of Ada.
fn post_of_ada(app: &App) -> Builder {
    post().header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token))
}

fn asking(document: &str) -> Body {
    Body::from(json!({ "query": document }).to_string())
}

async fn gets(app: &App, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).expect("a request")).await
}

fn said<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body of an answer that is no JSON.
fn text(answer: &Answer) -> &str {
    answer.body.as_str().expect("a text")
}

/// Insists that nobody was recognized and nothing executed.
#[track_caller]
fn turned_away(answer: &Answer, by: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{by}: {:#}", answer.body);
    assert!(said(answer, "www-authenticate").starts_with("Bearer"), "{by}: {:?}", answer.headers);
    assert_eq!(answer.failed(), "UNAUTHENTICATED", "{by}");
    assert!(answer.body.get("data").is_none(), "{by}: {:#}", answer.body);
}

// ---- who is let in -------------------------------------------------------------------------------------------------

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

// ---- what is read --------------------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn only_json_is_read() {
    let app = App::on(Db::Sqlite).await;
    let request =
        || Request::post("/graphql").header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token));
    // The first three are what a form on another site's page can send without asking first.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json-patch+json",
        "text/json",
        "",
    ] {
        let answer =
            send(&app, request().header(header::CONTENT_TYPE, kind).body(asking(WHO)).expect("a request"))
                .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{kind}");
        assert!(answer.body.get("data").is_none(), "{kind}: {:#}", answer.body);
    }
    let untold = send(&app, request().body(asking(WHO)).expect("a request")).await;
    assert_eq!(untold.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let answer =
            send(&app, request().header(header::CONTENT_TYPE, kind).body(asking(WHO)).expect("a request"))
                .await;
        assert_eq!(answer.status, StatusCode::OK, "{kind}");
        answer.done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_request_is_a_bad_request() {
    let app = App::on(Db::Sqlite).await;
    let nested = "[".repeat(10_000);
    let batch = json!([{ "query": WHO }, { "query": WHO }]).to_string();
    let bodies: [&[u8]; 11] = [
        b"",
        b"{",
        b"nonsense",
        b"null",
        b"\"{ viewer { kind } }\"",
        br#"{"query": 5}"#,
        br#"{"query": "{ viewer { kind } }", "variables": "none"}"#,
        b"\xff\xfe",
        // A character that PostgreSQL cannot store.
        br#"{"query": "query($text: String) { apps(filter: { text: $text }) { totalCount } }", "variables": {"text": "\u0000"}}"#,
        nested.as_bytes(),
        batch.as_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = send(&app, post_of_ada(&app).body(Body::from(body.to_vec())).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{shown}: {:#}", answer.body);
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{shown}");
        assert!(answer.body.get("data").is_none(), "{shown}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_is_sent_by_post_alone() {
    let app = App::on(Db::Sqlite).await;
    let path = "/graphql?query=%7B%20viewer%20%7B%20kind%20%7D%20%7D";
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", app.ada().token));
        let answer = send(&app, request.body(asking(WHO)).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}: {:#}", answer.body);
        let allowed = said(&answer, "allow");
        assert!(allowed.split(',').any(|allowed| allowed.trim() == "POST"), "{method}: {allowed}");
        assert!(answer.body.get("data").is_none(), "{method}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_read_up_to_its_limit() {
    let app = App::on(Db::Sqlite).await;
    let mut largest = json!({ "query": WHO }).to_string().into_bytes();
    largest.resize(LARGEST_BODY, b' ');
    let mut too_large = largest.clone();
    too_large.push(b' ');
    // A client may say how much it sends, or not.
    for told in [true, false] {
        let request = |body: &Vec<u8>| {
            let request = post_of_ada(&app);
            let request = if told { request.header(header::CONTENT_LENGTH, body.len()) } else { request };
            request.body(Body::from(body.clone())).expect("a request")
        };
        assert_eq!(send(&app, request(&largest)).await.done().text("/viewer/kind"), "MEMBER");
        let answer = send(&app, request(&too_large)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "told: {told}");
        assert!(answer.body.get("data").is_none(), "told: {told}: {:#}", answer.body);
    }
}

/// What a document names can be in its variables: the text of one is looked at word by word.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_too_long_to_be_looked_at_is_refused() {
    let app = App::on(Db::Sqlite).await;
    let long = |bytes: usize| format!("{WHO} #{}", " ".repeat(bytes - WHO.len() - 2));
    app.ada().asks(&long(32 * 1024), json!({})).await.done();
    let refused = app.ada().asks(&long(32 * 1024 + 1), json!({})).await;
    assert_eq!(refused.failed(), "LIMIT_EXCEEDED");
    // A document can be wrong in as many places as it has words: some of them are told.
    let wrong: String = (0..500).map(|field| format!("f{field} ")).collect();
    let answer = app.ada().asks(&format!("{{ {wrong} }}"), json!({})).await;
    assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_too_large_to_execute_is_refused() {
    let app = App::on(Db::Sqlite).await;
    let nested = |levels: usize| {
        let (open, close) = ("{ replaces ".repeat(levels), " }".repeat(levels));
        format!("{{ appSubscription(id: \"nothing\") {open}{{ id }}{close} }}")
    };
    let wide = |fields: usize| {
        let fields: Vec<_> = (0..fields).map(|field| format!("f{field}: viewer {{ kind }}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    // Few bytes, many fields: each fragment spreads the next one twice.
    let multiplying = {
        let levels = 30;
        let fragments: Vec<_> = (0..levels)
            .map(|level| format!("fragment F{level} on Query {{ ...F{next} ...F{next} }}", next = level + 1))
            .collect();
        format!("{{ ...F0 }} {} fragment F{levels} on Query {{ viewer {{ kind }} }}", fragments.join(" "))
    };
    app.ada().asks(&nested(5), json!({})).await.done();
    app.ada().asks(&wide(100), json!({})).await.done();
    // GraphQL engines have more than one limit of depth, each with a message of its own.
    for (what, document) in [
        ("20 levels", nested(20)),
        ("40 levels", nested(40)),
        ("100 levels", nested(100)),
        ("3,000 fields", wide(1_500)),
        ("fragments in fragments", multiplying),
    ] {
        let answer = app.ada().asks(&document, json!({})).await;
        assert_eq!(answer.failed(), "LIMIT_EXCEEDED", "{what}: {}", answer.body["errors"][0]["message"]);
        assert!(answer.body.get("data").is_none(), "{what}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standard_introspection_query_is_answered() {
    let app = App::on(Db::Sqlite).await;
    let answer = app.rui().asks(INTROSPECTION, json!({})).await.done();
    assert_eq!(answer.text("/__schema/queryType/name"), "Query");
    assert_eq!(answer.text("/__schema/subscriptionType/name"), "Subscription");
    let types = answer.at("/__schema/types").as_array().expect("types");
    assert!(types.iter().any(|of_type| of_type["name"] == "AppSubscription"));
}

// ---- how it is answered --------------------------------------------------------------------------------------------

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

// ---- what is never said --------------------------------------------------------------------------------------------

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

// ---- other pages ---------------------------------------------------------------------------------------------------

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

// ---- other tenants -------------------------------------------------------------------------------------------------

/// A well-formed id of nothing.
fn nothing(kind: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", uuid::Uuid::from_u128(42).simple()))
}

/// Everybody to whom a subscription that Contoso bought from Northwind does not exist.
const STRANGERS: [&str; 4] =
    ["email:finn@fabrikam.example", "publisher:litware", "partner:tailspin", "email:user1@contoso.example"];

/// Every mutation of a subscription, with an input that would be good for somebody.
fn changes(id: &str, plan: &str, profile: &str, users: &[String]) -> Vec<(&'static str, Json)> {
    vec![
        ("OpenPublisherPortal", json!({ "subscriptionId": id })),
        ("Activate", json!({ "subscriptionId": id, "planId": plan, "licenseQuantity": 10 })),
        ("AssignLicenses", json!({ "subscriptionId": id, "userIds": users })),
        ("UnassignLicenses", json!({ "subscriptionId": id, "userIds": users })),
        ("ChangeLicenseQuantity", json!({ "subscriptionId": id, "quantity": 20, "idempotencyKey": "a key" })),
        ("ChangeBillingProfile", json!({ "subscriptionId": id, "billingProfileId": profile })),
        ("SetAutoRenew", json!({ "subscriptionId": id, "autoRenew": false })),
        ("Cancel", json!({ "subscriptionId": id, "reason": "not mine" })),
        ("CompleteAppSetup", json!({ "subscriptionId": id })),
        ("RequestSupport", json!({ "subscriptionId": id, "subject": "Help", "message": "Whose is this?" })),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_change_anothers_subscription_is_to_change_one_that_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let before = (app.ada().sees(&boards).await, app.ada().history(&boards).await);
    let (profile, users) = (app.finn().profile("Fabrikam Main").await, app.ada().users(2).await);
    let mut tried = BTreeSet::new();
    for stranger in STRANGERS {
        let stranger = app.client(stranger);
        let of = |id: &str| changes(id, &boards.plan, &profile, &users);
        let (real, missing, malformed) = (of(&boards.id), of(&nothing("sub")), of("nonsense"));
        for (((operation, real), (_, missing)), (_, malformed)) in
            real.into_iter().zip(missing).zip(malformed)
        {
            let answer = stranger.does(operation, real).await;
            assert_eq!(answer.refused(), "NOT_FOUND", "{} {operation}", stranger.who);
            assert_eq!(answer.refused_path(), ["input", "subscriptionId"], "{} {operation}", stranger.who);
            for other in [missing, malformed] {
                let other = stranger.does(operation, other).await;
                assert_eq!(
                    (answer.status, &answer.body),
                    (other.status, &other.body),
                    "{} {operation}",
                    stranger.who
                );
            }
            tried.extend(answer.body["data"].as_object().into_iter().flat_map(|data| data.keys().cloned()));
        }
    }
    assert_eq!(
        before,
        (app.ada().sees(&boards).await, app.ada().history(&boards).await),
        "nothing was changed"
    );
    assert_eq!(tried, mutations_of_subscriptions(), "every mutation of a subscription is tried here");
}

/// The mutations that name a subscription, from the schema.
fn mutations_of_subscriptions() -> BTreeSet<String> {
    let schema = include_str!("../schema.graphql");
    let schema = Schema::parse_and_validate(schema, "schema.graphql").expect("a valid schema");
    let mutations = &schema.get_object("Mutation").expect("mutations").fields;
    let names_one = |input: &str| {
        schema.get_input_object(input).is_some_and(|input| input.fields.contains_key("subscriptionId"))
    };
    let named = mutations.iter().filter(|(_, field)| {
        field.arguments.iter().any(|argument| names_one(argument.ty.inner_named_type().as_str()))
    });
    named.map(|(name, _)| name.to_string()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_buys_a_copy_of_anothers_subscription(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let finn = app.finn();
    let mut answers = Vec::new();
    for replaced in [&boards.id, &nothing("sub")] {
        let input = json!({ "replacesSubscriptionId": replaced });
        let answer = finn.buys_with(BOARDS_EUROS, Some(3), "Fabrikam Main", input).await;
        assert_eq!(answer.refused(), "NOT_FOUND");
        assert_eq!(answer.refused_path(), ["input", "replacesSubscriptionId"]);
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_pay_anothers_invoice_is_to_pay_one_that_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let invoice = app.ada().invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned();
    for stranger in STRANGERS.into_iter().chain(["publisher:northwind"]) {
        let stranger = app.client(stranger);
        let answer = stranger.pays(&invoice).await;
        assert_eq!(answer.refused(), "NOT_FOUND", "{}", stranger.who);
        assert_eq!(answer.body, stranger.pays(&nothing("inv")).await.body, "{}", stranger.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_ask_for_what_is_anothers_is_to_ask_for_what_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let ada = app.ada();
    let invoice = ada.invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned();
    let profile = ada.profile("Contoso Main").await;
    let organization = ada.sees(&boards).await["organization"]["id"].as_str().expect("an id").to_owned();
    let user = ada.users(1).await.remove(0);
    let asked = [
        ("AppPage", &boards.id, "sub"),
        ("AssignableUsers", &boards.id, "sub"),
        ("Node", &boards.id, "sub"),
        ("Invoice", &invoice, "inv"),
        ("Node", &invoice, "inv"),
        ("BillingProfile", &profile, "bip"),
        ("Node", &profile, "bip"),
        ("Node", &organization, "org"),
        ("Node", &user, "usr"),
    ];
    for (operation, id, kind) in asked {
        let own = ada.sends(operation, json!({ "id": id })).await.done();
        let found = own.body["data"].as_object().expect("data").values().all(|value| !value.is_null());
        assert!(found, "Ada sees {operation} {kind}: {:#}", own.body);
        // A partner knows its customers, and Contoso is none of Tailspin's.
        for stranger in ["email:finn@fabrikam.example", "publisher:litware", "partner:tailspin"] {
            let stranger = app.client(stranger);
            let answer = stranger.sends(operation, json!({ "id": id })).await.done();
            let data = answer.body["data"].as_object().expect("data");
            assert!(
                data.values().all(Json::is_null),
                "{} {operation} {kind}: {:#}",
                stranger.who,
                answer.body
            );
            let missing = stranger.sends(operation, json!({ "id": nothing(kind) })).await;
            assert_eq!(answer.body, missing.body, "{} {operation} {kind}", stranger.who);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_nothing_of_others(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    for (list, operation) in [("appSubscriptions", "Products"), ("invoices", "Invoices")] {
        let own = app.ada().sends(operation, json!({ "first": 10 })).await.done();
        assert_eq!(own.at(&format!("/{list}/totalCount")), 1, "{operation}");
        for stranger in STRANGERS {
            let answer = app.client(stranger).sends(operation, json!({ "first": 10 })).await.done();
            assert_eq!(answer.at(&format!("/{list}/totalCount")), 0, "{stranger} {operation}");
        }
    }
}
