//! Runs of scheduled jobs, for the operator.

use super::page::{self, Key, KeyKind, KeySet, Page, Slice};
use crate::{Actor, Marketplace, Result, access};
use entity::{
    id::JobRunId,
    job_run::{Column, Entity, Model},
};
use sea_orm::sea_query::Expr;

/// A page of runs, the latest scheduled first.
///
/// # Errors
/// `Forbidden` for everybody but operators; `Invalid` for what is no cursor of this list; what the database said.
pub async fn job_runs(
    market: &Marketplace,
    actor: &Actor,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<Model>> {
    access::operator(actor)?;
    let reads = market.reader(actor);
    let keys = KeySet::new(
        "job runs",
        true,
        [
            (Expr::col((Entity, Column::ScheduledAt)), KeyKind::Instant),
            (Expr::col((Entity, Column::Id)), KeyKind::Id),
        ],
    );
    page::load(
        reads.db(),
        reads.find::<Entity>(),
        &keys,
        slice,
        with_total.then(|| reads.find::<Entity>()),
        |row: &Model| vec![Key::Instant(row.scheduled_at), Key::Id(row.id.0)],
    )
    .await
}

/// The run with this id.
///
/// # Errors
/// `Forbidden` for everybody but operators; what the database said.
pub async fn job_run(market: &Marketplace, actor: &Actor, id: JobRunId) -> Result<Option<Model>> {
    access::operator(actor)?;
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<Entity>(id).one(reads.db()).await?)
}
