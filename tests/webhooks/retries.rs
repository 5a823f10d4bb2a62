//! What becomes of messages that are not taken, and of endpoints that take none.

use super::{Endpoint, Receiver, app, deliveries, delivers, receiver::Reply, registers, shown, tests};
use crate::harness::{App, Db, instant};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{job::Job, webhook::schedule::DELAYS};
use entity::{event, state::EventType, webhook_attempt, webhook_secret};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value as Json, json};

fn at(value: &Json) -> DateTime<Utc> {
    instant(value.as_str().unwrap_or_else(|| panic!("an instant: {value}")))
}

/// The only message.
async fn message(app: &App, endpoint: &Endpoint) -> Json {
    let found = deliveries(&app.northwind(), endpoint).await;
    assert_eq!(found.len(), 1);
    found[0].clone()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_tried_ten_times_on_schedule(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Status(500)).await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    tests(&app.northwind(), &endpoint).await;
    for (count, delay) in (1..).zip(DELAYS) {
        let now = domain::Clock::now(app.clock.as_ref());
        assert_eq!(delivers(&app).await.failed, 1);
        assert_eq!(delivers(&app).await.failed, 0, "nothing is due before its time");
        let shown = message(&app, &endpoint).await;
        let next = at(&shown["nextAttemptAt"]);
        assert!(next >= now + delay && next < now + delay + delay / 5, "{count}: {next}");
        assert_eq!((&shown["status"], &shown["attemptCount"]), (&json!("PENDING"), &json!(count)));
        app.clock.set(next - TimeDelta::microseconds(1));
        assert_eq!(delivers(&app).await.failed, 0, "nothing is due before its time");
        app.clock.set(next);
    }
    assert_eq!(delivers(&app).await.failed, 1);
    let shown = message(&app, &endpoint).await;
    assert_eq!((&shown["status"], &shown["nextAttemptAt"]), (&json!("FAILED"), &Json::Null));
    let attempts = shown["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 10);
    assert!(attempts.iter().all(|attempt| attempt["statusCode"] == 500));
    let times: Vec<_> = attempts.iter().map(|attempt| at(&attempt["at"])).collect();
    assert!(times.is_sorted(), "{times:?}");
    app.clock.set(times[9] + TimeDelta::days(2));
    assert_eq!(delivers(&app).await.failed, 0);
    let ids: std::collections::BTreeSet<_> = receiver.got().iter().map(|got| got.id().to_owned()).collect();
    assert_eq!((receiver.got().len(), ids.len()), (10, 1));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_may_ask_for_time(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Later(503, "600")).await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    tests(&app.northwind(), &endpoint).await;
    delivers(&app).await;
    let next = at(&message(&app, &endpoint).await["nextAttemptAt"]);
    assert_eq!(next, instant("2026-01-31T09:10:00Z"));
}

/// How often an endpoint was disabled, as the history says.
async fn recorded(app: &App) -> u64 {
    let events = event::Entity::find().filter(event::Column::Type.eq(EventType::WebhookEndpointDisabled));
    events.count(app.market.db().read()).await.unwrap()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_is_disabled_at_once_and_that_is_seen(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let gone = Receiver::start().await;
    let other = Receiver::start().await;
    registers(&app.ada(), &other, &["WEBHOOK_ENDPOINT_DISABLED"]).await;
    for (client, recorded_then) in [(app.northwind(), 1), (app.tailspin(), 2), (app.ada(), 3)] {
        let endpoint = registers(&client, &gone, &["DISABLED"]).await;
        gone.answers_next([Reply::Status(410)]);
        tests(&client, &endpoint).await;
        delivers(&app).await;
        let seen = shown(&client, &endpoint).await;
        assert_eq!((&seen["status"], &seen["disabledReason"]), (&json!("DISABLED"), &json!("GONE")));
        assert_eq!(seen["deliveries"]["nodes"][0]["status"], "FAILED");
        assert_eq!(recorded(&app).await, recorded_then, "{}", client.who);
    }
    delivers(&app).await;
    let told = other.got_one().json();
    assert_eq!(told["type"], "webhook_endpoint.disabled");
    assert_eq!(told["data"]["disabledReason"], "GONE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_for_five_days_is_disabled_and_that_is_seen(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Status(500)).await;
    let endpoint = registers(&app.ada(), &receiver, &["DISABLED"]).await;
    for (now, failing_since, status) in [
        ("2026-01-31T09:00:00Z", json!("2026-01-31T09:00:00+00:00"), "ENABLED"),
        ("2026-02-03T09:00:00Z", json!("2026-01-31T09:00:00+00:00"), "ENABLED"),
        ("2026-02-05T08:59:59Z", json!("2026-01-31T09:00:00+00:00"), "ENABLED"),
        ("2026-02-05T09:00:00Z", json!("2026-01-31T09:00:00+00:00"), "DISABLED"),
    ] {
        app.at(now);
        tests(&app.ada(), &endpoint).await;
        delivers(&app).await;
        let seen = shown(&app.ada(), &endpoint).await;
        assert_eq!((&seen["failingSince"], &seen["status"]), (&failing_since, &json!(status)), "{now}");
    }
    let seen = shown(&app.ada(), &endpoint).await;
    assert_eq!(seen["disabledReason"], "FAILING");
    assert_eq!(recorded(&app).await, 1);
    // Nothing is tried any more.
    let before = receiver.got().len();
    app.at("2026-02-09T09:00:00Z");
    delivers(&app).await;
    assert_eq!(receiver.got().len(), before);
    // Enabled again, it has failed at nothing.
    receiver.answers(Reply::Status(200));
    let input = json!({ "webhookEndpointId": endpoint.id, "enabled": true });
    let enabled = app.ada().does("UpdateWebhookEndpoint", input).await.done();
    assert!(enabled.at("/updateWebhookEndpoint/webhookEndpoint/failingSince").is_null());
    delivers(&app).await;
    // What was younger than five days came, the rest is given up.
    assert_eq!(receiver.got().len(), before + 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_success_in_between_begins_the_five_days_anew(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    for (now, reply) in [
        ("2026-01-31T09:00:00Z", 500),
        ("2026-02-03T09:00:00Z", 200),
        ("2026-02-04T09:00:00Z", 500),
        ("2026-02-08T09:00:00Z", 500),
    ] {
        app.at(now);
        receiver.answers(Reply::Status(reply));
        tests(&app.northwind(), &endpoint).await;
        delivers(&app).await;
    }
    let seen = shown(&app.northwind(), &endpoint).await;
    assert_eq!(seen["status"], "ENABLED");
    assert_eq!(at(&seen["failingSince"]), instant("2026-02-04T09:00:00Z"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_can_be_sent_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let northwind = app.northwind();
    let endpoint = registers(&northwind, &receiver, &["DISABLED"]).await;
    let id = tests(&northwind, &endpoint).await;
    let replays = async || {
        let input = json!({ "webhookDeliveryId": id });
        let replayed = northwind.does("ReplayWebhookDelivery", input).await.done();
        assert_eq!(replayed.text("/replayWebhookDelivery/webhookDelivery/status"), "PENDING");
        delivers(&app).await;
    };
    delivers(&app).await;
    replays().await;
    let got = receiver.got();
    assert_eq!((got.len(), got[0].id(), &got[0].body), (2, got[1].id(), &got[1].body));
    // One that waits for its next attempt waits no longer, and has the whole schedule before it.
    receiver.answers_next([Reply::Status(500), Reply::Status(500)]);
    replays().await;
    replays().await;
    let shown = message(&app, &endpoint).await;
    assert_eq!((&shown["status"], &shown["attemptCount"]), (&json!("PENDING"), &json!(4)));
    assert!(at(&shown["nextAttemptAt"]) < instant("2026-01-31T09:00:06Z"));
    replays().await;
    assert_eq!(message(&app, &endpoint).await["status"], "SUCCEEDED");
    for client in [app.litware(), app.tailspin(), app.ada(), app.operator()] {
        let refused = client.does("ReplayWebhookDelivery", json!({ "webhookDeliveryId": id })).await;
        assert_eq!(refused.refused(), "NOT_FOUND", "{}", client.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_deleted(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let [kept, removed] = [
        registers(&app.ada(), &receiver, &["DISABLED"]).await,
        registers(&app.ada(), &receiver, &["DISABLED"]).await,
    ];
    for endpoint in [&kept, &removed] {
        tests(&app.ada(), endpoint).await;
    }
    delivers(&app).await;
    let input = json!({ "webhookEndpointId": removed.id });
    app.ada().does("RemoveWebhookEndpoint", input).await.done();
    let input = json!({ "webhookEndpointId": kept.id });
    app.ada().does("RotateWebhookSecret", input).await.done();
    app.at("2026-03-02T09:00:00Z");
    app.runs(Job::PruneRecords).await;
    assert_eq!(deliveries(&app.ada(), &kept).await.len(), 1);
    assert!(shown(&app.ada(), &removed).await.is_object());
    app.at("2026-03-02T09:00:01Z");
    app.runs(Job::PruneRecords).await;
    assert_eq!(deliveries(&app.ada(), &kept).await.len(), 0);
    assert!(shown(&app.ada(), &removed).await.is_null());
    let db = app.market.db().read();
    assert_eq!(webhook_attempt::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(webhook_secret::Entity::find().count(db).await.unwrap(), 1, "the one in force");
    tests(&app.ada(), &kept).await;
    assert_eq!(delivers(&app).await.changed, 1);
}
