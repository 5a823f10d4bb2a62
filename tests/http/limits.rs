//! How much a document may have: each limit is named, with what is allowed and what was asked for.

use super::{WHO, asks, limited};
use crate::harness::{App, Db};
use api::Limits;
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

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
    let answer = app.ada().asks(&format!("{{ viewer {{ {wrong} }} }}"), json!({})).await;
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

/// Sets one limit.
type Setter = fn(&mut Limits, usize);

/// Every limit of a document: its name, how it is set, and a request that has three of what it counts.
fn each() -> [(&'static str, Setter, Json); 12] {
    let asking = |query: &str| json!({ "query": query });
    [
        ("tokens", |limits, most| limits.tokens = most, asking("{__typename}")),
        ("depth", |limits, most| limits.depth = most, asking("{ viewer { user { name } } }")),
        ("fields", |limits, most| limits.fields = most, asking("{ viewer { kind roles } }")),
        (
            "rootFields",
            |limits, most| limits.root_fields = most,
            asking("{ a: __typename b: __typename viewer { kind } }"),
        ),
        (
            "aliases",
            |limits, most| limits.aliases = most,
            asking("{ a: __typename ...F ...F } fragment F on Query { b: __typename }"),
        ),
        (
            "directives",
            |limits, most| limits.directives = most,
            asking("{ viewer @include(if: true) { kind @include(if: true) roles @skip(if: false) } }"),
        ),
        (
            "fragments",
            |limits, most| limits.fragments = most,
            asking(
                "{ ...A ...B ...C } fragment A on Query { __typename } fragment B on Query { __typename } fragment C on Query { __typename }",
            ),
        ),
        (
            "variables",
            |limits, most| limits.variables = most,
            json!({ "query": WHO, "variables": { "a": 1, "b": 2, "c": 3 } }),
        ),
        (
            "listEntries",
            |limits, most| limits.list_entries = most,
            json!({ "query": WHO, "variables": { "input": { "userIds": ["a", "b", "c"] } } }),
        ),
        (
            "introspectionDepth",
            |limits, most| limits.introspection_depth = most,
            asking(
                "{ __type(name: \"PageInfo\") { fields { type { fields { type { fields { name } } } } } } }",
            ),
        ),
        ("complexity", |limits, most| limits.complexity = most, asking("{ viewer { kind roles } }")),
        ("documentBytes", |limits, most| limits.document_bytes = most, asking("{a}")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_beyond_a_limit_is_told_which() {
    let app = App::on(Db::Sqlite).await;
    for (name, set, request) in each() {
        let mut limits = Limits::default();
        set(&mut limits, 3);
        let answer = asks(&limited(&app, limits.clone()), &app, &request).await;
        let code = &answer.body["errors"][0]["extensions"]["code"];
        assert_ne!(code, "LIMIT_EXCEEDED", "three are allowed of {name}: {:#}", answer.body);
        set(&mut limits, 2);
        let answer = asks(&limited(&app, limits), &app, &request).await;
        assert_eq!(answer.failed(), "LIMIT_EXCEEDED", "{name}: {:#}", answer.body);
        let told = &answer.body["errors"][0]["extensions"];
        assert_eq!(told["limit"], name, "{told:#}");
        assert_eq!((&told["allowed"], &told["requested"]), (&json!(2), &json!(3)), "{name}");
        assert!(answer.body.get("data").is_none(), "{name}: {:#}", answer.body);
        assert_eq!(answer.status, StatusCode::OK, "{name}: as ever for who accepts application/json");
    }
}

/// What would take a parser, or whatever walks its tree, long or deep.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_documents_are_refused_before_they_are_parsed() {
    let app = App::on(Db::Sqlite).await;
    let spread: String = (0..50).map(|one| format!("...F{one} ")).collect();
    for (what, document) in [
        ("brackets that are never closed", "{a(b:".to_owned() + &"[".repeat(30_000)),
        ("braces that are never closed", "{a".repeat(10_000)),
        ("a list in a list", format!("{{ a(b: {}{}) }}", "[".repeat(5_000), "]".repeat(5_000))),
        ("a type in a type", format!("query($a: {}Int{}) {{ a }}", "[".repeat(5_000), "]".repeat(5_000))),
        ("words", "a ".repeat(16_000)),
        ("directives", format!("{{ a {} }}", "@b ".repeat(9_000))),
        ("aliases of __typename", format!("{{ {} }}", "a:__typename ".repeat(500))),
        (
            "fragments that spread many",
            format!(
                "{{ {spread} }} {}",
                (0..50)
                    .map(|one| format!("fragment F{one} on Query {{ {} }} ", "__typename ".repeat(50)))
                    .collect::<String>()
            ),
        ),
    ] {
        let answer = app.ada().asks(&document, json!({})).await;
        assert_eq!(answer.failed(), "LIMIT_EXCEEDED", "{what}: {}", answer.body["errors"][0]["message"]);
        assert!(answer.body["errors"][0]["extensions"]["limit"].is_string(), "{what}: {:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_errors_are_told_than_may_be() {
    let app = App::on(Db::Sqlite).await;
    let routes = limited(&app, Limits { errors: 3, ..Limits::default() });
    let answer = asks(&routes, &app, &json!({ "query": "{ viewer { a b c d e } }" })).await;
    assert_eq!(answer.body["errors"].as_array().map(Vec::len), Some(3), "{:#}", answer.body);
}
