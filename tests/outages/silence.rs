//! A network that is silent, forgets connections, breaks off or is slow.

use super::{ANSWERED, Outage, proxy::Network, soon, unavailable};
use crate::harness::{App, BOARDS_MONTHLY, send};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use domain::{feed, job::Job, webhook};
use serde_json::json;
use std::time::Duration;
use tokio::{task::JoinSet, time::Instant, time::timeout};

async fn health(app: &App, path: &str) -> StatusCode {
    send(app, Request::get(path).body(Body::empty()).expect("a request")).await.status
}

/// What goes on by itself in a process: the feed, and webhooks.
fn goes_on(app: &App, from: feed::Place) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (feed, market) = (app.feed.clone(), app.market.clone());
    tasks.spawn(async move { feed.run(&market, from).await });
    let market = app.market.clone();
    tasks.spawn(async move {
        let post = webhook::Post::new(&market.settings().webhooks).expect("TLS");
        webhook::run(&market, &post).await;
    });
    tasks
}

async fn everybody_is_answered_and_all_goes_on(broken: Network) {
    let outage = Outage::new().await;
    let (app, direct) = (&outage.app, &outage.direct);
    let boards = app.active(BOARDS_MONTHLY).await;
    let mut updates = app.feed.listen();
    let mut tasks = goes_on(app, feed::head(&app.market).await.expect("a head"));
    let plan = app.ada().plan(BOARDS_MONTHLY).await;
    let profile = app.ada().profile("Contoso Main").await;

    outage.proxy.is(broken);
    let begun = Instant::now();
    let buy = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1 });
    let (ada, carl) = (app.ada(), app.carl());
    let (bought, seen, live, ready) = tokio::join!(
        ada.does("Purchase", buy.clone()),
        carl.sends("Products", json!({})),
        health(app, "/health/live"),
        health(app, "/health/ready"),
    );
    assert!(begun.elapsed() < ANSWERED, "{:?}", begun.elapsed());
    unavailable(&bought);
    unavailable(&seen);
    assert_eq!((live, ready), (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE));
    // A tick meets the outage too: it ends, and says so.
    let tick =
        timeout(ANSWERED, domain::job::run_tick(&app.market, Job::CollectPayments, app.market.real_now()));
    assert!(tick.await.expect("it ends").is_err());
    assert_eq!(tasks.try_join_next().map(|ended| ended.is_ok()), None, "what goes on goes on");

    outage.proxy.is(Network::Up);
    soon("it is ready", async || (health(app, "/health/ready").await == StatusCode::OK).then_some(())).await;
    let again = json!({
        "planId": plan, "billingProfileId": profile, "licenseQuantity": 2, "idempotencyKey": "after",
    });
    let again = soon("a purchase", async || {
        let answer = app.ada().does("Purchase", again.clone()).await;
        (answer.outcome() == "OK").then_some(answer)
    })
    .await;
    let again = again.subscription("purchaseSubscription").uuid();
    // Its event comes, and none of what never happened.
    loop {
        let event =
            timeout(ANSWERED, updates.recv()).await.expect("an event comes").expect("it was not passed over");
        if event.event.stream_id == again {
            break;
        }
    }
    soon("a cancel", async || (app.ada().cancels(&boards).await.outcome() == "OK").then_some(())).await;
    let owned = direct.ada().sends("Products", json!({})).await.done();
    assert_eq!(owned.at("/appSubscriptions/totalCount"), 2, "nothing was bought meanwhile");
    outage.is_whole().await;
    tasks.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_silent_everybody_is_answered_and_afterwards_all_goes_on() {
    everybody_is_answered_and_all_goes_on(Network::Silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_gone_everybody_is_answered_and_afterwards_all_goes_on() {
    everybody_is_answered_and_all_goes_on(Network::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_fell_silent_for_ever_are_replaced() {
    let outage = Outage::new().await;
    let app = &outage.app;
    // All connections of both pools are open.
    let (ada, operator) = (app.ada(), app.operator());
    let everybody = (0..8).map(|_| async {
        ada.sends("Products", json!({})).await.done();
        operator.asks("{ viewer { kind } }", json!({})).await.done();
    });
    futures::future::join_all(everybody).await;
    for _ in 0..2 {
        outage.proxy.forgets_its_connections();
        soon("a look", async || {
            (app.ada().sends("Products", json!({})).await.outcome() == "OK").then_some(())
        })
        .await;
        app.ada().buys(BOARDS_MONTHLY, 1).await;
    }
    outage.is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_is_waited_for() {
    let outage = Outage::new().await;
    outage.proxy.is(Network::Slow(Duration::from_millis(20)));
    let boards = outage.app.ada().buys(BOARDS_MONTHLY, 3).await;
    assert_eq!(outage.direct.ada().sees(&boards).await["status"], "PENDING_ACTIVATION");
    outage.is_whole().await;
}

/// Everybody who buys goes on with the same key until it is done, while connections break off all the time.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_done_once_or_not_at_all() {
    const BUYERS: usize = 6;
    const EACH: usize = 3;
    let outage = Outage::new().await;
    let app = &outage.app;
    let plan = app.ada().plan(BOARDS_MONTHLY).await;
    let profile = app.ada().profile("Contoso Main").await;
    let clients: Vec<_> = (0..BUYERS).map(|_| app.ada()).collect();
    let buying = clients.iter().enumerate().map(|(buyer, client)| {
        let (plan, profile) = (&plan, &profile);
        async move {
            let mut cut_off = 0;
            for order in 0..EACH {
                let input = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1,
                                    "idempotencyKey": format!("{buyer}-{order}") });
                let begun = Instant::now();
                loop {
                    let answer = client.does("Purchase", input.clone()).await;
                    match answer.outcome().as_str() {
                        "OK" => break,
                        "UNAVAILABLE" => unavailable(&answer),
                        other => assert_eq!(other, "CONFLICT", "{:#}", answer.body),
                    }
                    cut_off += 1;
                    assert!(begun.elapsed() < Duration::from_secs(120), "{:#}", answer.body);
                }
            }
            cut_off
        }
    });
    let breaking = async {
        // Few enough to get something done in between, on a slow machine too.
        for pause in [20_u64, 35, 50, 70, 95, 125, 160, 200, 260, 330, 420, 540] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            outage.proxy.is(Network::Down);
            outage.proxy.is(Network::Up);
        }
    };
    let (cut_off, ()) = tokio::join!(futures::future::join_all(buying), breaking);
    let owned = outage.direct.ada().sends("Products", json!({})).await.done();
    assert_eq!(owned.at("/appSubscriptions/totalCount"), BUYERS * EACH, "cut off {cut_off:?}");
    outage.is_whole().await;
}
