//! Registering endpoints: who may, what is refused, what is shown.

use super::{Receiver, app, deliveries, delivers, receiver::Reply, registers, shown, tests};
use crate::{
    access::words::machine,
    harness::{Answer, App, BOARDS_MONTHLY, Client, Db},
};
use rstest::rstest;
use serde_json::{Value as Json, json};

const URL: &str = "https://hooks.example/tenure";

async fn creates(client: &Client<'_>, url: &str, types: Json) -> Answer {
    client.does("CreateWebhookEndpoint", json!({ "url": url, "eventTypes": types })).await
}

async fn updates(client: &Client<'_>, id: &str, change: Json) -> Answer {
    let mut input = change;
    input["webhookEndpointId"] = json!(id);
    client.does("UpdateWebhookEndpoint", input).await
}

async fn listed(client: &Client<'_>) -> Vec<String> {
    let page = client.sends("WebhookEndpoints", json!({ "first": 100 })).await.done();
    let nodes = page.at("/webhookEndpoints/nodes").as_array().expect("nodes").clone();
    assert_eq!(page.at("/webhookEndpoints/totalCount"), nodes.len());
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn owners_publishers_and_partners_manage_their_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut all = Vec::new();
    for client in [app.ada(), app.finn(), app.northwind(), app.litware(), app.tailspin()] {
        let created = creates(&client, URL, json!(["DISABLED", "PURCHASED", "DISABLED"])).await.done();
        let endpoint = created.at("/createWebhookEndpoint/webhookEndpoint").clone();
        assert_eq!(endpoint["eventTypes"], json!(["PURCHASED", "DISABLED"]));
        assert_eq!((&endpoint["status"], &endpoint["url"]), (&json!("ENABLED"), &json!(URL)));
        let id = endpoint["id"].as_str().expect("an id").to_owned();
        assert_eq!(listed(&client).await, std::slice::from_ref(&id));
        let change =
            json!({ "url": "https://hooks.example/2", "eventTypes": ["RENEWED"], "description": "ERP" });
        let changed = updates(&client, &id, change).await.done();
        let changed = changed.at("/updateWebhookEndpoint/webhookEndpoint").clone();
        assert_eq!(changed["description"], "ERP");
        assert_eq!(changed["eventTypes"], json!(["RENEWED"]));
        let changed = updates(&client, &id, json!({ "description": null })).await.done();
        assert!(changed.at("/updateWebhookEndpoint/webhookEndpoint/description").is_null());
        assert_eq!(changed.text("/updateWebhookEndpoint/webhookEndpoint/url"), "https://hooks.example/2");
        let node = "query($id: ID!) { node(id: $id) { id ... on WebhookEndpoint { url } } }";
        let found = client.asks(node, json!({ "id": id })).await.done();
        assert_eq!(found.text("/node/url"), "https://hooks.example/2");
        all.push((client.who.clone(), id));
    }
    // To everybody else they do not exist.
    let everybody = [
        app.ada(),
        app.carl(),
        app.ivan(),
        app.lena(),
        app.rui(),
        app.finn(),
        app.wendy(),
        app.northwind(),
        app.litware(),
        app.tailspin(),
        app.operator(),
    ];
    for client in everybody {
        for (_, id) in all.iter().filter(|(who, _)| *who != client.who) {
            let shown = client.sends("WebhookEndpoint", json!({ "id": id })).await.done();
            assert!(shown.at("/webhookEndpoint").is_null(), "{}", client.who);
            assert!(!listed(&client).await.contains(id), "{}", client.who);
            assert_eq!(updates(&client, id, json!({ "enabled": false })).await.refused(), "NOT_FOUND");
            for operation in ["RotateWebhookSecret", "RemoveWebhookEndpoint", "SendTestEvent"] {
                let refused = client.does(operation, json!({ "webhookEndpointId": id })).await;
                assert_eq!(refused.refused(), "NOT_FOUND", "{} {operation}", client.who);
                assert_eq!(refused.refused_path(), ["input", "webhookEndpointId"]);
            }
        }
    }
    for client in [app.carl(), app.ivan(), app.lena(), app.rui(), app.operator()] {
        assert_eq!(creates(&client, URL, json!(["DISABLED"])).await.failed(), "FORBIDDEN", "{}", client.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_one_gets_nothing_and_what_it_got_stays_visible(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = app(db).await;
    let receiver = Receiver::answering(Reply::Status(500)).await;
    for who in ["email:ada@contoso.example", "publisher:northwind"] {
        app.at("2026-01-31T09:00:00Z");
        let client = app.client(who);
        let endpoint = registers(&client, &receiver, &["PURCHASED"]).await;
        tests(&client, &endpoint).await;
        delivers(&app).await;
        let before = receiver.got().len();
        let input = json!({ "webhookEndpointId": endpoint.id });
        let removed = client.does("RemoveWebhookEndpoint", input.clone()).await.done();
        let removed = removed.at("/removeWebhookEndpoint/webhookEndpoint").clone();
        assert_eq!((&removed["status"], removed["removedAt"].is_string()), (&json!("DISABLED"), true));
        assert_eq!(listed(&client).await, Vec::<String>::new());
        app.ada().buys(BOARDS_MONTHLY, 3).await;
        app.at("2026-02-01T09:00:00Z");
        delivers(&app).await;
        assert_eq!(receiver.got().len(), before, "nothing more came");
        let client = app.client(who);
        let kept = deliveries(&client, &endpoint).await;
        assert_eq!((kept.len(), &kept[0]["status"]), (1, &json!("PENDING")));
        assert!(kept[0]["nextAttemptAt"].is_null());
        assert_eq!(client.does("RemoveWebhookEndpoint", input.clone()).await.refused(), "NOT_FOUND");
        assert_eq!(client.does("SendTestEvent", input).await.refused(), "NOT_FOUND");
        let replay = json!({ "webhookDeliveryId": kept[0]["id"] });
        assert_eq!(client.does("ReplayWebhookDelivery", replay).await.refused(), "NOT_FOUND");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn there_are_twenty_at_most(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut last = String::new();
    for _ in 0..20 {
        let created = creates(&app.northwind(), URL, json!(["DISABLED"])).await.done();
        last = created.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned();
    }
    let refused = creates(&app.northwind(), URL, json!(["DISABLED"])).await;
    assert_eq!(refused.refused(), "INVALID_INPUT");
    creates(&app.litware(), URL, json!(["DISABLED"])).await.done();
    app.northwind().does("RemoveWebhookEndpoint", json!({ "webhookEndpointId": last })).await.done();
    creates(&app.northwind(), URL, json!(["DISABLED"])).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_public_address_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let fine = creates(&app.ada(), URL, json!(["DISABLED"])).await.done();
    let id = fine.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned();
    let long = format!("https://hooks.example/{}", "x".repeat(500));
    for url in [
        "",
        "hooks.example",
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https://user@hooks.example/",
        "https://user:hunter2@hooks.example/",
        "https://",
        &long,
        "https://hooks.example/a b",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://169.254.169.254/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
    ] {
        let refused = creates(&app.ada(), url, json!(["DISABLED"])).await;
        assert_eq!(refused.refused(), "INVALID_INPUT", "{url}");
        assert_eq!(refused.refused_path(), ["input", "url"], "{url}");
        assert!(!refused.body.to_string().contains("hunter2"), "{url}");
        assert_eq!(updates(&app.ada(), &id, json!({ "url": url })).await.refused(), "INVALID_INPUT", "{url}");
    }
    assert_eq!(listed(&app.ada()).await, [id]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_offered_events_that_they_do_not_see(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for (client, kind, index) in [
        (app.northwind(), "INVOICE_ISSUED", "1"),
        (app.northwind(), "PAYMENT_REFUNDED", "1"),
        (app.northwind(), "MEMBER_INVITED", "1"),
        (app.tailspin(), "MEMBER_INVITED", "1"),
        (app.tailspin(), "WEBHOOK_ENDPOINT_DISABLED", "1"),
    ] {
        let refused = creates(&client, URL, json!(["DISABLED", kind])).await;
        assert_eq!(refused.refused(), "INVALID_INPUT", "{} {kind}", client.who);
        assert_eq!(refused.refused_path(), ["input", "eventTypes", index], "{} {kind}", client.who);
    }
    assert_eq!(creates(&app.ada(), URL, json!([])).await.refused_path(), ["input", "eventTypes"]);
    let long = "x".repeat(201);
    let input = json!({ "url": URL, "eventTypes": ["DISABLED"], "description": long });
    assert_eq!(app.ada().does("CreateWebhookEndpoint", input).await.refused(), "INVALID_INPUT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_may_only_read_looks_and_one_that_may_write_acts(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let created = creates(&app.northwind(), URL, json!(["DISABLED"])).await.done();
    let id = created.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned();
    let key = |scope: &str| json!({ "name": scope, "scope": scope });
    let (_, reads) = machine(&app, &app.northwind(), key("READ")).await;
    assert_eq!(listed(&reads).await, std::slice::from_ref(&id));
    assert_eq!(creates(&reads, URL, json!(["DISABLED"])).await.failed(), "FORBIDDEN");
    assert_eq!(updates(&reads, &id, json!({ "enabled": false })).await.failed(), "FORBIDDEN");
    let input = json!({ "webhookEndpointId": id });
    for operation in ["RotateWebhookSecret", "RemoveWebhookEndpoint", "SendTestEvent"] {
        assert_eq!(reads.does(operation, input.clone()).await.failed(), "FORBIDDEN", "{operation}");
    }
    let (_, writes) = machine(&app, &app.northwind(), key("WRITE")).await;
    updates(&writes, &id, json!({ "enabled": false })).await.done();
    // No machine of an organization is an owner.
    let erp = json!({ "name": "ERP", "scope": "WRITE", "role": "CONTRIBUTOR" });
    let (_, erp) = machine(&app, &app.ada(), erp).await;
    assert_eq!(creates(&erp, URL, json!(["DISABLED"])).await.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_one_waits_until_it_is_enabled(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    let ada = app.ada();
    let endpoint = registers(&ada, &receiver, &["PURCHASED"]).await;
    let delivery = tests(&ada, &endpoint).await;
    updates(&ada, &endpoint.id, json!({ "enabled": false })).await.done();
    let disabled = shown(&ada, &endpoint).await;
    assert_eq!(
        (&disabled["status"], &disabled["disabledReason"]),
        (&json!("DISABLED"), &json!("BY_ITS_OWNER"))
    );
    ada.buys(BOARDS_MONTHLY, 3).await;
    delivers(&app).await;
    assert_eq!(receiver.got().len(), 0);
    let input = json!({ "webhookEndpointId": endpoint.id });
    assert_eq!(ada.does("SendTestEvent", input).await.refused(), "WEBHOOK_ENDPOINT_DISABLED");
    let replay = json!({ "webhookDeliveryId": delivery });
    assert_eq!(ada.does("ReplayWebhookDelivery", replay).await.refused(), "WEBHOOK_ENDPOINT_DISABLED");
    updates(&ada, &endpoint.id, json!({ "enabled": true })).await.done();
    delivers(&app).await;
    // What waited comes; what happened meanwhile does not.
    assert_eq!(receiver.kinds(), ["webhook.test"]);
    let enabled = shown(&ada, &endpoint).await;
    assert_eq!((&enabled["status"], &enabled["disabledReason"]), (&json!("ENABLED"), &Json::Null));
    // Of what is too old nothing comes by itself.
    let old = tests(&ada, &endpoint).await;
    updates(&ada, &endpoint.id, json!({ "enabled": false })).await.done();
    app.at("2026-02-05T09:00:01Z");
    updates(&app.ada(), &endpoint.id, json!({ "enabled": true })).await.done();
    delivers(&app).await;
    assert_eq!(receiver.got().len(), 1);
    let kept = deliveries(&app.ada(), &endpoint).await;
    let old = kept.iter().find(|delivery| delivery["id"] == old.as_str()).expect("it is kept");
    assert_eq!(old["status"], "FAILED");
}
