//! Assigning licences to users.

use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn licences_go_to_users_each_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let users = app.ada().users(3).await;
    let assigned = app.lena().assigns(&boards, &users[..2]).await.done();
    assert_eq!(
        assigned.at("/assignLicenses/subscription/licenses"),
        &json!({ "purchased": 10, "assigned": 2, "available": 8, "scheduled": null })
    );
    // Who has one keeps it; named twice is named once.
    let again = [users[1].clone(), users[2].clone(), users[2].clone()];
    app.northwind().assigns(&boards, &again).await.done();
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["licenses"]["assigned"], 3);
    assert_eq!(page["licenseAssignments"]["totalCount"], 3);
    app.northwind().assigns(&boards, &users).await.done();
    let history = ["PURCHASED", "ACTIVATED", "LICENSES_ASSIGNED", "LICENSES_ASSIGNED"];
    assert_eq!(app.ada().history(&boards).await, history, "a repetition is no event");
    app.northwind().unassigns(&boards, &users[..1]).await.done();
    app.northwind().unassigns(&boards, &users[..1]).await.done();
    assert_eq!(app.ada().sees(&boards).await["licenses"]["available"], 8);
    app.lena().assigns(&boards, &users[..1]).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_call_or_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 2).await;
    app.activated(&app.ada(), &boards).await;
    let users = app.ada().users(3).await;
    let stranger = app.finn().users(1).await.remove(0);
    let answer = app.ada().assigns(&boards, &[users[0].clone(), stranger]).await;
    assert_eq!(answer.refused(), "USER_NOT_IN_ORGANIZATION");
    assert_eq!(answer.refused_path(), ["input", "userIds", "1"]);
    assert_eq!(app.ada().assigns(&boards, &users).await.refused(), "NO_LICENSE_AVAILABLE");
    assert_eq!(app.ada().assigns(&boards, &[]).await.refused(), "INVALID_INPUT");
    assert_eq!(app.ada().sees(&boards).await["licenses"]["assigned"], 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_licence_goes_to_one_of_two_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 1).await;
    app.activated(&app.ada(), &boards).await;
    let users = app.ada().users(2).await;
    let (lena, northwind) = (app.lena(), app.northwind());
    let (one, other) =
        tokio::join!(lena.assigns(&boards, &users[..1]), northwind.assigns(&boards, &users[1..]));
    let mut outcomes = [one.outcome(), other.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["NO_LICENSE_AVAILABLE", "OK"]);
    assert_eq!(app.ada().sees(&boards).await["licenses"]["assigned"], 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn they_end_with_the_subscription_and_a_copy_inherits_none(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().assigns(&boards, &app.ada().users(4).await).await.done();
    app.ada().cancels(&boards).await.done();
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["licenses"]["assigned"], 0);
    assert_eq!(page["licenseAssignments"]["totalCount"], 0);
    let copy = json!({ "replacesSubscriptionId": boards.id });
    let copy = app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Contoso Main", copy).await.done();
    assert_eq!(copy.at("/purchaseSubscription/subscription/licenses/assigned"), &json!(0));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn before_the_activation_there_is_nothing_to_assign(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let users = app.ada().users(1).await;
    assert_eq!(app.ada().assigns(&boards, &users).await.refused(), "NOT_ACTIVE");
    assert_eq!(app.ada().unassigns(&boards, &users).await.refused(), "NOT_ACTIVE");
    assert_eq!(app.ada().changes_quantity(&boards, 12).await.refused(), "NOT_ACTIVE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whom_licences_can_go_to_is_for_those_who_assign(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let count = async |client: crate::harness::Client<'_>, of: &Subscription, search: Option<&str>| {
        let answer = client
            .sends("AssignableUsers", json!({ "id": of.id, "first": 5, "search": search }))
            .await
            .done();
        answer.at("/appSubscription/assignableUsers/totalCount").clone()
    };
    assert_eq!(count(app.lena(), &boards, None).await, 15);
    assert_eq!(count(app.northwind(), &boards, Some("USER1")).await, 2, "User1 and User10");
    assert_eq!(count(app.northwind(), &boards, Some("%")).await, 0);
    assert_eq!(count(app.rui(), &boards, None).await, 0);
}
