//! The marketplace's own history: what stands in it, whom it concerns, and that nothing stands in it twice.

use super::{history, kind, left_by, sends};
use crate::{
    access::{
        matrix::scene::{Sale, Scene, mutation},
        words::{creates_key, revokes_key, uuid_of},
    },
    harness::{Answer, App, Client, Db},
};
use entity::{event, marketplace, state::StreamKind};
use futures::future::join_all;
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

/// Does a mutation that is done.
async fn does(client: &Client<'_>, field: &str, input: Json) -> Answer {
    client.asks(&mutation(field), json!({ "input": input })).await.done()
}

/// What was recorded since there were so many events.
async fn since(app: &App, before: usize) -> Vec<event::Model> {
    history(app).await.split_off(before)
}

/// What an event says, and on which stream.
fn told(event: &event::Model) -> (String, StreamKind) {
    (kind(event), event.stream_kind)
}

async fn kinds(app: &App, before: usize) -> Vec<String> {
    since(app, before).await.iter().map(kind).collect()
}

/// The id of a new one, by the answer to what made it.
fn id_in(answer: &Answer, pointer: &str) -> String {
    answer.text(pointer).to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_publisher_sells_is_recorded_and_concerns_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let scene = Scene::set(db, false).await;
    let (sale, app) = (&scene.sale, &scene.sale.app);
    let before = history(app).await.len();
    let northwind = app.northwind();
    let terms = sale.offer().await;
    let plan = id_in(&northwind.does("CreatePlan", terms.clone()).await.done(), "/createPlan/plan/id");
    let about = json!({ "appId": terms["appId"] });
    let renamed =
        json!({ "appId": terms["appId"], "name": "Renamed", "websiteUrl": "https://boards.example/" });
    // Each of them twice: the second time it is so already.
    for _ in 0..2 {
        does(&northwind, "updateApp", renamed.clone()).await;
    }
    for _ in 0..2 {
        does(&northwind, "publishApp", about.clone()).await;
    }
    for _ in 0..2 {
        does(&northwind, "retirePlan", json!({ "planId": plan })).await;
    }
    for _ in 0..2 {
        does(&northwind, "withdrawApp", about.clone()).await;
    }
    let events = since(app, before).await;
    let kinds: Vec<_> = events.iter().map(kind).collect();
    let expected =
        ["app.created", "plan.created", "app.updated", "app.published", "plan.retired", "app.withdrawn"];
    assert_eq!(kinds, expected);
    let of_app = uuid_of(terms["appId"].as_str().expect("an id"));
    for event in &events {
        let body: Json = serde_json::from_str(&event.body).expect("JSON");
        assert_eq!(body["app"], json!(of_app), "{}", event.body);
        assert_eq!((event.stream_kind, event.stream_id), (StreamKind::Marketplace, marketplace::ID));
        assert_eq!(event.publisher_id.map(|id| id.0), event.actor_id, "it concerns whoever did it");
        assert_eq!((event.organization_id, event.partner_id), (None, None));
    }
    let bodies: Vec<Json> =
        events.iter().map(|event| serde_json::from_str(&event.body).expect("JSON")).collect();
    assert_eq!(bodies[1]["plan"], json!(uuid_of(&plan)));
    assert_eq!((&bodies[1]["unitPrice"], &bodies[1]["currency"]), (&json!(100), &json!("USD")));
    assert_eq!(bodies[2]["changed"], json!(["name", "websiteUrl"]), "what changed, and not to what");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_does_is_recorded_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let before = history(&app).await.len();
    let operator = app.operator();
    let publisher = json!({
        "slug": "proseware", "name": "Proseware", "supportUrl": "https://proseware.example/",
        "portalUrl": "https://proseware.example/",
    });
    does(&operator, "createPublisher", publisher).await;
    does(&operator, "createPartner", json!({ "slug": "wingtip", "name": "Wingtip" })).await;
    for region in ["Oceania", "Oceania", "Pacific"] {
        does(&operator, "addSupportedCountry", json!({ "country": "NZ", "region": region })).await;
    }
    for _ in 0..2 {
        does(&operator, "removeSupportedCountry", json!({ "country": "NZ" })).await;
    }
    let agreement = json!({ "version": "2026-07", "url": "https://tenure.example/agreement" });
    for _ in 0..2 {
        does(&operator, "publishCustomerAgreement", agreement.clone()).await;
    }
    let events = since(&app, before).await;
    let concerned: Vec<_> = events
        .iter()
        .map(|event| (kind(event), event.publisher_id.is_some(), event.partner_id.is_some()))
        .collect();
    let concerned: Vec<_> =
        concerned.iter().map(|(kind, publisher, partner)| (kind.as_str(), *publisher, *partner)).collect();
    assert_eq!(
        concerned,
        [
            ("publisher.created", true, false),
            ("publisher.api_key_created", true, false),
            ("partner.created", false, true),
            ("partner.api_key_created", false, true),
            ("region.country_added", false, false),
            ("region.country_moved", false, false),
            ("region.country_removed", false, false),
            ("agreement.published", false, false),
        ]
    );
    assert_eq!(events[5].body, r#"{"country":"NZ","from":"Oceania","region":"Pacific"}"#);
    let taken = json!({ "input": { "slug": "wingtip", "name": "Another" } });
    assert_eq!(operator.asks(&mutation("createPartner"), taken).await.refused(), "INVALID_INPUT");
    assert_eq!(since(&app, before).await.len(), 8, "what is refused leaves nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_recorded_where_their_holder_is(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for (client, role, holder, stream) in [
        (app.ada(), Some("READER"), "organization", StreamKind::Organization),
        (app.northwind(), None, "publisher", StreamKind::Marketplace),
        (app.tailspin(), None, "partner", StreamKind::Marketplace),
    ] {
        let before = history(&app).await.len();
        let key = creates_key(&client, json!({ "name": "ERP", "scope": "READ", "role": role })).await.done();
        let id = id_in(&key, "/createApiKey/apiKey/id");
        for _ in 0..2 {
            revokes_key(&client, &id).await.done();
        }
        let events = since(&app, before).await;
        let expected =
            [(format!("{holder}.api_key_created"), stream), (format!("{holder}.api_key_revoked"), stream)];
        assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
        let secret = key.text("/createApiKey/secret");
        for event in events {
            let body: Json = serde_json::from_str(&event.body).expect("JSON");
            assert_eq!(body["apiKey"], json!(uuid_of(&id)));
            assert!(!event.body.contains("ERP") && !event.body.contains(&secret[..8]), "{}", event.body);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn payment_methods_are_recorded_where_their_holder_is(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(false, true)] by_partner: bool,
) {
    let scene = Scene::set(db, by_partner).await;
    let sale: &Sale = &scene.sale;
    let (app, operator) = (&sale.app, sale.app.operator());
    let before = history(app).await.len();
    let wire = sale.method(json!({ "kind": "CHECK_OR_WIRE" })).await;
    for approve in [true, true, false] {
        let input = json!({ "paymentMethodId": wire, "approve": approve });
        does(&operator, "approvePaymentMethod", input).await;
    }
    does(&sale.buyer(), "removePaymentMethod", json!({ "paymentMethodId": wire })).await;
    let events = since(app, before).await;
    let stream = if by_partner { StreamKind::Marketplace } else { StreamKind::Organization };
    let expected =
        ["added", "approved", "refused", "removed"].map(|done| (format!("payment_method.{done}"), stream));
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
    for event in events {
        assert_eq!((event.organization_id.is_some(), event.partner_id.is_some()), (!by_partner, by_partner));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_opened_portal_is_recorded_once_and_not_among_the_subscriptions_events(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::set(db, false).await;
    let (app, bought) = (&scene.sale.app, scene.sale.bought().await);
    let before = history(app).await.len();
    for _ in 0..2 {
        app.lena().opens_portal(&bought).await.done();
    }
    let events = since(app, before).await;
    assert_eq!(
        events.iter().map(told).collect::<Vec<_>>(),
        [("organization.portal_opened".to_owned(), StreamKind::Organization)]
    );
    assert_eq!(events[0].body, format!(r#"{{"subscription":"{}"}}"#, bought.uuid()));
    assert_eq!(app.ada().history(&bought).await, ["PURCHASED"]);
    assert_eq!(app.northwind().history(&bought).await, ["PURCHASED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn charges_by_hand_and_resolved_ones_are_recorded_whatever_becomes_of_them(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let scene = Scene::set(db, false).await;
    let (sale, app) = (&scene.sale, &scene.sale.app);
    let invoice = sale.unpaid().await;
    let declining = sale.method(json!({ "kind": "CARD", "gatewayToken": "card_declined" })).await;
    let input = json!({ "input": { "invoiceId": invoice, "paymentMethodId": declining } });
    let (pays, ada) = (mutation("payInvoice"), app.ada());
    for (request, left) in
        [("first", ["payment.attempted", "invoice.overdue"].as_slice()), ("second", &["payment.attempted"])]
    {
        let answer = sends(app, &ada, &pays, input.clone(), request).await;
        assert_eq!(answer.refused(), "PAYMENT_DECLINED");
        let kinds: Vec<_> = left_by(app, request)
            .await
            .iter()
            .map(kind)
            .filter(|kind| !kind.starts_with("subscription."))
            .collect();
        assert_eq!(kinds, left);
    }
    let before = history(app).await.len();
    let resolved = json!({ "paymentId": scene.unknown, "succeeded": false, "reference": "looked up" });
    does(&app.operator(), "resolvePayment", resolved).await;
    assert!(kinds(app, before).await.contains(&"payment.resolved".to_owned()));
}

/// Nobody who changes what is sold waits for another longer than a moment, and none is sent away.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_write_one_history(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let before = history(&app).await.len();
    let clients: Vec<_> = (0..24).map(|n| if n % 2 == 0 { app.northwind() } else { app.litware() }).collect();
    let created = clients.iter().map(|client| {
        does(
            client,
            "createApp",
            json!({ "name": "Another", "summary": "An app", "description": "To come." }),
        )
    });
    join_all(created).await;
    let mut events = since(&app, before).await;
    events.sort_by_key(|event| event.seq);
    assert!(events.iter().all(|event| kind(event) == "app.created"));
    let first = events[0].seq;
    assert_eq!(
        events.iter().map(|event| event.seq).collect::<Vec<_>>(),
        (first..first + 24).collect::<Vec<_>>()
    );
    let head = marketplace::Entity::find_by_id(marketplace::ID).one(app.market.db().read()).await.unwrap();
    let head = head.expect("the marketplace");
    assert_eq!((head.version, &head.event_hash), (first + 23, &events[23].hash));
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}
