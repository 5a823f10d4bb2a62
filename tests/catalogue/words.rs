//! What the tests of the catalogue share: an app, a plan, and who asks for them.

use crate::harness::{Answer, App, Client, Offer};
use serde_json::{Value as Json, json};

pub(super) fn prose() -> Json {
    json!({
        "name": "Northwind Prose", "summary": "Writes with you",
        "description": "Writes with teams of any size.\n\nIn every language.",
        "categories": ["productivity", "writing"],
        "websiteUrl": "https://prose.northwind.example/", "documentationUrl": "https://docs.northwind.example/prose",
        "termsUrl": "https://prose.northwind.example/terms", "privacyUrl": "https://prose.northwind.example/privacy",
        "supportUrl": "https://help.northwind.example/?app=prose", "supportEmail": "prose@northwind.example",
    })
}

/// A plan per licence and month, for 9.50 dollars in the United States and Germany.
pub(super) fn monthly(app: &str) -> Json {
    json!({
        "appId": app, "name": "Monthly", "pricingModel": "PER_LICENSE", "billingInterval": "MONTH",
        "price": "9.50", "currency": "USD", "minLicenses": 2, "maxLicenses": 50, "countries": ["US", "DE"],
    })
}

/// The same, with something else in it.
pub(super) fn with(input: &Json, field: &str, value: impl Into<Json>) -> Json {
    let mut input = input.clone();
    input[field] = value.into();
    input
}

/// A draft of northwind's.
pub(super) async fn draft(app: &App) -> String {
    let created = app.northwind().does("CreateApp", prose()).await.done();
    created.text("/createApp/app/id").to_owned()
}

pub(super) async fn plan(app: &App, input: Json) -> String {
    let created = app.northwind().does("CreatePlan", input).await.done();
    created.text("/createPlan/plan/id").to_owned()
}

pub(super) async fn publishes(client: &Client<'_>, app: &str) -> Answer {
    client.does("PublishApp", json!({ "appId": app })).await
}

pub(super) async fn withdraws(client: &Client<'_>, app: &str) -> Answer {
    client.does("WithdrawApp", json!({ "appId": app })).await
}

pub(super) async fn retires(client: &Client<'_>, plan: &str) -> Answer {
    client.does("RetirePlan", json!({ "planId": plan })).await
}

/// The app as the client sees it: null if not at all.
pub(super) async fn shown(client: &Client<'_>, app: &str) -> Json {
    client.sends("App", json!({ "id": app })).await.done().at("/app").clone()
}

/// The names of the apps that the client lists.
pub(super) async fn listed(client: &Client<'_>) -> Vec<String> {
    let answer = client.sends("Apps", json!({ "first": 100 })).await.done();
    assert_eq!(answer.at("/apps/totalCount"), answer.at("/apps/nodes").as_array().expect("apps").len());
    let nodes = answer.at("/apps/nodes").as_array().expect("apps").clone();
    nodes.iter().map(|app| app["name"].as_str().expect("a name").to_owned()).collect()
}

/// The id of an app of the demo's catalogue.
pub(super) async fn app_of(client: &Client<'_>, offer: Offer) -> String {
    let answer = client.sends("Apps", json!({ "first": 100 })).await.done();
    let nodes = answer.at("/apps/nodes").as_array().expect("apps").clone();
    let app = nodes.iter().find(|app| app["name"] == offer.app).expect("the app");
    app["id"].as_str().expect("an id").to_owned()
}

/// Contoso buys two licences of a plan, or a flat rate.
pub(super) async fn buys(app: &App, plan: &str, quantity: Option<i64>) -> Answer {
    let input = json!({
        "planId": plan, "billingProfileId": app.ada().profile("Contoso Main").await, "licenseQuantity": quantity,
    });
    app.ada().does("Purchase", input).await
}
