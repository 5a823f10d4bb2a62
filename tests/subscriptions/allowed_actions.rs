//! `allowedActions` tells the truth: for what it lists there is an input that succeeds now, and what it leaves out is refused
//! or changes nothing. Every viewer is walked over every kind of subscription, each try on a database of its own.

use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Subscription, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

/// The kinds of subscriptions that behave differently.
const SCENES: [&str; 14] = [
    "pending, portal closed",
    "pending, portal opened",
    "pending, its time over",
    "active",
    "active, all assigned, at the plan's least",
    "active, no renewal",
    "active, period over",
    "active, no renewal, period over",
    "active, decrease scheduled",
    "past due",
    "past due, grace over",
    "cancelled",
    "cancelled, with a living copy",
    "flat rate",
];

const ACTIONS: [&str; 9] = [
    "ACTIVATE",
    "OPEN_PUBLISHER_PORTAL",
    "CHANGE_LICENSE_QUANTITY",
    "ASSIGN_LICENSES",
    "CHANGE_BILLING_PROFILE",
    "SET_AUTO_RENEW",
    "CANCEL",
    "BUY_AGAIN",
    "REQUEST_SUPPORT",
];

async fn scene(app: &App, name: &str) -> Subscription {
    let ada = app.ada();
    match name {
        "pending, portal closed" => ada.buys(BOARDS_MONTHLY, 10).await,
        "pending, portal opened" | "pending, its time over" => {
            let bought = ada.buys(BOARDS_MONTHLY, 10).await;
            ada.opens_portal(&bought).await.done();
            if name == "pending, its time over" {
                app.at("2026-03-20");
            }
            bought
        }
        "active, all assigned, at the plan's least" => {
            let bought = ada.buys(BOARDS_MONTHLY, 1).await;
            app.activated(&ada, &bought).await;
            app.works().await;
            ada.assigns(&bought, &ada.users(1).await).await.done();
            bought
        }
        "active, no renewal" | "active, no renewal, period over" => {
            let bought = app.active(BOARDS_MONTHLY).await;
            ada.sets_auto_renew(&bought, false).await.done();
            if name == "active, no renewal, period over" {
                app.at("2026-03-20");
            }
            bought
        }
        "active, period over" => {
            let bought = app.active(BOARDS_MONTHLY).await;
            app.at("2026-03-20");
            bought
        }
        "active, decrease scheduled" => {
            let bought = app.active(BOARDS_MONTHLY).await;
            ada.changes_quantity(&bought, 1).await.done();
            bought
        }
        "past due" | "past due, grace over" => {
            ada.new_profile("Declined", "USD", "card_declined").await;
            let bought = app.active_for(&ada, BOARDS_MONTHLY, Some(10), "Declined").await;
            if name == "past due, grace over" {
                app.at("2026-03-20");
            }
            bought
        }
        "cancelled" | "cancelled, with a living copy" => {
            let bought = app.active(BOARDS_MONTHLY).await;
            ada.cancels(&bought).await.done();
            if name == "cancelled, with a living copy" {
                let copy = json!({ "replacesSubscriptionId": bought.id });
                ada.buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", copy).await.done();
            }
            bought
        }
        "flat rate" => app.active(VAULT).await,
        _ => app.active(BOARDS_MONTHLY).await,
    }
}

/// What the tries need and not everybody sees.
struct World {
    users: Vec<String>,
    profiles: Vec<String>,
    plans: Vec<String>,
}

/// Tries the action with every input that could succeed, until one does and changes something.
async fn succeeds(
    client: &Client<'_>,
    action: &str,
    on: &Subscription,
    world: &World,
    before: &Json,
) -> bool {
    let id = &on.id;
    let changes = |answer: Answer| {
        let answer_is_done = answer.outcome() == "OK";
        answer_is_done.then_some(answer)
    };
    let mut tries: Vec<(&str, Json)> = Vec::new();
    match action {
        "ACTIVATE" => tries.push((
            "Activate",
            json!({ "subscriptionId": id, "planId": on.plan, "licenseQuantity": on.quantity }),
        )),
        "OPEN_PUBLISHER_PORTAL" => tries.push(("OpenPublisherPortal", json!({ "subscriptionId": id }))),
        "CHANGE_LICENSE_QUANTITY" => {
            for quantity in [1, 2, 9, 10, 11, 1000] {
                tries.push(("ChangeLicenseQuantity", json!({ "subscriptionId": id, "quantity": quantity })));
            }
        }
        "ASSIGN_LICENSES" => {
            for user in &world.users {
                tries.push(("AssignLicenses", json!({ "subscriptionId": id, "userIds": [user] })));
                tries.push(("UnassignLicenses", json!({ "subscriptionId": id, "userIds": [user] })));
            }
        }
        "CHANGE_BILLING_PROFILE" => {
            for profile in &world.profiles {
                tries.push((
                    "ChangeBillingProfile",
                    json!({ "subscriptionId": id, "billingProfileId": profile }),
                ));
            }
        }
        "SET_AUTO_RENEW" => {
            let on = before["autoRenew"] == true;
            tries.push(("SetAutoRenew", json!({ "subscriptionId": id, "autoRenew": !on })));
        }
        "CANCEL" => tries.push(("Cancel", json!({ "subscriptionId": id }))),
        "BUY_AGAIN" => {
            for plan in &world.plans {
                for profile in &world.profiles {
                    for quantity in [json!(1), json!(null)] {
                        let input = json!({
                            "planId": plan, "billingProfileId": profile, "licenseQuantity": quantity,
                            "replacesSubscriptionId": id,
                        });
                        tries.push(("Purchase", input));
                    }
                }
            }
        }
        "REQUEST_SUPPORT" => {
            tries.push(("RequestSupport", json!({ "subscriptionId": id, "subject": "?", "message": "?" })));
        }
        other => panic!("an action that the test does not know: {other}"),
    }
    for (operation, input) in tries {
        let Some(answer) = changes(client.does(operation, input).await) else { continue };
        // A link, a question or a copy is a success by itself; the rest has to change the subscription.
        if matches!(operation, "OpenPublisherPortal" | "RequestSupport" | "Purchase") {
            return true;
        }
        let payload =
            answer.body["data"].as_object().unwrap().values().next().unwrap()["subscription"].clone();
        let facts = ["status", "autoRenew", "licenses"];
        let profile_moved = operation == "ChangeBillingProfile"
            && before["billingProfile"]["id"] != payload["billingProfile"]["id"];
        if profile_moved || facts.iter().any(|fact| payload[fact] != before[fact]) {
            return true;
        }
    }
    false
}

fn viewers(app: &App) -> Vec<Client<'_>> {
    vec![
        app.ada(),
        app.carl(),
        app.ivan(),
        app.lena(),
        app.rui(),
        app.northwind(),
        app.litware(),
        app.tailspin(),
        app.finn(),
        app.operator(),
    ]
}

/// What is listed is tried on a database of its own; what is not must do nothing, so all of that is tried on one. SQLite and
/// PostgreSQL each walk half of the scenes with all viewers, and the others with the owner and the publisher.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_tells_the_truth(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)] which: usize,
) {
    let name = SCENES[which];
    let all_viewers = which.is_multiple_of(2) == (db == Db::Sqlite);
    let (app, on) = staged(db, name).await;
    let world = world(&app).await;
    for (index, client) in viewers(&app).iter().enumerate() {
        if !all_viewers
            && !["email:ada@contoso.example", "publisher:northwind"].contains(&client.who.as_str())
        {
            continue;
        }
        let listed = client.sees(&on).await["allowedActions"].as_array().cloned().unwrap_or_default();
        for action in ACTIONS {
            let before = app.operator().sees(&on).await;
            if !listed.contains(&json!(action)) {
                let done = succeeds(client, action, &on, &world, &before).await;
                assert!(!done, "{} on {name}: {action} is not listed", client.who);
                continue;
            }
            let (app, on) = staged(db, name).await;
            let world = self::world(&app).await;
            let done =
                succeeds(&viewers(&app)[index], action, &on, &world, &app.operator().sees(&on).await).await;
            assert!(done, "{} on {name}: {action} is listed", client.who);
        }
    }
}

async fn staged(db: Db, name: &str) -> (App, Subscription) {
    let app = App::on(db).await;
    let on = scene(&app, name).await;
    app.ada().new_profile("Spare", "USD", "card_ok").await;
    (app, on)
}

async fn world(app: &App) -> World {
    let ada = app.ada();
    let mut profiles = vec![ada.profile("Contoso Main").await, ada.profile("Spare").await];
    profiles.push(app.tailspin().profile("Tailspin USD").await);
    World {
        users: ada.users(2).await,
        profiles,
        plans: vec![ada.plan(BOARDS_MONTHLY).await, ada.plan(VAULT).await],
    }
}
