//! The outbox: nothing is lost, nothing is doubled, nothing stops it.

use super::{Receiver, app, delivers, readable, registers};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use domain::webhook::dispatch;
use entity::webhook_delivery;
use rstest::rstest;
use sea_orm::{EntityTrait, PaginatorTrait};

async fn messages(app: &App) -> u64 {
    webhook_delivery::Entity::find().count(app.market.db().read()).await.unwrap()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_double_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers(&app.northwind(), &receiver, &["PURCHASED"]).await;
    let others = [app.replica().await, app.replica().await];
    for bought in 1..=6 {
        app.ada().buys(BOARDS_MONTHLY, bought).await;
        readable(&app).await;
        let at_once =
            tokio::join!(dispatch(&app.market), dispatch(&others[0].market), dispatch(&others[1].market),);
        let made = at_once.0.unwrap() + at_once.1.unwrap() + at_once.2.unwrap();
        assert!(made <= 1, "{made}");
    }
    dispatch(&app.market).await.unwrap();
    assert_eq!(messages(&app).await, 6);
    delivers(&app).await;
    assert_eq!(receiver.got().len(), 6);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_batch_is_told_whole(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers(&app.northwind(), &receiver, &["AUTO_RENEW_CHANGED"]).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 1).await;
    for change in 0..130 {
        app.ada().sets_auto_renew(&boards, change % 2 == 1).await.done();
    }
    assert_eq!(delivers(&app).await.changed, 130);
    assert_eq!(receiver.got().len(), 130);
}

/// A place that is set back tells nobody twice.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_not_told_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers(&app.northwind(), &receiver, &["PURCHASED"]).await;
    app.ada().buys(BOARDS_MONTHLY, 1).await;
    assert_eq!(delivers(&app).await.changed, 1);
    app.as_owner("update webhook_position set xid = 0, position = 0").await;
    assert_eq!(delivers(&app).await.changed, 0);
    assert_eq!(messages(&app).await, 1);
}

/// An event of a type that this program does not know is passed over, by webhooks and by live updates.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_event_stops_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers(&app.northwind(), &receiver, &["PURCHASED"]).await;
    app.ada().buys(BOARDS_MONTHLY, 1).await;
    readable(&app).await;
    let start = domain::feed::head(&app.market).await.unwrap();
    let (column, value) = match db {
        Db::Sqlite => (", position", ", (select max(position) + 1 from event)"),
        Db::Postgres => ("", ""),
    };
    app.as_owner(&format!(
        "insert into event (stream_kind, stream_id, seq, type, occurred_at, actor_kind, organization_id, publisher_id,
                            body, hash{column})
         select 'ORGANIZATION', organization_id, 4711, 'organization.unheard_of', occurred_at, actor_kind, organization_id,
                publisher_id, body, hash{value}
         from event where type = 'subscription.purchased'"
    ))
    .await;
    app.ada().buys(BOARDS_MONTHLY, 2).await;
    assert_eq!(delivers(&app).await.changed, 2);
    assert_eq!(receiver.kinds(), ["subscription.purchased", "subscription.purchased"]);
    readable(&app).await;
    let live = domain::feed::behind(&app.market, start).await.unwrap();
    assert_eq!(live.len(), 1, "{live:?}");
}
