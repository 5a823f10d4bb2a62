//! Limits by cost: what a document costs, whose bucket pays for it, and what happens when it is empty.

use super::{WHO, asking, asks, comes_again, exposed, key, limited, post, said, send};
use crate::{
    harness::{App, BOARDS_MONTHLY, Db, document},
    live::{Heard, Server, Socket},
};
use api::Exposure;
use axum::{
    body::Body,
    http::{Request, header},
};
use rstest::rstest;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_tells_what_it_cost_and_what_is_left() {
    let app = App::on(Db::Sqlite).await;
    let (routes, ada) = (exposed(&app, limited(100, 10)), app.ada().token);
    let answer = asks(&routes, &ada, WHO).await.done();
    let cost = json!({
        "requested": 2, "limit": 100, "remaining": 98, "refillPerSecond": 10, "resetAt": "2026-01-31T09:00:00.200Z",
    });
    assert_eq!(answer.body["extensions"], json!({ "cost": cost }));
    for (document, left) in
        [("{ viewer { nonsense } }", 96), ("{ viewer {", 95), ("{ node(id: \"x\") { id } }", 93)]
    {
        let cost = &asks(&routes, &ada, document).await.body["extensions"]["cost"];
        assert_eq!(cost["remaining"], left, "{document}: {cost}");
    }
    app.at("2026-01-31T09:00:00.300Z");
    assert_eq!(asks(&routes, &ada, WHO).await.body["extensions"]["cost"]["remaining"], 94);
    app.at("2026-01-31T10:00:00Z");
    assert_eq!(
        asks(&routes, &ada, WHO).await.body["extensions"]["cost"]["remaining"],
        98,
        "it does not overflow"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_costs_its_fields_for_each_entry_that_it_may_have() {
    let app = App::on(Db::Sqlite).await;
    let document = "query($n: Int) { apps(first: $n) { totalCount nodes { id name plans { id } } } }";
    for (entries, cost) in
        [(json!(0), 102), (json!(3), 102 + 3 * 5), (json!(null), 102 + 20 * 5), (json!(100), 102 + 100 * 5)]
    {
        let answer = app.ada().asks(document, json!({ "n": entries })).await.done();
        assert_eq!(answer.body["extensions"], json!({ "cost": { "requested": cost } }), "without a limit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_more_than_is_left_is_told_when_to_come_again() {
    let app = App::on(Db::Sqlite).await;
    let (routes, ada) = (exposed(&app, limited(10, 1)), app.ada().token);
    for _ in 0..5 {
        asks(&routes, &ada, WHO).await.done();
    }
    let answer = asks(&routes, &ada, WHO).await;
    assert_eq!(comes_again(&answer), 2);
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["remaining"]), (&json!(2), &json!(0)));
    assert_eq!(cost["resetAt"], "2026-01-31T09:00:10.000Z");
    let modern =
        post(Some(&format!("Bearer {ada}"))).header(header::ACCEPT, "application/graphql-response+json");
    assert_eq!(comes_again(&send(&routes, modern.body(asking(WHO)).expect("a request")).await), 2);
    app.at("2026-01-31T09:00:01.900Z");
    assert_eq!(comes_again(&asks(&routes, &ada, WHO).await), 1);
    app.at("2026-01-31T09:00:02Z");
    asks(&routes, &ada, WHO).await.done();
    comes_again(&asks(&routes, &ada, WHO).await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_paid_for_is_not_done(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (routes, ada) = (exposed(&app, limited(150, 100)), app.ada());
    let switch = |on: bool| {
        let input = format!("input: {{ subscriptionId: \"{}\", autoRenew: {on} }}", boards.id);
        format!("mutation {{ setAutoRenew({input}) {{ userErrors {{ code }} }} }}")
    };
    let cost = &asks(&routes, &ada.token, &switch(false)).await.done().body["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["remaining"]), (&json!(103), &json!(47)), "a mutation costs more");
    let statements = app
        .counting(async || {
            assert_eq!(comes_again(&asks(&routes, &ada.token, &switch(true)).await), 1);
        })
        .await;
    assert_eq!(statements, 2, "who it is, among operators and users, and nothing more");
    assert_eq!(ada.sees(&boards).await["autoRenew"], false);
    app.at("2026-01-31T09:00:01Z");
    asks(&routes, &ada.token, &switch(true)).await.done();
    assert_eq!(ada.sees(&boards).await["autoRenew"], true);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_bucket_of_their_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let routes = exposed(&app, limited(2, 1));
    let (_, one) = key(&app, &app.northwind(), "one").await;
    let (_, other) = key(&app, &app.northwind(), "other").await;
    let everybody = [
        app.ada(),
        app.rui(),
        app.finn(),
        app.northwind(),
        app.litware(),
        app.tailspin(),
        app.operator(),
        one,
        other,
    ];
    for somebody in &everybody {
        asks(&routes, &somebody.token, WHO).await.done();
    }
    for somebody in &everybody {
        comes_again(&asks(&routes, &somebody.token, WHO).await);
    }
    // Another token of the same person opens no other bucket.
    app.clock.set(domain::Clock::now(app.clock.as_ref()) + chrono::TimeDelta::milliseconds(1500));
    let again = app.ada().token;
    assert_ne!(again, everybody[0].token);
    assert_eq!(comes_again(&asks(&routes, &again, WHO).await), 1);
    // And another process knows nothing of what was spent here.
    asks(&exposed(&app, limited(2, 1)), &again, WHO).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_bucket_can_hold_is_refused_for_ever_and_says_so() {
    let app = App::on(Db::Sqlite).await;
    let (routes, ada) = (exposed(&app, limited(100, 1)), app.ada().token);
    let large = "{ apps(first: 100) { nodes { id } } }";
    let answer = asks(&routes, &ada, large).await;
    assert_eq!((answer.status.as_u16(), answer.failed().as_str()), (200, "LIMIT_EXCEEDED"));
    assert!(answer.body.get("data").is_none(), "{:#}", answer.body);
    assert_eq!(said(&answer, "retry-after"), "", "to wait would not help");
    let message = answer.body["errors"][0]["message"].as_str().expect("a message");
    assert!(["201", "100", "smaller pages"].iter().all(|word| message.contains(word)), "{message}");
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!(*cost, json!({ "requested": 201, "limit": 100, "refillPerSecond": 1 }));
    assert_eq!(asks(&routes, &ada, WHO).await.body["extensions"]["cost"]["remaining"], 98, "it took nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_be_looked_at_costs_nothing() {
    let app = App::on(Db::Sqlite).await;
    let (routes, ada) = (exposed(&app, limited(100, 1)), app.ada().token);
    let wide = "viewer { kind } ".repeat(1_001);
    assert_eq!(asks(&routes, &ada, &format!("{{ {wide} }}")).await.failed(), "LIMIT_EXCEEDED");
    assert_eq!(asks(&routes, &ada, WHO).await.body["extensions"]["cost"]["remaining"], 98);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sockets_pay_from_the_same_bucket(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (routes, ada) = (exposed(&app, limited(400, 1)), app.ada());
    let server = Server::with(&app, routes.clone()).await;
    let mut socket = Socket::of(&server, &ada).await;
    socket.subscribe("query", WHO, json!({})).await;
    let said = socket.said_of("query").await;
    let cost = &said["payload"]["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["remaining"]), (&json!(2), &json!(398)), "{said:#}");
    socket.completed("query").await;
    let left = asks(&routes, &ada.token, WHO).await.body["extensions"]["cost"]["remaining"].clone();
    assert_eq!(left, 396);
    // Each time that something is watched counts, until there is nothing left.
    let watch = document("Watch");
    for id in ["a", "b", "c", "d"] {
        socket.subscribe(id, &watch, json!({})).await;
    }
    let said = socket.said().await;
    assert_eq!(
        (&said["type"], said["payload"][0]["extensions"]["code"].as_str()),
        (&json!("error"), Some("RATE_LIMITED")),
        "{said:#}"
    );
    let extensions = &said["payload"][0]["extensions"];
    assert!(extensions["retryAfterSeconds"].as_u64().is_some_and(|seconds| seconds > 0), "{said:#}");
    assert!(extensions["cost"]["requested"].as_u64().is_some_and(|points| points > 100), "{said:#}");
    comes_again(
        &asks(&routes, &ada.token, &format!("mutation {{ a: {NOTHING} b: {NOTHING} c: {NOTHING} }}")).await,
    );
}

/// A mutation that is refused.
const NOTHING: &str = "cancelSubscription(input: { subscriptionId: \"x\" }) { userErrors { code } }";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_subscription_began_with_is_told_once() {
    let app = App::on(Db::Sqlite).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let server = Server::with(&app, exposed(&app, Exposure::default())).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.watch("watch", json!({})).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        app.ada().sets_auto_renew(&boards, false).await.done();
        app.ada().sets_auto_renew(&boards, true).await.done();
        if let Ok(Heard::Said(said)) =
            tokio::time::timeout(std::time::Duration::from_millis(300), socket.hears()).await
        {
            told.push(said["payload"]["extensions"]["cost"]["requested"].is_u64());
        }
    }
    assert_eq!(told, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn printable_documents_cost_too() {
    let app = App::on(Db::Sqlite).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (routes, ada) = (exposed(&app, limited(1_500, 100)), app.ada());
    let invoice = ada.invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned();
    let get = async || {
        let request = Request::get(format!("/invoices/{invoice}/document.pdf"))
            .header(header::AUTHORIZATION, format!("Bearer {}", ada.token));
        send(&routes, request.body(Body::empty()).expect("a request")).await
    };
    assert_eq!(said(&get().await, "content-type"), "application/pdf");
    assert_eq!(comes_again(&get().await), 5);
    app.at("2026-01-31T09:00:05Z");
    assert_eq!(get().await.status, 200);
}
