//! Who may answer, and what closes a proposal for good.

use super::{accepts, declines, line, proposed, revises, sees, subscriptions, withdraws};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_is_declined_with_a_reason_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let declined = declines(&app.carl(), &id, Some("Too dear.")).await.done();
    assert_eq!(declined.text("/declineProposal/proposal/status"), "DECLINED");
    declines(&app.ada(), &id, Some("Something else.")).await.done();
    for client in [app.ada(), app.operator()] {
        let seen = sees(&client, &id).await;
        assert_eq!(seen["declineReason"], "Too dear.", "the first answer stands");
        assert_eq!(seen["allowedActions"], json!([]));
    }
    assert_eq!(accepts(&app.ada(), &id, 1, "Contoso Main").await.refused(), "PROPOSAL_CLOSED");
    assert_eq!(subscriptions(&app.ada()).await, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_is_neither_answered_nor_changed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let [accepted, declined, withdrawn] = [
        proposed(&app, &app.ada()).await,
        proposed(&app, &app.ada()).await,
        proposed(&app, &app.ada()).await,
    ];
    accepts(&app.ada(), &accepted, 1, "Contoso Main").await.done();
    declines(&app.ada(), &declined, None).await.done();
    withdraws(&app, &withdrawn).await.done();
    let lines = json!({ "lines": [line(&app, BOARDS_MONTHLY, Some(1), "1.00").await] });
    for (id, except) in [(&accepted, "accept"), (&declined, "decline"), (&withdrawn, "withdraw")] {
        let answers = [
            ("accept", accepts(&app.ada(), id, 1, "Contoso Main").await),
            ("decline", declines(&app.ada(), id, None).await),
            ("withdraw", withdraws(&app, id).await),
            ("revise", revises(&app, id, lines.clone()).await),
            ("send", revises(&app, id, json!({ "send": true })).await),
        ];
        for (what, answer) in answers {
            // The same again is done already.
            let expected = if what == except { "OK" } else { "PROPOSAL_CLOSED" };
            assert_eq!(answer.outcome(), expected, "{what} after {except}");
        }
        assert_eq!(sees(&app.operator(), id).await["revision"], 1);
    }
    assert_eq!(subscriptions(&app.ada()).await, 2);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn owners_and_contributors_answer_and_nobody_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let profile = app.ada().profile("Contoso Main").await;
    let input = json!({ "proposalId": id, "revision": 1, "billingProfileId": profile });
    for (client, sees_it, expected) in [
        (app.rui(), true, "FORBIDDEN"),
        (app.ivan(), true, "FORBIDDEN"),
        (app.lena(), false, "NOT_FOUND"),
        (app.finn(), false, "NOT_FOUND"),
        (app.tailspin(), false, "NOT_FOUND"),
        (app.northwind(), false, "NOT_FOUND"),
        (app.operator(), true, "FORBIDDEN"),
    ] {
        let seen = sees(&client, &id).await;
        assert_eq!(!seen.is_null(), sees_it, "{}", client.who);
        assert_eq!(client.does("AcceptProposal", input.clone()).await.outcome(), expected, "{}", client.who);
        assert_eq!(declines(&client, &id, None).await.outcome(), expected, "{}", client.who);
    }
    for (client, actions) in [
        (app.ada(), json!(["ACCEPT", "DECLINE"])),
        (app.carl(), json!(["ACCEPT", "DECLINE"])),
        (app.rui(), json!([])),
        (app.operator(), json!(["REVISE", "WITHDRAW"])),
    ] {
        assert_eq!(sees(&client, &id).await["allowedActions"], actions, "{}", client.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_offers(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    let offer = json!({
        "organizationId": super::organization_of(&app.ada()).await, "expiresAt": super::UNTIL,
        "lines": super::two_lines(&app).await,
    });
    for client in [app.ada(), app.northwind(), app.tailspin()] {
        assert_eq!(client.does("CreateProposal", offer.clone()).await.failed(), "FORBIDDEN");
        for operation in ["ReviseProposal", "WithdrawProposal"] {
            let answer = client.does(operation, json!({ "proposalId": id })).await;
            assert_eq!(answer.failed(), "FORBIDDEN", "{operation} by {}", client.who);
        }
    }
}
