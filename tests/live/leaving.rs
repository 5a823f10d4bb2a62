//! Each event is checked against what the viewer may see when it is sent.

use super::{Heard, Server, Socket, scene::events};
use crate::{
    access::words::{creates_key, machine, removes, revokes_key, user_of},
    harness::{App, BOARDS_MONTHLY, Db},
};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_gets_nothing_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, carl, boards) = (app.ada(), app.carl(), app.active(BOARDS_MONTHLY).await);
    let last = events(&ada, &boards).await.pop().expect("an event");
    let (mut stays, mut leaves) = (Socket::of(&server, &ada).await, Socket::of(&server, &carl).await);
    for socket in [&mut stays, &mut leaves] {
        socket.watch("all", json!({ "after": last })).await;
    }
    ada.changes_quantity(&boards, 11).await.done();
    for socket in [&mut stays, &mut leaves] {
        socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    }
    removes(&ada, &user_of(&carl).await).await.done();
    ada.changes_quantity(&boards, 12).await.done();
    ada.cancels(&boards).await.done();
    stays.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    stays.shows("all", "DISABLED", &boards).await;
    assert_eq!(leaves.hears().await, Heard::Closed(4403));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_key_was_revoked_gets_nothing_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let last = events(&ada, &boards).await.pop().expect("an event");
    let input = json!({ "name": "watcher", "scope": "READ", "role": "READER" });
    let (key, watcher) = machine(&app, &ada, input.clone()).await;
    let mut socket = Socket::of(&server, &watcher).await;
    socket.watch("all", json!({ "after": last })).await;
    ada.changes_quantity(&boards, 11).await.done();
    socket.shows("all", "LICENSE_QUANTITY_CHANGED", &boards).await;
    // Another one lives on, and is not mistaken for it.
    creates_key(&ada, input).await.done();
    revokes_key(&ada, &key).await.done();
    ada.changes_quantity(&boards, 12).await.done();
    assert_eq!(socket.hears().await, Heard::Closed(4403));
}
