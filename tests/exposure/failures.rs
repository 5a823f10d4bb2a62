//! Failed authentications: who fails often is slowed down, and nobody else is.

use super::{WHO, asking, comes_again, exposed, from, key, post, send};
use crate::{
    harness::{Answer, App, Db},
    live::{Heard, Server, Socket},
};
use api::Exposure;
use axum::{Router, body::Body, http::Request};
use rstest::rstest;
use serde_json::json;
use std::num::NonZeroU32;

/// How often an address may fail in a minute.
const MOST: usize = 10;

const ATTACKER: &str = "203.0.113.9";

/// That an address may fail so often.
fn slowing() -> Exposure {
    let failures_per_minute = u32::try_from(MOST).ok().and_then(NonZeroU32::new);
    Exposure { failures_per_minute, ..Exposure::default() }
}

/// What is answered to a token that comes from this address.
async fn comes(routes: &Router, address: &str, token: &str) -> Answer {
    let request = post(Some(&format!("Bearer {token}"))).body(asking(WHO)).expect("a request");
    send(routes, from(address, request)).await
}

/// The address fails as often as it may.
async fn fails(routes: &Router, address: &str) {
    for _ in 0..MOST {
        let answer = comes(routes, address, "nonsense").await;
        assert_eq!((answer.status.as_u16(), answer.failed().as_str()), (401, "UNAUTHENTICATED"));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_fails_often_is_slowed_down_for_a_minute(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let routes = exposed(&app, slowing());
    let nobody = app.client("email:nobody@contoso.example").token;
    let ada = app.ada().token;
    fails(&routes, ATTACKER).await;
    for token in ["nonsense", "", "a.b.c", "tenure_abc.def", &nobody, &format!("{ada}x")] {
        assert_eq!(comes_again(&comes(&routes, ATTACKER, token).await), 60, "{token}");
    }
    let without = from(ATTACKER, post(None).body(asking(WHO)).expect("a request"));
    assert_eq!(comes_again(&send(&routes, without).await), 60);
    let document = Request::get("/invoices/x/document.pdf").body(Body::empty()).expect("a request");
    assert_eq!(comes_again(&send(&routes, from(ATTACKER, document)).await), 60);
    assert_eq!(comes(&routes, "203.0.113.10", "nonsense").await.status, 401, "another address");
    app.at("2026-01-31T09:00:59.500Z");
    assert_eq!(comes_again(&comes(&routes, ATTACKER, "nonsense").await), 1);
    app.at("2026-01-31T09:01:00Z");
    fails(&routes, ATTACKER).await;
    comes_again(&comes(&routes, ATTACKER, "nonsense").await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_locked_out_by_whoever_fails_at_the_same_address(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let routes = exposed(&app, slowing());
    let (_, known) = key(&app, &app.northwind(), "known").await;
    comes(&routes, "198.51.100.1", &known.token).await.done();
    fails(&routes, ATTACKER).await;
    for round in 0..2 {
        comes_again(&comes(&routes, ATTACKER, "nonsense").await);
        // Neither people nor machines, whether they were seen before or not.
        let (_, new) = key(&app, &app.litware(), &format!("new {round}")).await;
        for token in [&app.ada().token, &app.rui().token, &known.token, &new.token] {
            comes(&routes, ATTACKER, token).await.done();
        }
    }
}

/// A key that is good no more is no pass.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_slowed_down_like_any_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let routes = exposed(&app, slowing());
    let (id, portal) = key(&app, &app.northwind(), "portal").await;
    comes(&routes, ATTACKER, &portal.token).await.done();
    fails(&routes, ATTACKER).await;
    comes(&routes, ATTACKER, &portal.token).await.done();
    let revoke =
        "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { code } } }";
    app.northwind().asks(revoke, json!({ "input": { "apiKeyId": id } })).await.done();
    assert_eq!(comes_again(&comes(&routes, ATTACKER, &portal.token).await), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_succeed_costs_nothing() {
    let app = App::on(Db::Sqlite).await;
    let routes = exposed(&app, slowing());
    for _ in 0..3 * MOST {
        comes(&routes, ATTACKER, &app.ada().token).await.done();
    }
    fails(&routes, ATTACKER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_of_ours_its_client_counts() {
    let app = App::on(Db::Sqlite).await;
    let trusting = Exposure { proxies: vec!["10.0.0.0/8".parse().expect("a network")], ..slowing() };
    let (trusting, wary) = (exposed(&app, trusting), exposed(&app, slowing()));
    let through = async |routes: &Router, forwarded_for: &str| {
        let request =
            post(None).header("x-forwarded-for", forwarded_for).body(asking(WHO)).expect("a request");
        send(routes, from("10.0.0.1", request)).await
    };
    for attempt in 0..MOST {
        // What the client writes itself stands to the left.
        assert_eq!(through(&trusting, &format!("192.0.2.{attempt}, {ATTACKER}")).await.status, 401);
        assert_eq!(through(&wary, &format!("192.0.2.{attempt}")).await.status, 401);
    }
    comes_again(&through(&trusting, ATTACKER).await);
    assert_eq!(through(&trusting, "198.51.100.1").await.status, 401, "another client of the proxy");
    comes_again(&through(&wary, "198.51.100.1").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_closed_with_4429_where_requests_are_refused() {
    let app = App::on(Db::Sqlite).await;
    let routes = exposed(&app, slowing());
    let server = Server::with(&app, routes.clone()).await;
    let opens = async |token: &str| {
        let mut socket = Socket::open(&server).await;
        socket.init(token).await;
        socket.hears().await
    };
    for _ in 0..MOST {
        assert_eq!(opens("nonsense").await, Heard::Closed(4403));
    }
    assert_eq!(opens("nonsense").await, Heard::Closed(4429));
    comes_again(&comes(&routes, "127.0.0.1", "nonsense").await);
    assert_eq!(opens(&app.ada().token).await, Heard::Said(json!({ "type": "connection_ack" })));
    app.at("2026-01-31T09:01:00Z");
    assert_eq!(opens("nonsense").await, Heard::Closed(4403));
}
