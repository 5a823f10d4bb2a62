//! Proposals that run out.

use super::{UNTIL, accepts, declines, proposed, revises, sees, subscriptions, withdraws};
use crate::harness::{App, Db};
use domain::job::Job;
use entity::{event, state::EventType};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_job_closes_what_ran_out_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (id, answered) = (proposed(&app, &app.ada()).await, proposed(&app, &app.ada()).await);
    declines(&app.ada(), &answered, None).await.done();
    app.at("2026-02-09T23:59:59Z");
    assert_eq!(app.runs(Job::ExpireProposals).await.changed, 0);
    app.at(UNTIL);
    assert_eq!(app.runs(Job::ExpireProposals).await.changed, 1);
    assert_eq!(app.runs(Job::ExpireProposals).await.changed, 0);
    assert_eq!(sees(&app.ada(), &id).await["status"], "EXPIRED");
    assert_eq!(sees(&app.ada(), &answered).await["status"], "DECLINED");
    let told = event::Entity::find().filter(event::Column::Type.eq(EventType::ProposalExpired));
    assert_eq!(told.count(app.market.db().read()).await.unwrap(), 1);
}

/// The job may be late: nobody is answered by that.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_to_one_that_ran_out_before_the_job_came(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = proposed(&app, &app.ada()).await;
    app.at(UNTIL);
    assert_eq!(sees(&app.ada(), &id).await["allowedActions"], json!([]));
    assert_eq!(accepts(&app.ada(), &id, 1, "Contoso Main").await.refused(), "PROPOSAL_CLOSED");
    assert_eq!(declines(&app.ada(), &id, None).await.refused(), "PROPOSAL_CLOSED");
    assert_eq!(withdraws(&app, &id).await.refused(), "PROPOSAL_CLOSED");
    let longer = json!({ "expiresAt": "2026-03-10T00:00:00Z" });
    assert_eq!(revises(&app, &id, longer).await.refused(), "PROPOSAL_CLOSED");
    assert_eq!(subscriptions(&app.ada()).await, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_clock_stops_where_one_runs_out(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::sandbox(db).await;
    let id = proposed(&app, &app.ada()).await;
    let advanced = app.operator().does("AdvanceClock", json!({ "to": "2026-02-20T00:00:00Z" })).await.done();
    let runs = advanced.at("/advanceClock/jobRuns").as_array().expect("runs").clone();
    let run = runs.iter().find(|run| run["job"] == "expire-proposals").expect("a run of the job");
    assert_eq!(crate::harness::instant(run["scheduledAt"].as_str().unwrap()), crate::harness::instant(UNTIL));
    assert_eq!(sees(&app.ada(), &id).await["status"], "EXPIRED");
}
