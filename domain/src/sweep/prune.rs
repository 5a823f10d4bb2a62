//! Clean-up: runs of jobs that had no work, after a day; expired idempotency keys.

use super::Report;
use crate::{Marketplace, Now, Result};
use chrono::TimeDelta;
use entity::{idempotency_key, job_run};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// How long a run without work is kept.
const KEPT: TimeDelta = TimeDelta::days(1);

/// Deletes what is of no use any more. By the real clock.
pub(crate) async fn prune(market: &Marketplace, now: Now) -> Result<Report> {
    let db = market.db().writer();
    let runs = job_run::Entity::delete_many()
        .filter(job_run::Column::FinishedAt.lt(now.real - KEPT))
        .filter(job_run::Column::Changed.eq(0))
        .filter(job_run::Column::Failed.eq(0))
        .exec(db)
        .await?;
    let keys = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::ExpiresAt.lte(now.real))
        .exec(db)
        .await?;
    let changed = i64::try_from(runs.rows_affected + keys.rows_affected).unwrap_or(i64::MAX);
    Ok(Report { changed, ..Report::default() })
}
