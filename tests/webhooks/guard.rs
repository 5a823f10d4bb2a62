//! Where nothing is sent, and how much of an answer is read.

use super::{Receiver, app, deliveries, delivers, receiver::Reply, registers, tests};
use crate::harness::{App, Db, Setup};
use domain::webhook::{self, Names, Post};
use futures::future::BoxFuture;
use rstest::rstest;
use serde_json::{Value as Json, json};
use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A name server that answers each question as it was told.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn of(answers: &[&[&str]]) -> Arc<Self> {
        let script = Self::default();
        let parsed = answers.iter().map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect());
        script.answers.lock().unwrap().extend(parsed);
        Arc::new(script)
    }
}

impl Names for Script {
    fn look_up(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("no such name")) })
    }
}

/// Sends what is due by these names, over new connections.
async fn delivers_by(app: &App, names: &Arc<Script>) {
    let post = Post::with_names(&app.market.settings().webhooks, names.clone()).expect("TLS");
    webhook::deliver(&app.market, &post).await.expect("a round");
}

/// The last attempt at a message.
async fn last_attempt(app: &App, endpoint: &super::Endpoint, delivery: &str) -> Json {
    let sent = deliveries(&app.northwind(), endpoint).await;
    let message = sent.iter().find(|message| message["id"] == delivery).expect("the message");
    message["attempts"].as_array().and_then(|attempts| attempts.last()).expect("an attempt").clone()
}

/// An endpoint of Northwind at this address.
async fn endpoint_at(app: &App, url: &str) -> super::Endpoint {
    let input = json!({ "url": url, "eventTypes": ["DISABLED"] });
    let created = app.northwind().does("CreateWebhookEndpoint", input).await.done();
    super::Endpoint {
        id: created.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned(),
        secret: created.text("/createWebhookEndpoint/secret").to_owned(),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_refused_when_it_is_resolved(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let receiver = Receiver::start().await;
    let port = receiver.url().rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let endpoint = endpoint_at(&app, &format!("https://hooks.example:{port}/")).await;
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "fd00::1",
        "fe80::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ] {
        let sent = tests(&app.northwind(), &endpoint).await;
        let names = Script::of(&[&[inside]]);
        delivers_by(&app, &names).await;
        assert_eq!(*names.asked.lock().unwrap(), ["hooks.example"]);
        let attempt = last_attempt(&app, &endpoint, &sent).await;
        assert_eq!(attempt["error"], "the address is not public", "{inside}");
        assert!(attempt["statusCode"].is_null());
    }
    assert_eq!(receiver.got().len(), 0);
}

/// Allowed at first, and inside a moment later: each connection goes to what was looked at for it, and to nothing else.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_a_moment_later_gains_nothing(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let url = receiver.url().replace("127.0.0.1", "hooks.localhost");
    let endpoint = endpoint_at(&app, &url).await;
    let names =
        Script::of(&[&["127.0.0.1"], &["10.0.0.1"], &["10.0.0.1", "127.0.0.1"], &["169.254.169.254"]]);
    for (came, error) in [
        (1, Json::Null),
        (1, json!("the address is not public")),
        // Of several only those that are allowed are used.
        (2, Json::Null),
        (2, json!("the address is not public")),
    ] {
        let sent = tests(&app.northwind(), &endpoint).await;
        delivers_by(&app, &names).await;
        assert_eq!(receiver.got().len(), came);
        assert_eq!(last_attempt(&app, &endpoint, &sent).await["error"], error);
    }
    // Nothing is resolved twice, once to look and once to connect.
    assert_eq!(names.asked.lock().unwrap().len(), 4);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_registered_in_development_is_refused_later(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    let mut settings = app.market.settings().webhooks.clone();
    settings.allow_loopback = false;
    let post = Post::new(&settings).expect("TLS");
    webhook::deliver(&app.market, &post).await.expect("a round");
    assert_eq!(receiver.got().len(), 0);
    let attempt = last_attempt(&app, &endpoint, &sent).await;
    assert_eq!(attempt["error"], "the address has to begin with https://");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    receiver.answers(Reply::Elsewhere(elsewhere.url()));
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.failed, 1);
    assert_eq!((receiver.got().len(), elsewhere.got().len()), (1, 0));
    assert_eq!(last_attempt(&app, &endpoint, &sent).await["statusCode"], 307);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_read_to_its_limit(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Endless(200)).await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.changed, 1);
    let attempt = last_attempt(&app, &endpoint, &sent).await;
    assert_eq!((&attempt["statusCode"], &attempt["error"]), (&json!(200), &Json::Null));
    assert_eq!(attempt["response"], "x".repeat(1000));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_kept_as_text(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Text(400, "no \0 \u{1f600} such hook".into())).await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.failed, 1);
    let attempt = last_attempt(&app, &endpoint, &sent).await;
    assert_eq!(attempt["response"], "no \u{fffd} \u{1f600} such hook");
    assert_eq!(attempt["statusCode"], 400);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_does_not_answer_is_waited_for_and_no_longer(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let mut setup = Setup::on(db);
    setup.settings.webhooks.allow_loopback = true;
    setup.settings.webhooks.patience = Duration::from_millis(200);
    let app = setup.start().await;
    let receiver = Receiver::answering(Reply::Held(200)).await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.failed, 1);
    assert_eq!(receiver.got().len(), 1);
    let attempt = last_attempt(&app, &endpoint, &sent).await;
    assert_eq!(attempt["error"], "no whole answer within 0.2 s");
    assert!(attempt["statusCode"].is_null());
    assert!(attempt["durationMs"].as_i64().unwrap() >= 200);
    let kept = deliveries(&app.northwind(), &endpoint).await;
    assert_eq!(kept[0]["status"], "PENDING");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_there_is_tried_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = endpoint_at(&app, &format!("http://{closed}/")).await;
    let sent = tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.failed, 1);
    assert_eq!(last_attempt(&app, &endpoint, &sent).await["error"], "cannot connect");
}
