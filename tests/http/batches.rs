//! Batches: none, unless a setting allows them.

use super::{WHO, asks, limited};
use crate::harness::{App, Db};
use api::Limits;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_executed_only_where_batches_are_allowed() {
    let app = App::on(Db::Sqlite).await;
    let one = json!({ "query": WHO });
    let wrong = json!({ "query": "{ nothing }" });
    let none = asks(&limited(&app, Limits::default()), &app, &json!([one])).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "{:#}", none.body);
    assert_eq!(none.failed(), "BAD_USER_INPUT");

    let routes = limited(&app, Limits { batch: 2, ..Limits::default() });
    let two = asks(&routes, &app, &json!([one, wrong])).await;
    assert_eq!(two.status, StatusCode::OK, "{:#}", two.body);
    assert_eq!(two.body[0]["data"]["viewer"]["kind"], "MEMBER");
    assert_eq!(two.body[1]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(two.body[1].get("data").is_none(), "{:#}", two.body);
    let three = asks(&routes, &app, &json!([one, one, one])).await;
    assert_eq!(three.status, StatusCode::BAD_REQUEST);
    assert_eq!(three.failed(), "LIMIT_EXCEEDED");
    assert_eq!(three.body["errors"][0]["extensions"]["limit"], "batch");
    let empty = asks(&routes, &app, &json!([])).await;
    assert_eq!((empty.status, empty.failed()), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT".to_owned()));
}
