//! How long an operation may take.

use super::{answered, asking, limited, post_of_ada};
use crate::harness::{App, Db};
use api::Limits;
use axum::http::{StatusCode, header};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use std::time::Duration;

/// How many statements of this database wait for a lock.
async fn waiting(owner: &DatabaseConnection) -> i64 {
    let sql = "select count(*) as waiting from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'";
    let row = owner.query_one_raw(Statement::from_string(owner.get_database_backend(), sql)).await;
    row.expect("it answers").expect("a row").try_get("", "waiting").expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_ended_and_its_statement_too() {
    let app = App::on(Db::Postgres).await;
    let (holder, watcher) = (app.database.connect_as_owner().await, app.database.connect_as_owner().await);
    let held = holder.begin().await.expect("a transaction");
    held.execute_unprepared("lock table app in access exclusive mode").await.expect("the lock");
    let routes = limited(&app, Limits { operation_time: Duration::from_millis(300), ..Limits::default() });
    let request = post_of_ada(&app)
        .header(header::ACCEPT, "application/graphql-response+json")
        .body(asking("{ apps { nodes { name } } }"));
    let answer = answered(&routes, request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT, "{:#}", answer.body);
    assert_eq!(answer.failed(), "LIMIT_EXCEEDED");
    let told = &answer.body["errors"][0]["extensions"];
    assert_eq!((told["limit"].as_str(), told["allowed"].as_f64()), (Some("operationTime"), Some(0.3)));
    // While the lock is still held, the database ends the statement as well.
    let ended = async {
        while waiting(&watcher).await > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("no statement waits for ever");
    held.rollback().await.expect("the lock is given back");
    for connection in [holder, watcher] {
        connection.close().await.expect("closed");
    }
    let patient = limited(&app, Limits::default());
    let request = post_of_ada(&app).body(asking("{ apps { nodes { name } } }")).expect("a request");
    answered(&patient, request).await.done();
}
