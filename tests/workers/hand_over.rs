//! SIGTERM: a worker ends between two batches, and another goes on with its run at once.

use super::process::{Supervised, a_month_ago, due, renewed};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use domain::job::Job;
use entity::{job_run, state::JobRunStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

async fn first_run(app: &App) -> job_run::Model {
    let runs = job_run::Entity::find().filter(job_run::Column::Job.eq(Job::RenewSubscriptions.name()));
    let run = runs.order_by_asc(job_run::Column::ScheduledAt).one(app.market.db().read()).await;
    run.expect("an answer").expect("a run")
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_hands_a_run_over_to_the_next_worker() {
    let app = App::on(Db::Postgres).await;
    a_month_ago(&app);
    for _ in 0..5 {
        app.active(BOARDS_MONTHLY).await;
    }
    let all = due(&app).await;
    // One row a batch, and the second takes three seconds: time enough to ask the worker to stop.
    let slow = format!("slow={}", all[1]);
    // A lease for ten minutes: nobody takes over what was not handed over.
    let lease = ("TENURE_JOB_LEASE", "600");
    let settings = [("TEST_FAULT", slow.as_str()), ("TENURE_SWEEP_BATCH", "1"), lease];
    let mut first = Supervised::start(&app, &[&settings]);
    first.until("the first row is renewed", async || renewed(&app).await == 1).await;
    let status = first.terminate_first().await;
    assert!(status.success(), "{status}");
    let left = due(&app).await;
    assert_eq!(left, all[2..], "it ended what it was at, and began nothing more");
    let run = first_run(&app).await;
    assert_eq!((run.status, run.attempts, run.changed), (JobRunStatus::Running, 0, 2));
    let mut second = Supervised::start(&app, &[&[lease]]);
    second.until("the rest is renewed", async || renewed(&app).await == 5).await;
    second.until("the run is done", async || first_run(&app).await.status == JobRunStatus::Done).await;
    let done = first_run(&app).await;
    assert_eq!((done.id, done.attempts), (run.id, 1), "it counts as if it had not been begun by the first");
    assert_ne!(done.worker, run.worker);
    assert_eq!(second.stop().await, []);
}
