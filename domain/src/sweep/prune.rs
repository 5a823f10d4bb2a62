//! Clean-up: runs of jobs that had no work after a day, all after 90; workers that are gone; expired idempotency keys;
//! webhooks after 30 days.

use super::Report;
use crate::{Marketplace, Result, store::same};
use chrono::TimeDelta;
use entity::{
    idempotency_key, job_run, state::JobRunStatus, webhook_delivery, webhook_endpoint, webhook_secret,
    worker_process,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};

/// How long a run without work is kept.
const KEPT: TimeDelta = TimeDelta::days(1);

/// How long a run is kept that had work, failed or is dead: what it did to subscriptions and invoices is in their history.
const RUNS_KEPT: TimeDelta = TimeDelta::days(90);

/// How long webhooks are kept, with their attempts, and endpoints that were removed.
const WEBHOOKS_KEPT: TimeDelta = TimeDelta::days(30);

/// Deletes what is of no use any more. By the real clock.
pub(crate) async fn prune(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = delete(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn delete(market: &Marketplace, report: &mut Report) -> Result<()> {
    let (db, now) = (market.db().writer()?, market.real_now());
    let without_work = Condition::all()
        .add(job_run::Column::StartedAt.lt(now - KEPT))
        .add(job_run::Column::Changed.eq(0))
        .add(job_run::Column::Failed.eq(0))
        .add(job_run::Column::MissedTicks.eq(0))
        .add(job_run::Column::Error.is_null());
    let runs = job_run::Entity::delete_many()
        // What is still running, or was left behind, is somebody's to go on with.
        .filter(job_run::Column::Status.ne(JobRunStatus::Running))
        .filter(Condition::any().add(without_work).add(job_run::Column::StartedAt.lt(now - RUNS_KEPT)))
        .exec(db)
        .await?;
    market.step();
    let workers = worker_process::Entity::delete_many()
        .filter(worker_process::Column::SeenAt.lt(now - KEPT))
        .exec(db)
        .await?;
    let keys = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let webhooks = webhooks(market).await?;
    let deleted = runs.rows_affected + workers.rows_affected + keys.rows_affected + webhooks;
    report.changed = i64::try_from(deleted).unwrap_or(i64::MAX);
    Ok(())
}

/// Messages go with their attempts, endpoints with their secrets, once nothing is left that was sent there.
async fn webhooks(market: &Marketplace) -> Result<u64> {
    let (db, now) = (market.db().writer()?, market.real_now());
    let old = now - WEBHOOKS_KEPT;
    let messages = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::CreatedAt.lt(old))
        .exec(db)
        .await?;
    let secrets = webhook_secret::Entity::delete_many()
        .filter(webhook_secret::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    let sent_there = Query::select()
        .expr(Expr::val(1))
        .from(webhook_delivery::Entity)
        .and_where(same(
            (webhook_delivery::Entity, webhook_delivery::Column::WebhookEndpointId),
            (webhook_endpoint::Entity, webhook_endpoint::Column::Id),
        ))
        .to_owned();
    let endpoints = webhook_endpoint::Entity::delete_many()
        .filter(webhook_endpoint::Column::RemovedAt.lt(old))
        .filter(Expr::exists(sent_there).not())
        .exec(db)
        .await?;
    Ok(messages.rows_affected + secrets.rows_affected + endpoints.rows_affected)
}
