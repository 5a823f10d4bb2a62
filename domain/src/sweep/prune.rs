//! Clean-up: runs of jobs that had no work, or whose process died, after a day; expired idempotency keys.

use super::Report;
use crate::{Marketplace, Result};
use chrono::TimeDelta;
use entity::{idempotency_key, job_run};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

/// How long a run without work is kept.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Deletes what is of no use any more. By the real clock.
pub(crate) async fn prune(market: &Marketplace) -> Report {
    let mut report = Report::default();
    let outcome = delete(market, &mut report).await;
    report.stopped_by(outcome)
}

async fn delete(market: &Marketplace, report: &mut Report) -> Result<()> {
    let (db, now) = (market.db().writer(), market.real_now());
    let without_work = Condition::all()
        .add(job_run::Column::Changed.eq(0))
        .add(job_run::Column::Failed.eq(0))
        .add(job_run::Column::Error.is_null());
    let runs = job_run::Entity::delete_many()
        .filter(job_run::Column::StartedAt.lt(now - KEPT))
        .filter(Condition::any().add(without_work).add(job_run::Column::FinishedAt.is_null()))
        .exec(db)
        .await?;
    let keys = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    report.changed = i64::try_from(runs.rows_affected + keys.rows_affected).unwrap_or(i64::MAX);
    Ok(())
}
