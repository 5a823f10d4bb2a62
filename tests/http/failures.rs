//! What fails is null, as the specification has it, and what may not be null takes along what is around it.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_null_and_the_rest_is_answered(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.as_owner("alter table publisher rename to lost_publisher").await;
    let document = "query($id: ID!) {
        first: appSubscription(id: $id) { id status }
        lost: appSubscription(id: $id) { id app { publisher { name } } }
        last: __typename }";
    let answer = app.ada().asks(document, json!({ "id": boards.id })).await;
    assert_eq!(answer.failed(), "INTERNAL", "{:#}", answer.body);
    let data = answer.body["data"].as_object().expect("data");
    assert_eq!(data["first"]["status"], "ACTIVE", "{:#}", answer.body);
    assert_eq!(data.get("lost"), Some(&Json::Null), "it is there, and null: {:#}", answer.body);
    assert_eq!(data["last"], "Query");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_may_be_null_there_is_no_data(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.as_owner("alter table app rename to lost_app").await;
    let answer = app.ada().asks("{ viewer { kind } apps { nodes { name } } }", json!({})).await;
    assert_eq!(answer.failed(), "INTERNAL", "{:#}", answer.body);
    assert_eq!(answer.body.get("data"), Some(&Json::Null), "{:#}", answer.body);
    assert_eq!(answer.body["errors"][0]["path"], json!(["apps"]), "{:#}", answer.body);
}
