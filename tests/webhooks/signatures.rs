//! What a receiver goes by: the signature, the id, the time.

use super::{Receiver, app, deliveries, delivers, receiver::Reply, registers, tests};
use crate::harness::{Db, instant};
use base64::{Engine, engine::general_purpose::STANDARD};
use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_signed_as_standard_webhooks_says(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    let key = STANDARD.decode(endpoint.secret.strip_prefix("whsec_").expect("a prefix")).expect("base64");
    assert!((24..=64).contains(&key.len()), "{} bytes", key.len());
    tests(&app.northwind(), &endpoint).await;
    assert_eq!(delivers(&app).await.changed, 1);
    let message = receiver.got_one();
    assert_eq!(message.path, "/hooks");
    assert!(message.is_signed_by(&endpoint.secret));
    assert!(!message.is_signed_by("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
    let sent_at = instant("2026-01-31T09:00:00Z").timestamp().to_string();
    assert_eq!(message.header("webhook-timestamp"), sent_at);
    assert_eq!(message.header("content-type"), "application/cloudevents+json; charset=utf-8");
    assert!(message.header("user-agent").starts_with("Tenure-Webhooks/"));
    assert!(!message.id().contains('.'));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_has_the_same_id_and_body_and_a_time_of_its_own(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    receiver.answers_next([Reply::Status(500), Reply::Status(503)]);
    let endpoint = registers(&app.northwind(), &receiver, &["DISABLED"]).await;
    tests(&app.northwind(), &endpoint).await;
    for at in ["2026-01-31T09:00:00Z", "2026-01-31T09:01:00Z", "2026-01-31T10:00:00Z"] {
        app.at(at);
        delivers(&app).await;
    }
    let got = receiver.got();
    let [first, second, third] = got.as_slice() else { panic!("{got:#?}") };
    for other in [second, third] {
        assert_eq!((first.id(), &first.body), (other.id(), &other.body));
        assert_ne!(first.header("webhook-timestamp"), other.header("webhook-timestamp"));
        assert!(other.is_signed_by(&endpoint.secret));
    }
    let shown = deliveries(&app.northwind(), &endpoint).await;
    assert_eq!(shown[0]["messageId"], first.id());
    assert_eq!(shown[0]["body"], first.body.as_str());
    assert_eq!(shown[0]["status"], "SUCCEEDED");
    let codes: Vec<_> =
        shown[0]["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["statusCode"]).collect();
    assert_eq!(codes, [500, 503, 200]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_replaced_signs_along_for_a_day(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    for who in ["email:ada@contoso.example", "publisher:northwind", "partner:tailspin"] {
        app.at("2026-01-31T09:00:00Z");
        let endpoint = registers(&app.client(who), &receiver, &["DISABLED"]).await;
        let rotates = async || {
            let input = json!({ "webhookEndpointId": endpoint.id });
            let rotated = app.client(who).does("RotateWebhookSecret", input).await.done();
            assert_eq!(rotated.text("/rotateWebhookSecret/webhookEndpoint/id"), endpoint.id);
            let until = rotated.text("/rotateWebhookSecret/previousSecretSignsUntil").to_owned();
            (rotated.text("/rotateWebhookSecret/secret").to_owned(), until)
        };
        let signed_by = async |secrets: &[&str], count: usize| {
            tests(&app.client(who), &endpoint).await;
            delivers(&app).await;
            let message = receiver.got().pop().expect("a message");
            assert_eq!(message.header("webhook-signature").split(' ').count(), count, "{message:?}");
            secrets.iter().map(|secret| message.is_signed_by(secret)).collect::<Vec<_>>()
        };
        let first = endpoint.secret.as_str();
        assert_eq!(signed_by(&[first], 1).await, [true]);
        let (second, until) = rotates().await;
        assert_eq!(instant(&until), instant("2026-02-01T09:00:00Z"));
        assert_ne!(first, second);
        assert_eq!(signed_by(&[first, &second], 2).await, [true, true]);
        // Another one: two sign at a time, not three.
        let (third, _) = rotates().await;
        assert_eq!(signed_by(&[first, &second, &third], 2).await, [false, true, true]);
        app.at("2026-02-01T08:59:59Z");
        assert_eq!(signed_by(&[&second, &third], 2).await, [true, true]);
        app.at("2026-02-01T09:00:00Z");
        assert_eq!(signed_by(&[&second, &third], 1).await, [false, true]);
    }
}

/// The role that members act as may write secrets, and not read them.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_cannot_read_secrets_from_the_database() {
    let app = app(Db::Postgres).await;
    let receiver = Receiver::start().await;
    registers(&app.ada(), &receiver, &["DISABLED"]).await;
    let login = app.database.connect_as_owner().await;
    login.execute_unprepared("set role tenure_tenant").await.unwrap();
    for sql in ["select secret from webhook_secret", "select * from webhook_secret"] {
        let refused = login.query_all_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await;
        assert!(refused.unwrap_err().to_string().contains("permission denied"), "{sql}");
    }
    login.execute_unprepared("reset role").await.unwrap();
    login.close().await.unwrap();
}
