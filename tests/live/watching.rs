//! What a watch shows, and to whom.

use super::{
    Server, Socket, WHO,
    scene::{agreed, boards_of_fabrikam, events, vault},
};
use crate::harness::{App, BOARDS_MONTHLY, Db, SIGN};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_shows_a_life_as_it_is_lived(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let server = Server::of(&app).await;
    let (ada, vault) = (app.ada(), vault(&app).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &ada, &vault).await;
    let mut seen = Vec::new();

    let boards = ada.buys(BOARDS_MONTHLY, 10).await;
    let (now, id) = socket.shows("all", "PURCHASED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]), (&json!("PENDING_ACTIVATION"), &Json::Null));
    seen.push(id);

    app.activated(&ada, &boards).await;
    let (now, id) = socket.shows("all", "ACTIVATED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(0)));
    seen.push(id);

    ada.changes_quantity(&boards, 12).await.done();
    let (now, id) = socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    assert_eq!(now["licenses"]["purchased"], 12);
    seen.push(id);

    ada.assigns(&boards, &ada.users(2).await).await.done();
    let (now, id) = socket.shows("all", "LICENSES_ASSIGNED", &boards).await;
    assert_eq!((&now["licenses"]["assigned"], &now["licenses"]["available"]), (&json!(2), &json!(10)));
    seen.push(id);

    app.operator().does("AdvanceClock", json!({ "to": "2026-02-28T12:00:00Z" })).await.done();
    // Nobody has activated the other one, which has a week left by then.
    socket.shows("all", "ENDING_SOON", &vault).await;
    let (now, id) = socket.shows("all", "RENEWED", &boards).await;
    assert_eq!((&now["status"], &now["currentPeriod"]["number"]), (&json!("ACTIVE"), &json!(1)));
    seen.push(id);

    ada.cancels(&boards).await.done();
    let (now, id) = socket.shows("all", "DISABLED", &boards).await;
    assert_eq!((&now["status"], &now["disabledReason"]), (&json!("DISABLED"), &json!("CANCELED")));
    assert_eq!(now["licenses"]["assigned"], 0);
    seen.push(id);

    // Whatever came twice or late would come before this.
    ada.sets_auto_renew(&vault, false).await.done();
    socket.shows("all", "AUTO_RENEW_CHANGED", &vault).await;
    assert_eq!(
        seen,
        events(&ada, &boards).await,
        "every event once, in order, under the id that the history has"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_of_one_subscription_shows_no_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, vault, boards) = (app.ada(), vault(&app).await, app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("boards", json!({ "subscriptionId": boards.id })).await;
    socket.begun("boards", &ada, &boards).await;
    ada.cancels(&vault).await.done();
    ada.cancels(&boards).await.done();
    socket.shows("boards", "DISABLED", &boards).await;
    socket.is_silent().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_continues_behind_the_event_that_was_seen_last(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    // What was missed was missed while the server ran.
    let mut earlier = Socket::of(&server, &ada).await;
    earlier.watch("earlier", json!({ "subscriptionId": boards.id })).await;
    earlier.begun("earlier", &ada, &boards).await;
    ada.changes_quantity(&boards, 11).await.done();

    let missed = events(&ada, &boards).await;
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("again", json!({ "subscriptionId": boards.id, "after": missed[0] })).await;
    let mut seen = vec![missed[0].clone()];
    while seen.len() < missed.len() {
        let event = socket.event("again").await;
        assert_eq!(event["subscription"]["licenses"]["purchased"], 11, "as it is now, not as it was then");
        seen.push(event["id"].as_str().expect("an id").to_owned());
    }
    assert_eq!(seen, missed);

    ada.changes_quantity(&boards, 12).await.done();
    let (_, id) = socket.shows("again", "LICENSE_QUANTITY_CHANGED", &boards).await;
    seen.push(id);
    ada.cancels(&boards).await.done();
    let (_, id) = socket.shows("again", "DISABLED", &boards).await;
    seen.push(id);
    socket.is_silent().await;
    assert_eq!(seen, events(&ada, &boards).await, "no gap and no repetition");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_out_where_the_past_meets_the_present(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    const CHANGES: usize = 30;
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut earlier = Socket::of(&server, &ada).await;
    earlier.watch("earlier", json!({ "subscriptionId": boards.id })).await;
    earlier.begun("earlier", &ada, &boards).await;
    let before = events(&ada, &boards).await;

    // The watch begins in the middle of it.
    let change = async {
        for turn in 0..CHANGES {
            ada.sets_auto_renew(&boards, turn % 2 == 1).await.done();
        }
    };
    let watch = async {
        let mut socket = Socket::of(&server, &ada).await;
        socket.watch("again", json!({ "after": before[0] })).await;
        let mut seen = vec![before[0].clone()];
        while seen.len() < before.len() + CHANGES {
            let event = socket.event("again").await;
            seen.push(event["id"].as_str().expect("an id").to_owned());
        }
        socket.is_silent().await;
        seen
    };
    let ((), seen) = tokio::join!(change, watch);
    assert_eq!(seen, events(&ada, &boards).await);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn other_organizations_see_nothing_of_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    agreed(&app).await;
    let (ada, finn, own) = (app.ada(), app.finn(), boards_of_fabrikam(&app).await);
    let mut socket = Socket::of(&server, &finn).await;
    socket.watch("all", json!({})).await;
    socket.begun("all", &finn, &own).await;
    ada.changes_quantity(&boards, 12).await.done();
    ada.cancels(&boards).await.done();
    // It happened after that, so it would be shown after that.
    finn.sets_auto_renew(&own, false).await.done();
    socket.shows("all", "AUTO_RENEW_CHANGED", &own).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_watch_what_is_anothers_is_to_watch_what_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let event = events(&app.ada(), &boards).await.remove(0);
    let nothing = uuid::Uuid::from_u128(42).simple().to_string();
    let no_subscription = URL_SAFE_NO_PAD.encode(format!("sub:{nothing}"));
    let no_event = URL_SAFE_NO_PAD.encode(format!("evt:{nothing}:1"));
    let mut socket = Socket::of(&server, &app.finn()).await;
    for (argument, anothers, missing) in
        [("subscriptionId", &boards.id, &no_subscription), ("after", &event, &no_event)]
    {
        let mut answers = Vec::new();
        for id in [anothers, missing, &"nonsense".to_owned()] {
            socket.watch("watch", json!({ argument: id })).await;
            let errors = socket.errors("watch").await;
            assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND", "{argument}: {errors:#}");
            answers.push(errors);
        }
        assert_eq!(answers[0], answers[1], "{argument}");
        assert_eq!(answers[0], answers[2], "{argument}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sees_what_it_sold_and_no_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    agreed(&app).await;
    let (ada, finn) = (app.ada(), app.finn());
    let vault = vault(&app).await;
    let sign = finn.buys_with(SIGN, None, "Fabrikam Main", json!({})).await.done();
    let sign = sign.subscription("purchaseSubscription");
    let mut northwind = Socket::of(&server, &app.northwind()).await;
    northwind.watch("sold", json!({})).await;
    northwind.begun("sold", &ada, &vault).await;
    let mut litware = Socket::of(&server, &app.litware()).await;
    litware.watch("sold", json!({})).await;
    litware.begun("sold", &finn, &sign).await;

    let boards = ada.buys(BOARDS_MONTHLY, 10).await;
    finn.sets_auto_renew(&sign, false).await.done();
    ada.cancels(&boards).await.done();
    finn.cancels(&sign).await.done();

    // Northwind has not seen the switching of Sign, nor Litware the purchase of Boards.
    let (shown, _) = northwind.shows("sold", "PURCHASED", &boards).await;
    assert_eq!(
        (&shown["billingProfile"], &shown["unitPrice"]),
        (&Json::Null, &Json::Null),
        "whose money it is"
    );
    northwind.shows("sold", "DISABLED", &boards).await;
    northwind.is_silent().await;
    litware.shows("sold", "AUTO_RENEW_CHANGED", &sign).await;
    litware.shows("sold", "DISABLED", &sign).await;
    litware.is_silent().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_was_completed_shows_nothing_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    socket.watch("first", json!({})).await;
    socket.begun("first", &ada, &boards).await;
    socket.say(json!({ "id": "first", "type": "complete" })).await;
    // What is said after this was said after the server had read the message before it.
    socket.is_silent().await;
    socket.watch("second", json!({})).await;
    socket.begun("second", &ada, &boards).await;
    for quantity in 11..14 {
        ada.changes_quantity(&boards, quantity).await.done();
        socket.shows("second", "LICENSE_QUANTITY_CHANGED", &boards).await;
    }
    // The name is free again.
    socket.subscribe("first", WHO, json!({})).await;
    assert_eq!(socket.data("first").await["viewer"]["kind"], "MEMBER");
    socket.completed("first").await;
}
