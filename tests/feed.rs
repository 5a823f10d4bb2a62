//! The feed of committed events, and the chain that they form.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use domain::{event::chained, feed};
use entity::{event, state::StreamKind};
use rstest::rstest;
use sea_orm::{EntityTrait, QueryOrder};
use std::collections::BTreeMap;

/// Everything in the feed from its beginning.
async fn all(app: &App) -> Vec<event::Model> {
    let first = event::Entity::find()
        .order_by_asc(event::Column::Position)
        .one(app.market.db().read())
        .await
        .unwrap();
    let first = first.expect("an event");
    let mut found = feed::find(&app.market, first.stream_id, first.seq).await.unwrap().expect("its place");
    let mut events = vec![found.event.clone()];
    loop {
        let more = feed::behind(&app.market, found.place).await.unwrap();
        let Some(last) = more.last() else { return events };
        found = last.clone();
        events.extend(more.into_iter().map(|placed| placed.event));
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_stream_keeps_its_order_in_the_feed_whoever_commits_first(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..6 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    // All of them charge one profile: its stream is written by transactions that wait for each other.
    for quantity in 11..15 {
        let clients: Vec<_> = bought.iter().map(|_| app.ada()).collect();
        let raises =
            clients.iter().zip(&bought).map(|(client, boards)| client.changes_quantity(boards, quantity));
        for answer in futures::future::join_all(raises).await {
            answer.done();
        }
    }
    let events = all(&app).await;
    let mut last: BTreeMap<_, i64> = BTreeMap::new();
    for event in &events {
        let before = last.insert(event.stream_id, event.seq).unwrap_or(event.seq - 1);
        assert_eq!(event.seq, before + 1, "{:?} {}", event.stream_kind, event.stream_id);
    }
    let profiles = events.iter().filter(|event| event.stream_kind == StreamKind::BillingProfile).count();
    assert!(profiles > 30, "{profiles} events of profiles");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_chained_to_the_one_before_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().assigns(&boards, &app.ada().users(2).await).await.done();
    app.until("2026-05-01").await;
    app.ada().cancels(&boards).await.done();
    let mut heads: BTreeMap<_, Vec<u8>> = BTreeMap::new();
    let events = all(&app).await;
    for event in &events {
        let before = heads.get(&event.stream_id).cloned().unwrap_or_default();
        assert_eq!(chained(&before, event), event.hash, "{:?} {}", event.r#type, event.seq);
        heads.insert(event.stream_id, event.hash.clone());
    }
    let stream = boards.uuid();
    let history: Vec<_> =
        events.iter().filter(|event| event.stream_id == stream).map(|event| event.seq).collect();
    assert_eq!(history, [1, 2, 3, 4, 5, 6, 7]);
    // No name and no address of a person is in it.
    assert!(events.iter().all(|event| !event.body.contains("Ada") && !event.body.contains('@')));
}
