//! Many at once: who waits for whom, what is cut off, what ends.

use super::{Receiver, app, deliveries, delivers, receiver::Reply, registers, tests};
use crate::harness::{App, BOARDS_MONTHLY, Db, Setup};
use domain::webhook::{self, Post};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinHandle;

/// A round in a task of its own.
fn round(app: &App) -> JoinHandle<()> {
    let market = app.market.clone();
    tokio::spawn(async move {
        let post = Post::new(&market.settings().webhooks).expect("TLS");
        webhook::deliver(&market, &post).await.expect("a round");
    })
}

/// A worker in a task of its own.
fn worker(app: &App) -> JoinHandle<()> {
    let market = app.market.clone();
    tokio::spawn(async move {
        let post = Post::new(&market.settings().webhooks).expect("TLS");
        webhook::run(&market, &post).await;
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_delays_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let (slow, fast) = (Receiver::answering(Reply::Held(200)).await, Receiver::start().await);
    let of_slow = registers(&app.northwind(), &slow, &["DISABLED"]).await;
    let of_fast = registers(&app.litware(), &fast, &["DISABLED"]).await;
    // All that goes to the slow one is due earlier.
    for _ in 0..40 {
        tests(&app.northwind(), &of_slow).await;
    }
    app.at("2026-01-31T09:00:01Z");
    for _ in 0..12 {
        tests(&app.litware(), &of_fast).await;
    }
    let round = round(&app);
    fast.until(12).await;
    slow.until(4).await;
    assert_eq!(slow.got().len(), 4, "few at once to one endpoint");
    slow.answers(Reply::Status(200));
    slow.lets_go(4);
    round.await.unwrap();
    assert_eq!(slow.got().len(), 40);
    for (client, endpoint) in [(app.northwind(), of_slow), (app.litware(), of_fast)] {
        let sent = deliveries(&client, &endpoint).await;
        assert!(sent.iter().all(|message| message["status"] == "SUCCEEDED"), "{sent:#?}");
    }
}

/// However many there are that let us wait: those that fail share a half of what is sent at once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_that_fail_leave_room_for_others(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let mut setup = Setup::on(db);
    setup.settings.webhooks.allow_loopback = true;
    setup.settings.webhooks.at_once = 4;
    let app = setup.start().await;
    let (slow, fast) = (Receiver::answering(Reply::Status(500)).await, Receiver::start().await);
    let mut of_slow = Vec::new();
    for _ in 0..4 {
        of_slow.push(registers(&app.northwind(), &slow, &["DISABLED"]).await);
        tests(&app.northwind(), of_slow.last().expect("one")).await;
    }
    assert_eq!(delivers(&app).await.failed, 4);
    let of_fast = registers(&app.litware(), &fast, &["DISABLED"]).await;
    for endpoint in &of_slow {
        for _ in 0..3 {
            tests(&app.northwind(), endpoint).await;
        }
    }
    for _ in 0..6 {
        tests(&app.litware(), &of_fast).await;
    }
    slow.answers(Reply::Held(200));
    let round = round(&app);
    fast.until(6).await;
    slow.until(4 + 2).await;
    assert_eq!(slow.got().len(), 4 + 2, "a half of four, and one to each");
    slow.answers(Reply::Status(200));
    slow.lets_go(2);
    round.await.unwrap();
    assert_eq!(slow.got().len(), 4 + 12);
}

/// Whoever sends dies after the endpoint took the message, and before that was stored.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_is_sent_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    receiver.answers_next([Reply::Held(200)]);
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    tests(&app.northwind(), &endpoint).await;
    let round = round(&app);
    receiver.until(1).await;
    round.abort();
    assert!(round.await.unwrap_err().is_cancelled());
    let cut_off = deliveries(&app.northwind(), &endpoint).await;
    assert_eq!((&cut_off[0]["status"], &cut_off[0]["attemptCount"]), (&json!("PENDING"), &json!(0)));
    // Another might still have it in hand.
    app.at("2026-01-31T09:00:59Z");
    assert_eq!(delivers(&app).await.changed, 0);
    app.at("2026-01-31T09:01:00Z");
    assert_eq!(delivers(&app).await.changed, 1);
    let got = receiver.got();
    assert_eq!((got.len(), got[0].id(), &got[0].body), (2, got[1].id(), &got[1].body));
    assert_eq!(deliveries(&app.northwind(), &endpoint).await[0]["status"], "SUCCEEDED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_what_is_due(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let northwind = app.northwind();
    for receiver in &receivers {
        let endpoint = registers(&northwind, receiver, &["DISABLED"]).await;
        for _ in 0..8 {
            tests(&northwind, &endpoint).await;
        }
    }
    let other = app.replica().await;
    let (one, two) = tokio::join!(delivers(&app), delivers(&other));
    assert_eq!(one.changed + two.changed, 24);
    for receiver in &receivers {
        let mut ids: Vec<_> = receiver.got().iter().map(|message| message.id().to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((receiver.got().len(), ids.len()), (8, 8));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_sends_what_happens_and_finishes_what_is_under_way(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let endpoint = registers(&app.northwind(), &receiver, &["PURCHASED"]).await;
    let worker = worker(&app);
    app.ada().buys(BOARDS_MONTHLY, 3).await;
    receiver.until(1).await;
    receiver.answers(Reply::Held(200));
    app.ada().buys(BOARDS_MONTHLY, 4).await;
    receiver.until(2).await;
    app.market.stop();
    receiver.lets_go(1);
    worker.await.unwrap();
    let sent = deliveries(&app.northwind(), &endpoint).await;
    assert!(sent.iter().all(|message| message["status"] == "SUCCEEDED"), "{sent:#?}");
    assert_eq!(receiver.kinds(), ["subscription.purchased", "subscription.purchased"]);
}
