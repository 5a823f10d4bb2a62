//! Switching auto-renewal.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_switched_before_and_after_the_activation(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().sets_auto_renew(&boards, true).await.done();
    app.carl().sets_auto_renew(&boards, false).await.done();
    app.activated(&app.ada(), &boards).await;
    app.ada().sets_auto_renew(&boards, true).await.done();
    let history = ["PURCHASED", "AUTO_RENEW_CHANGED", "ACTIVATED", "AUTO_RENEW_CHANGED"];
    assert_eq!(app.ada().history(&boards).await, history);
    assert_eq!(app.rui().sets_auto_renew(&boards, false).await.failed(), "FORBIDDEN");
}
