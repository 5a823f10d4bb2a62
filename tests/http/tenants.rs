//! What other tenants have does not exist.

use crate::harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, Db};
use apollo_compiler::Schema;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A well-formed id of nothing.
fn nothing(kind: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", uuid::Uuid::from_u128(42).simple()))
}

/// Everybody to whom a subscription that Contoso bought from Northwind does not exist.
const STRANGERS: [&str; 4] =
    ["email:finn@fabrikam.example", "publisher:litware", "partner:tailspin", "email:user1@contoso.example"];

/// Every mutation of a subscription, with an input that would be good for somebody.
fn changes(id: &str, plan: &str, profile: &str, users: &[String]) -> Vec<(&'static str, Json)> {
    vec![
        ("OpenPublisherPortal", json!({ "subscriptionId": id })),
        ("Activate", json!({ "subscriptionId": id, "planId": plan, "licenseQuantity": 10 })),
        ("AssignLicenses", json!({ "subscriptionId": id, "userIds": users })),
        ("UnassignLicenses", json!({ "subscriptionId": id, "userIds": users })),
        ("ChangeLicenseQuantity", json!({ "subscriptionId": id, "quantity": 20, "idempotencyKey": "a key" })),
        ("ChangeBillingProfile", json!({ "subscriptionId": id, "billingProfileId": profile })),
        ("SetAutoRenew", json!({ "subscriptionId": id, "autoRenew": false })),
        ("Cancel", json!({ "subscriptionId": id, "reason": "not mine" })),
        ("CompleteAppSetup", json!({ "subscriptionId": id })),
        ("RequestSupport", json!({ "subscriptionId": id, "subject": "Help", "message": "Whose is this?" })),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_change_anothers_subscription_is_to_change_one_that_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let before = (app.ada().sees(&boards).await, app.ada().history(&boards).await);
    let (profile, users) = (app.finn().profile("Fabrikam Main").await, app.ada().users(2).await);
    let mut tried = BTreeSet::new();
    for stranger in STRANGERS {
        let stranger = app.client(stranger);
        let of = |id: &str| changes(id, &boards.plan, &profile, &users);
        let (real, missing, malformed) = (of(&boards.id), of(&nothing("sub")), of("nonsense"));
        for (((operation, real), (_, missing)), (_, malformed)) in
            real.into_iter().zip(missing).zip(malformed)
        {
            let answer = stranger.does(operation, real).await;
            assert_eq!(answer.refused(), "NOT_FOUND", "{} {operation}", stranger.who);
            assert_eq!(answer.refused_path(), ["input", "subscriptionId"], "{} {operation}", stranger.who);
            for other in [missing, malformed] {
                let other = stranger.does(operation, other).await;
                assert_eq!(
                    (answer.status, &answer.body),
                    (other.status, &other.body),
                    "{} {operation}",
                    stranger.who
                );
            }
            tried.extend(answer.body["data"].as_object().into_iter().flat_map(|data| data.keys().cloned()));
        }
    }
    assert_eq!(
        before,
        (app.ada().sees(&boards).await, app.ada().history(&boards).await),
        "nothing was changed"
    );
    assert_eq!(tried, mutations_of_subscriptions(), "every mutation of a subscription is tried here");
}

/// The mutations that name a subscription, from the schema.
fn mutations_of_subscriptions() -> BTreeSet<String> {
    let schema = include_str!("../../schema.graphql");
    let schema = Schema::parse_and_validate(schema, "schema.graphql").expect("a valid schema");
    let mutations = &schema.get_object("Mutation").expect("mutations").fields;
    let names_one = |input: &str| {
        schema.get_input_object(input).is_some_and(|input| input.fields.contains_key("subscriptionId"))
    };
    let named = mutations.iter().filter(|(_, field)| {
        field.arguments.iter().any(|argument| names_one(argument.ty.inner_named_type().as_str()))
    });
    named.map(|(name, _)| name.to_string()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_buys_a_copy_of_anothers_subscription(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let finn = app.finn();
    let mut answers = Vec::new();
    for replaced in [&boards.id, &nothing("sub")] {
        let input = json!({ "replacesSubscriptionId": replaced });
        let answer = finn.buys_with(BOARDS_EUROS, Some(3), "Fabrikam Main", input).await;
        assert_eq!(answer.refused(), "NOT_FOUND");
        assert_eq!(answer.refused_path(), ["input", "replacesSubscriptionId"]);
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_pay_anothers_invoice_is_to_pay_one_that_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let invoice = app.ada().invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned();
    for stranger in STRANGERS.into_iter().chain(["publisher:northwind"]) {
        let stranger = app.client(stranger);
        let answer = stranger.pays(&invoice).await;
        assert_eq!(answer.refused(), "NOT_FOUND", "{}", stranger.who);
        assert_eq!(answer.body, stranger.pays(&nothing("inv")).await.body, "{}", stranger.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_ask_for_what_is_anothers_is_to_ask_for_what_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let ada = app.ada();
    let invoice = ada.invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned();
    let profile = ada.profile("Contoso Main").await;
    let organization = ada.sees(&boards).await["organization"]["id"].as_str().expect("an id").to_owned();
    let user = ada.users(1).await.remove(0);
    let asked = [
        ("AppPage", &boards.id, "sub"),
        ("AssignableUsers", &boards.id, "sub"),
        ("Node", &boards.id, "sub"),
        ("Invoice", &invoice, "inv"),
        ("Node", &invoice, "inv"),
        ("BillingProfile", &profile, "bip"),
        ("Node", &profile, "bip"),
        ("Node", &organization, "org"),
        ("Node", &user, "usr"),
    ];
    for (operation, id, kind) in asked {
        let own = ada.sends(operation, json!({ "id": id })).await.done();
        let found = own.body["data"].as_object().expect("data").values().all(|value| !value.is_null());
        assert!(found, "Ada sees {operation} {kind}: {:#}", own.body);
        // A partner knows its customers, and Contoso is none of Tailspin's.
        for stranger in ["email:finn@fabrikam.example", "publisher:litware", "partner:tailspin"] {
            let stranger = app.client(stranger);
            let answer = stranger.sends(operation, json!({ "id": id })).await.done();
            let data = answer.body["data"].as_object().expect("data");
            assert!(
                data.values().all(Json::is_null),
                "{} {operation} {kind}: {:#}",
                stranger.who,
                answer.body
            );
            let missing = stranger.sends(operation, json!({ "id": nothing(kind) })).await;
            assert_eq!(answer.body, missing.body, "{} {operation} {kind}", stranger.who);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_nothing_of_others(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    for (list, operation) in [("appSubscriptions", "Products"), ("invoices", "Invoices")] {
        let own = app.ada().sends(operation, json!({ "first": 10 })).await.done();
        assert_eq!(own.at(&format!("/{list}/totalCount")), 1, "{operation}");
        for stranger in STRANGERS {
            let answer = app.client(stranger).sends(operation, json!({ "first": 10 })).await.done();
            assert_eq!(answer.at(&format!("/{list}/totalCount")), 0, "{stranger} {operation}");
        }
    }
}
