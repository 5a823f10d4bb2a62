//! What an event shows is loaded once in a process for all who see the same, not once for every socket.

use super::{Server, Socket, scene::events};
use crate::harness::{App, BOARDS_MONTHLY, Client, Db, Subscription};
use futures::future::join_all;
use rstest::rstest;
use serde_json::json;

/// How many watch: sockets of five people of one organization.
const WATCHERS: usize = 100;

/// How many times something is changed until all of them are through with what happened before they came.
const ROUNDS: usize = 4;

/// What loads a subscription as actors see it.
const SUBSCRIPTION: &str = r#"FROM "subscription" LEFT JOIN "subscription_end""#;

/// What asks whether those who watch are still who they were. Sockets look after their own caller by e-mail address.
const STILL_THERE: &str = r#"FROM "user_account" WHERE "user_account"."id" IN"#;

/// What everything that may be done with a subscription depends on.
const MAY_DO: &str = r#"FROM "supported_country""#;

/// The fewest statements with this piece of SQL that one event took which all of them were shown.
async fn fewest(sql: &str, app: &App, boards: &Subscription, sockets: &mut [Socket]) -> u64 {
    let ada = app.ada();
    let mut fewest = u64::MAX;
    for round in 0..ROUNDS {
        let auto_renew = round % 2 == 1;
        let count = app.counting_of(sql, async || {
            ada.sets_auto_renew(boards, auto_renew).await.done();
            for shown in join_all(sockets.iter_mut().map(|socket| socket.event("all"))).await {
                assert_eq!(shown["type"], "AUTO_RENEW_CHANGED");
                assert_eq!(shown["subscription"]["autoRenew"], auto_renew);
            }
        });
        fewest = fewest.min(count.await);
    }
    fewest
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_sockets_of_an_organization_load_an_event_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let last = events(&ada, &boards).await.pop().expect("an event");
    let clients: [Client<'_>; 5] = [app.ada(), app.carl(), app.ivan(), app.lena(), app.rui()];
    let mut sockets = Vec::new();
    for number in 0..WATCHERS {
        let mut socket = Socket::of(&server, &clients[number % clients.len()]).await;
        socket.watch("all", json!({ "after": last })).await;
        sockets.push(socket);
    }
    // Once for the organization; the others are the mutation and its answer.
    let loads = fewest(SUBSCRIPTION, &app, &boards, &mut sockets).await;
    assert!((1..=5).contains(&loads), "{loads} loads of the subscription");
    // In as many batches as they come in. On a busy machine they come late.
    let checks = fewest(STILL_THERE, &app, &boards, &mut sockets).await;
    assert!((1..=50).contains(&checks), "{checks} checks of who watches");
    // Once for each of the five people, unless several ask at the same time.
    let facts = fewest(MAY_DO, &app, &boards, &mut sockets).await;
    assert!((1..=50).contains(&facts), "{facts} loads of what they may do");
}
