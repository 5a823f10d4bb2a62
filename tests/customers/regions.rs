//! Where apps are sold is data: the operator changes it, and everything that depends on it looks.

use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db};
use rstest::rstest;
use serde_json::json;

const ADD: &str = "mutation($input: AddSupportedCountryInput!) { addSupportedCountry(input: $input) {
    supportedCountry { country name region } userErrors { code message path } } }";

const REMOVE: &str =
    "mutation($input: RemoveSupportedCountryInput!) { removeSupportedCountry(input: $input) {
    removedCountry userErrors { code message path } } }";

async fn adds(client: &Client<'_>, country: &str, region: &str) -> Answer {
    client.asks(ADD, json!({ "input": { "country": country, "region": region } })).await
}

async fn removes(client: &Client<'_>, country: &str) -> Answer {
    client.asks(REMOVE, json!({ "input": { "country": country } })).await
}

async fn sold_in(client: &Client<'_>) -> Vec<String> {
    let answer = client.asks("{ supportedCountries { country } }", json!({})).await.done();
    let found = answer.at("/supportedCountries").as_array().expect("countries");
    found.iter().map(|country| country["country"].as_str().expect("a code").to_owned()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_changes_where_apps_are_sold(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    assert_eq!(sold_in(&app.ada()).await.len(), 27);
    for client in [app.ada(), app.northwind(), app.tailspin()] {
        assert_eq!(adds(&client, "JP", "Asia").await.failed(), "FORBIDDEN");
        assert_eq!(removes(&client, "US").await.failed(), "FORBIDDEN");
    }
    for (country, region, path) in
        [("XX", "Asia", "country"), ("jp", "Asia", "country"), ("JP", " ", "region")]
    {
        let refused = adds(&app.operator(), country, region).await;
        assert_eq!(
            (refused.refused(), refused.refused_path()[1].clone()),
            ("INVALID_INPUT".into(), path.into())
        );
    }
    let added = adds(&app.operator(), "JP", "Asia").await.done();
    let expected = json!({ "country": "JP", "name": "Japan", "region": "Asia" });
    assert_eq!(added.at("/addSupportedCountry/supportedCountry"), &expected);
    let moved = adds(&app.operator(), "JP", "Pacific").await.done();
    assert_eq!(moved.text("/addSupportedCountry/supportedCountry/region"), "Pacific");
    assert!(sold_in(&app.ada()).await.contains(&"JP".to_owned()));
    removes(&app.operator(), "JP").await.done();
    removes(&app.operator(), "JP").await.done();
    assert!(!sold_in(&app.ada()).await.contains(&"JP".to_owned()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn where_apps_are_not_sold_any_more_nothing_is_bought_and_what_runs_goes_on(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let second = app.ada().new_profile("Second", "USD", "card_ok").await;
    removes(&app.operator(), "US").await.done();
    let ada = app.ada();
    let bought = ada.buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(bought.refused(), "REGION_NOT_SUPPORTED");
    assert_eq!(ada.moves(&boards, &second).await.refused(), "REGION_NOT_SUPPORTED");
    let address = json!({ "line1": "1 Main Street", "city": "Tokyo", "country": "JP" });
    let edited = json!({ "billingProfileId": second, "billingAddress": address });
    assert_eq!(ada.does("UpdateBillingProfile", edited).await.refused(), "REGION_NOT_SUPPORTED");
    app.until("2026-03-01").await;
    let seen = app.ada().sees(&boards).await;
    assert_eq!((&seen["status"], &seen["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(1)));
}

/// Adatum is in Japan; its partner and its own people are told the same.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_cannot_buy_where_its_customer_cannot(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let adatum = super::organization_of(&app.aki()).await;
    let by_partner = async || {
        let more = json!({ "organizationId": adatum });
        app.tailspin().buys_with(BOARDS_MONTHLY, Some(1), "Tailspin USD", more).await
    };
    let directly = async || app.aki().buys_with(BOARDS_MONTHLY, Some(1), "Adatum Main", json!({})).await;
    assert_eq!(by_partner().await.refused(), "REGION_NOT_SUPPORTED");
    assert_eq!(directly().await.refused(), "REGION_NOT_SUPPORTED");
    adds(&app.operator(), "JP", "Asia").await.done();
    // The plan is not sold there: that is the publisher's to say.
    assert_eq!(by_partner().await.refused(), "PLAN_NOT_AVAILABLE");
    assert_eq!(directly().await.refused(), "PLAN_NOT_AVAILABLE");
}
