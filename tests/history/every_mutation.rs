//! The promise, kept for the mutations that come: one that succeeds and leaves nothing in the history fails here.

use super::{doer, doing, history, left_by, sends};
use crate::{
    access::{
        matrix::{
            attempts::{Attempt, MUTATIONS},
            fields, is_of_a_sale,
            scene::{Scene, mutation},
        },
        words::machine,
    },
    harness::{App, Client, Db},
};
use futures::future::FutureExt;
use rstest::rstest;
use serde_json::json;
use std::collections::BTreeMap;

/// What records nothing when it succeeds, and why.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "advanceClock",
    "moves the clock of a sandbox, and nothing of anybody's: what falls due on the way has events of its own",
)];

/// What nothing becomes of with what a partner bought: nobody has roles on its billing profiles.
const NOT_OF_A_PARTNER: [&str; 2] = ["grantBillingProfileRole", "revokeBillingProfileRole"];

/// Attempts that change something, where the matrix's says what is so already.
const ANEW: &[(&str, Attempt)] = &[
    ("acceptCustomerAgreement", |scene| {
        async move { json!({ "version": new_agreement(scene).await }) }.boxed_local()
    }),
    ("attestCustomerAgreement", |scene| {
        async move {
            let viewer = scene.sale.app.wendy().sends("Viewer", json!({})).await.done();
            json!({
                "organizationId": viewer.at("/viewer/organization/id"), "version": new_agreement(scene).await,
                "name": "Freya", "email": "freya@customer.example", "acceptedOn": "2026-02-01",
            })
        }
        .boxed_local()
    }),
    ("changeBillingProfile", |scene| {
        async move {
            let name = format!("Profile {}", scene.sale.number());
            let profile = scene.sale.buyer().new_profile(&name, "USD", "card_ok").await;
            json!({ "subscriptionId": scene.active.id, "billingProfileId": profile })
        }
        .boxed_local()
    }),
    ("openPublisherPortal", |scene| {
        async move { json!({ "subscriptionId": scene.sale.bought().await.id }) }.boxed_local()
    }),
    ("publishCustomerAgreement", |scene| {
        async move {
            let version = format!("version {}", scene.sale.number());
            json!({ "version": version, "url": "https://tenure.example/agreement" })
        }
        .boxed_local()
    }),
    ("withdrawApp", |scene| {
        async move {
            let app = json!({ "input": { "appId": scene.sale.draft().await } });
            scene.sale.app.northwind().asks(&mutation("publishApp"), app.clone()).await.done();
            app["input"].clone()
        }
        .boxed_local()
    }),
];

/// Words and addresses that the attempts say, and that must not be in the history: it is kept for ever.
const NEVER_KEPT: [&str; 12] = [
    "@",
    "https://",
    "card_ok",
    "Accounts payable",
    "Another",
    "Freya",
    "Help",
    "How?",
    "Invited",
    "Newcomer",
    "Olga",
    "looked up",
];

/// A version of the agreement that nobody has accepted.
async fn new_agreement(scene: &Scene) -> String {
    let version = format!("version {}", scene.sale.number());
    let input = json!({ "version": version, "url": "https://tenure.example/agreement" });
    let published = mutation("publishCustomerAgreement");
    scene.sale.app.operator().asks(&published, json!({ "input": input })).await.done();
    version
}

/// The owner accepts the current version: others may have been published by the attempts.
async fn agrees(scene: &Scene) {
    let owner = scene.sale.owner();
    let current = owner.asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let input = json!({ "version": current.at("/customerAgreement/currentVersion") });
    owner.asks(&mutation("acceptCustomerAgreement"), json!({ "input": input })).await.done();
}

/// Who comes first, and does whatever they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    People,
    Machines,
}

async fn doers(scene: &Scene, first: First) -> Vec<Client<'_>> {
    let app: &App = &scene.sale.app;
    let mut doers = Vec::new();
    if first == First::Machines {
        let key = |role| json!({ "name": "machine", "scope": "WRITE", "role": role });
        if !scene.sale.by_partner {
            doers.push(machine(app, &app.ada(), key(Some("CONTRIBUTOR"))).await.1);
        }
        doers.push(machine(app, &app.northwind(), key(None)).await.1);
        doers.push(machine(app, &app.tailspin(), key(None)).await.1);
    }
    doers.push(scene.sale.owner());
    doers.extend([app.northwind(), app.tailspin(), app.operator()]);
    doers
}

/// Each mutation is done once, by the first who may.
async fn all_are_recorded(scene: &Scene, first: First) {
    let app = &scene.sale.app;
    let doers = doers(scene, first).await;
    let mut undone = BTreeMap::new();
    for field in fields("Mutation") {
        let excepted = EXCEPTIONS.iter().any(|(name, _)| *name == field);
        let theirs = is_of_a_sale(&field) && !NOT_OF_A_PARTNER.contains(&field.as_str());
        if excepted || (scene.sale.by_partner && !theirs) {
            continue;
        }
        let mut attempts = ANEW.iter().chain(MUTATIONS);
        let (_, attempt) = attempts.find(|(name, _)| *name == field).expect("an attempt");
        let mut outcomes = Vec::new();
        for client in &doers {
            agrees(scene).await;
            let variables = json!({ "input": attempt(scene).await });
            let request_id = format!("{field}.{}", scene.sale.number());
            let answer = sends(app, client, &mutation(&field), variables, &request_id).await;
            outcomes.push(format!("{}: {}", client.who, answer.outcome()));
            if answer.outcome() != "OK" {
                assert!(
                    left_by(app, &request_id).await.is_empty(),
                    "{field} was refused and left something: {outcomes:?}"
                );
                continue;
            }
            let left = left_by(app, &request_id).await;
            assert!(
                !left.is_empty(),
                "{field} was done by {} and left nothing in the history: record an event, or say in \
                 tests/history/every_mutation.rs why there is none",
                client.who
            );
            let expected = doing(app, client).await;
            for event in left {
                assert_eq!(doer(&event), expected, "{field} by {}", client.who);
            }
            break;
        }
        if !outcomes.last().is_some_and(|outcome| outcome.ends_with(": OK")) {
            undone.insert(field, outcomes);
        }
    }
    assert!(undone.is_empty(), "nobody has done these, so that nothing is known of them: {undone:#?}");
    for event in history(app).await {
        for word in NEVER_KEPT {
            assert!(!event.body.contains(word), "{word} in {:?}: {}", event.r#type, event.body);
        }
    }
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_mutation_that_succeeds_says_who_did_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(First::People, First::Machines)] first: First,
    #[values(false, true)] by_partner: bool,
) {
    let scene = Scene::set(db, by_partner).await;
    all_are_recorded(&scene, first).await;
}

#[test]
fn what_is_excepted_exists() {
    for name in EXCEPTIONS.iter().map(|(name, _)| name).chain(ANEW.iter().map(|(name, _)| name)) {
        assert!(fields("Mutation").contains(*name), "there is no mutation {name} any more");
    }
}
