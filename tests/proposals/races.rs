//! Answers that come at once.

use super::{accepts, declines, line, proposed, revises, sees, subscriptions, withdraws};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepted_at_once_by_several_it_is_bought_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for round in 1..=5 {
        let id = proposed(&app, &app.ada()).await;
        let (ada, carl) = (app.ada(), app.carl());
        let answers = futures::future::join_all(
            [&ada, &carl, &ada, &carl].map(|client| accepts(client, &id, 1, "Contoso Main")),
        )
        .await;
        for answer in answers {
            // Whoever waited too long is told to try again.
            assert!(["OK", "CONFLICT"].contains(&answer.outcome().as_str()), "{:#}", answer.body);
        }
        assert_eq!(subscriptions(&app.ada()).await, 2 * round);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_different_answers_at_once_one_stands(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (mut bought, other) = (0, json!({ "lines": [line(&app, BOARDS_MONTHLY, Some(1), "2.00").await] }));
    for _ in 0..8 {
        let id = proposed(&app, &app.ada()).await;
        let (ada, carl) = (app.ada(), app.carl());
        let answers = futures::future::join4(
            accepts(&ada, &id, 1, "Contoso Main"),
            declines(&carl, &id, None),
            withdraws(&app, &id),
            revises(&app, &id, other.clone()),
        );
        let (accepted, declined, withdrawn, _) = answers.await;
        let won = [&accepted, &declined, &withdrawn].map(|answer| answer.outcome() == "OK");
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
        let status = sees(&app.ada(), &id).await["status"].clone();
        let expected = ["ACCEPTED", "DECLINED", "WITHDRAWN"];
        let index = won.iter().position(|won| *won).expect("one");
        assert_eq!(status, expected[index]);
        bought += if won[0] { 2 } else { 0 };
        assert_eq!(subscriptions(&app.ada()).await, bought);
    }
}
