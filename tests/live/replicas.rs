//! Several processes on one database: what happens in any of them reaches the subscribers of all.

use super::{PATIENCE, Server, Socket, scene::events, socket::A_MOMENT};
use crate::harness::{App, BOARDS_MONTHLY, Db, SECRET, VAULT};
use domain::{
    feed::{self, Feed},
    job::Job,
};
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_any_process_reaches_the_subscribers_of_all() {
    let app = App::on(Db::Postgres).await;
    let (other, worker) = (app.replica().await, app.replica().await);
    let (here, there) = (Server::of(&app).await, Server::of(&other).await);
    let ada = app.ada();
    ada.new_profile("Contoso Late", "USD", "card_declined").await;
    let bought = ada.buys_with(VAULT, None, "Contoso Late", json!({})).await.done();
    let vault = bought.subscription("purchaseSubscription");
    app.activated(&ada, &vault).await;
    let before = events(&ada, &vault).await;
    // Each continues behind what happened so far, so that it does not matter when it begins.
    let variables = json!({ "subscriptionId": vault.id, "after": before.last() });
    let mut sockets = [Socket::of(&here, &ada).await, Socket::of(&there, &other.ada()).await];
    for socket in &mut sockets {
        socket.watch("vault", variables.clone()).await;
    }
    for _ in 0..2 {
        ada.sets_auto_renew(&vault, false).await.done();
        other.ada().sets_auto_renew(&vault, true).await.done();
    }
    worker.runs(Job::CollectPayments).await;
    other.ada().cancels(&vault).await.done();

    let happened = events(&ada, &vault).await;
    for socket in &mut sockets {
        let mut seen = before.clone();
        let mut kinds = Vec::new();
        while seen.len() < happened.len() {
            let event = socket.event("vault").await;
            seen.push(event["id"].as_str().expect("an id").to_owned());
            kinds.push(event["type"].as_str().expect("a type").to_owned());
        }
        assert_eq!(seen, happened, "in the order of the stream, without a gap");
        assert_eq!(kinds[..5], [&["AUTO_RENEW_CHANGED"; 4][..], &["PAYMENT_PAST_DUE"]].concat());
        assert!(kinds.contains(&"DISABLED".to_owned()), "{kinds:?}");
        socket.is_silent().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_cut_off_from_one_process_continues_at_another() {
    let app = App::on(Db::Postgres).await;
    let other = app.replica().await;
    let (here, there) = (Server::of(&app).await, Server::of(&other).await);
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let before = events(&ada, &boards).await;
    let mut socket = Socket::of(&here, &ada).await;
    socket.watch("all", json!({ "after": before.last() })).await;
    ada.changes_quantity(&boards, 11).await.done();
    let (_, last) = socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    drop((socket, here));
    ada.sets_auto_renew(&boards, false).await.done();
    ada.cancels(&boards).await.done();
    let mut socket = Socket::of(&there, &other.ada()).await;
    socket.watch("all", json!({ "after": last })).await;
    socket.shows("all", "AUTO_RENEW_CHANGED", &boards).await;
    socket.shows("all", "DISABLED", &boards).await;
    socket.is_silent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_does_arrives_within_two_seconds() {
    let app = App::on(Db::Postgres).await;
    let other = app.replica().await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &ada, &boards).await;
    let head = feed::head(&app.market).await.expect("the end of the feed");
    other.ada().changes_quantity(&boards, 12).await.done();
    // Older transactions of other tests on the same server keep the feed back; that is not what is measured here.
    let readable = async { while feed::behind(&app.market, head).await.expect("the feed").is_empty() {} };
    timeout(PATIENCE, readable).await.expect("the event can be read");
    let shown =
        timeout(Duration::from_secs(2), socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards)).await;
    let (now, _) = shown.expect("it arrives within two seconds");
    assert_eq!(now["licenses"]["purchased"], 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_hardly_looks_by_itself_hears_what_another_commits() {
    let app = App::on(Db::Postgres).await;
    let other = app.replica().await;
    let boards = app.active(BOARDS_MONTHLY).await;
    // Whatever arrives here arrives because the bell rang.
    let feed = Feed::looking_every(Duration::from_secs(3600));
    let api = api::Api {
        market: app.market.clone(),
        feed: feed.clone(),
        issuer: domain::identity::Issuer::Local(SecretString::from(SECRET)),
        stopping: CancellationToken::new(),
        sockets: TaskTracker::new(),
        exposure: api::Exposure::default(),
    };
    let server = Server::fed(&app, feed, api::router(api)).await;
    let mut socket = Socket::of(&server, &app.ada()).await;
    socket.watch("all", json!({})).await;
    for turn in 0..100 {
        other.ada().sets_auto_renew(&boards, turn % 2 == 1).await.done();
        if let Ok(event) = timeout(A_MOMENT, socket.event("all")).await {
            assert_eq!(event["type"], "AUTO_RENEW_CHANGED");
            return;
        }
    }
    panic!("it is never heard");
}
