//! Asking for support.

use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn support_can_be_asked_for_in_every_status(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let question = json!({ "subscriptionId": boards.id, "subject": "Export", "message": "How do we get our boards out?" });
    let asked = app.rui().does("RequestSupport", question.clone()).await.done();
    assert_eq!(asked.text("/requestSupport/supportUrl"), "https://support.northwind.example/");
    assert_eq!(app.northwind().does("RequestSupport", question.clone()).await.failed(), "FORBIDDEN");
    assert_eq!(app.finn().does("RequestSupport", question).await.refused(), "NOT_FOUND");
    let empty = json!({ "subscriptionId": boards.id, "subject": " ", "message": "?" });
    let answer = app.ada().does("RequestSupport", empty).await;
    assert_eq!(
        (answer.refused(), answer.refused_path()),
        ("INVALID_INPUT".into(), vec!["input".into(), "subject".into()])
    );
}
