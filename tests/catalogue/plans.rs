//! Adding plans and retiring them.

use super::words::{app_of, draft, monthly, plan, publishes, retires, shown, with};
use crate::harness::{App, BOARDS_MONTHLY, Db, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

/// A flat rate a year, for 480 euros in Germany.
fn yearly(app: &str) -> Json {
    json!({
        "appId": app, "name": "Yearly", "pricingModel": "FLAT_RATE", "billingInterval": "YEAR", "price": "480",
        "currency": "EUR", "countries": ["DE"],
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_costs_what_its_publisher_said(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let created = app.northwind().does("CreatePlan", monthly(&id)).await.done();
    let mut expected = json!({
        "name": "Monthly", "pricingModel": "PER_LICENSE", "billingInterval": "MONTH",
        "price": { "amount": "9.50", "currency": "USD" }, "minLicenses": 2, "maxLicenses": 50,
        "countries": ["DE", "US"], "retiredAt": null,
    });
    expected["id"] = created.at("/createPlan/plan/id").clone();
    assert_eq!(created.at("/createPlan/plan"), &expected);

    let flat = app.litware().does("CreateApp", super::words::prose()).await.done();
    let flat = app.litware().does("CreatePlan", yearly(flat.text("/createApp/app/id"))).await.done();
    let plan = flat.at("/createPlan/plan");
    assert_eq!(plan["price"], json!({ "amount": "480.00", "currency": "EUR" }));
    assert_eq!((&plan["minLicenses"], &plan["maxLicenses"]), (&json!(null), &json!(null)));
    let others = [("JPY", "1250", "1250"), ("BHD", "1.25", "1.250"), ("USD", "0", "0.00")];
    for (hour, (currency, price, amount)) in (10..).zip(others) {
        app.at(&format!("2026-01-31T{hour}:00:00Z"));
        let input = with(&with(&monthly(&id), "currency", currency), "price", price);
        let created = app.northwind().does("CreatePlan", input).await.done();
        assert_eq!(created.text("/createPlan/plan/price/amount"), amount);
    }
    let names: Vec<_> = shown(&app.northwind(), &id).await["plans"]
        .as_array()
        .expect("plans")
        .iter()
        .map(|plan| plan["price"]["currency"].clone())
        .collect();
    assert_eq!(names, ["USD", "JPY", "BHD", "USD"], "the oldest first");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_cannot_be_sold_is_refused_with_its_place(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    for (field, wrong, path) in [
        ("name", json!(""), "name"),
        ("currency", json!("usd"), "currency"),
        ("currency", json!("XXX"), "currency"),
        ("price", json!("-1"), "price"),
        ("price", json!("9.505"), "price"),
        ("price", json!("1e3"), "price"),
        ("price", json!("1000000000.01"), "price"),
        ("price", json!(""), "price"),
        ("minLicenses", json!(null), "minLicenses"),
        ("minLicenses", json!(0), "minLicenses"),
        ("minLicenses", json!(51), "maxLicenses"),
        ("maxLicenses", json!(null), "maxLicenses"),
        ("maxLicenses", json!(1_000_001), "maxLicenses"),
        ("countries", json!([]), "countries"),
        ("countries", json!(["US", "us"]), "countries.1"),
        ("countries", json!(["US", "XX"]), "countries.1"),
        ("countries", json!(["US", "DE", "US"]), "countries.2"),
    ] {
        let answer = app.northwind().does("CreatePlan", with(&monthly(&id), field, wrong.clone())).await;
        assert_eq!(answer.refused(), "INVALID_INPUT", "{field}: {wrong}");
        let path: Vec<_> = ["input"].into_iter().chain(path.split('.')).collect();
        assert_eq!(answer.refused_path(), path, "{field}: {wrong}");
    }
    for field in ["minLicenses", "maxLicenses"] {
        let answer = app.northwind().does("CreatePlan", with(&yearly(&id), field, 5)).await;
        assert_eq!(
            (answer.refused(), answer.refused_path()),
            ("INVALID_INPUT".into(), vec!["input".into(), field.into()])
        );
    }
    assert_eq!(shown(&app.northwind(), &id).await["plans"], json!([]));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_plans_of_an_app_count_the_same(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let first = plan(&app, monthly(&id)).await;
    let refused = async || {
        let answer = app.northwind().does("CreatePlan", yearly(&id)).await;
        (answer.refused(), answer.refused_path().join("."))
    };
    assert_eq!(refused().await, ("INVALID_INPUT".into(), "input.pricingModel".into()));
    // What was bought at a retired one goes on.
    retires(&app.northwind(), &first).await.done();
    assert_eq!(refused().await, ("INVALID_INPUT".into(), "input.pricingModel".into()));
    let vault = app_of(&app.northwind(), VAULT).await;
    let answer = app.northwind().does("CreatePlan", monthly(&vault)).await;
    assert_eq!(answer.refused_path(), ["input", "pricingModel"]);
    plan(&app, yearly(&vault)).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_retired_plan_is_its_publishers_alone(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let old = plan(&app, monthly(&id)).await;
    app.at("2026-02-02T10:00:00Z");
    let new = plan(&app, with(&monthly(&id), "price", "11.00")).await;
    publishes(&app.northwind(), &id).await.done();
    app.at("2026-02-03T10:00:00Z");
    let retired = retires(&app.northwind(), &old).await.done();
    let at = retired.text("/retirePlan/plan/retiredAt").to_owned();
    assert_eq!(crate::harness::instant(&at), crate::harness::instant("2026-02-03T10:00:00Z"));
    app.at("2026-02-04T10:00:00Z");
    let again = retires(&app.northwind(), &old).await.done();
    assert_eq!(again.text("/retirePlan/plan/retiredAt"), at, "since then");
    let ids = |page: &Json| -> Vec<Json> {
        page["plans"].as_array().expect("plans").iter().map(|plan| plan["id"].clone()).collect()
    };
    assert_eq!(ids(&shown(&app.northwind(), &id).await), [json!(old), json!(new)]);
    for other in [app.ada(), app.finn(), app.litware(), app.tailspin()] {
        assert_eq!(ids(&shown(&other, &id).await), [json!(new)], "{}", other.who);
    }
    let listed = app.ada().sends("Apps", json!({ "filter": { "text": "prose" } })).await.done();
    assert_eq!(ids(listed.at("/apps/nodes/0")), [json!(new)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_publisher_retires_a_plan(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let plan = app.ada().plan(BOARDS_MONTHLY).await;
    for other in [app.ada(), app.rui(), app.tailspin(), app.operator()] {
        assert_eq!(retires(&other, &plan).await.failed(), "FORBIDDEN", "{}", other.who);
    }
    let answer = retires(&app.litware(), &plan).await;
    assert_eq!(
        (answer.refused(), answer.refused_path()),
        ("NOT_FOUND".into(), vec!["input".into(), "planId".into()])
    );
    assert_eq!(retires(&app.northwind(), "nonsense").await.refused(), "NOT_FOUND");
    assert_eq!(app.ada().plan(BOARDS_MONTHLY).await, plan, "it is for sale");
}
