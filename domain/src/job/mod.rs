//! The scheduled jobs: each takes no input, is idempotent, and its run for a tick is a row, unique by job and tick.
//!
//! [`tick`] gives each tick to one worker, [`held`] says who holds a run and for how long, [`mod@run`] runs it, and [`health`]
//! says how all of that goes.

pub mod health;
pub mod held;
mod progress;
pub mod run;
pub mod tick;

pub use self::{
    health::Pulse,
    held::{Held, MOST_ATTEMPTS},
    progress::Progress,
    run::{Ran, run, run_tick},
};

use crate::{
    Marketplace, Result, sweep,
    sweep::{Report, Task},
};
use chrono::{DateTime, Utc};
use entity::{
    id::JobRunId,
    job_run,
    state::{DueChange, JobRunStatus},
};
use sea_orm::{EntityTrait, IntoActiveModel, sea_query::OnConflict};

/// A job. In this order they run when they fall due at the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    /// Disables subscriptions whose grace ended unpaid.
    DisableLapsedApps,
    /// Disables subscriptions that were not activated in time, or whose term ended without auto-renewal.
    ExpireSubscriptions,
    /// Begins the next period of subscriptions that renew themselves, and issues the invoices.
    RenewSubscriptions,
    /// Tells customers that a subscription ends soon.
    AnnounceEndings,
    /// Closes proposals that nobody answered in time.
    ExpireProposals,
    /// Charges invoices that are due, and asks about charges whose outcome did not arrive.
    CollectPayments,
    /// Gives back what is owed to those who paid for something that was credited.
    RefundPayments,
    /// Sends the webhooks that are due. Workers do so all the time, without a schedule.
    DeliverWebhooks,
    /// Deletes old runs, workers that are gone, expired idempotency keys and old webhooks.
    PruneRecords,
}

impl Job {
    /// All jobs.
    pub const ALL: [Self; 9] = [
        Self::DisableLapsedApps,
        Self::ExpireSubscriptions,
        Self::RenewSubscriptions,
        Self::AnnounceEndings,
        Self::ExpireProposals,
        Self::CollectPayments,
        Self::RefundPayments,
        Self::DeliverWebhooks,
        Self::PruneRecords,
    ];

    /// The jobs that apply what falls due in business time.
    pub(crate) const BUSINESS: [Self; 7] = [
        Self::DisableLapsedApps,
        Self::ExpireSubscriptions,
        Self::RenewSubscriptions,
        Self::AnnounceEndings,
        Self::ExpireProposals,
        Self::CollectPayments,
        Self::RefundPayments,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::DisableLapsedApps => "disable-lapsed-apps",
            Self::ExpireSubscriptions => "expire-subscriptions",
            Self::RenewSubscriptions => "renew-subscriptions",
            Self::AnnounceEndings => "announce-endings",
            Self::ExpireProposals => "expire-proposals",
            Self::CollectPayments => "collect-payments",
            Self::RefundPayments => "refund-payments",
            Self::DeliverWebhooks => "deliver-webhooks",
            Self::PruneRecords => "prune-records",
        }
    }

    /// The job with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// Runs it once.
    pub(crate) async fn run(self, market: &Marketplace) -> Report {
        crate::fault::touched(self.name()).await;
        match self {
            Self::DisableLapsedApps => sweep::due(market, self, Task::Apply(DueChange::Lapse)).await,
            Self::ExpireSubscriptions => sweep::due(market, self, Task::Apply(DueChange::Expire)).await,
            Self::RenewSubscriptions => sweep::due(market, self, Task::Apply(DueChange::Renew)).await,
            Self::AnnounceEndings => sweep::due(market, self, Task::Announce).await,
            Self::ExpireProposals => sweep::expire_proposals(market).await,
            Self::CollectPayments => sweep::collect(market).await,
            Self::RefundPayments => sweep::refund(market).await,
            Self::DeliverWebhooks => sweep::deliver(market).await,
            Self::PruneRecords => sweep::prune(market).await,
        }
    }
}

/// Records a run that the sandbox clock made.
pub(crate) async fn record(
    market: &Marketplace,
    job: Job,
    scheduled_at: DateTime<Utc>,
    report: &Report,
) -> Result<()> {
    let now = market.now().await?;
    let row = job_run::Model {
        id: market.id::<JobRunId>(now),
        job: job.name().into(),
        scheduled_at,
        started_at: now.real,
        finished_at: Some(market.real_now()),
        changed: report.changed,
        skipped: report.skipped,
        failed: report.failed,
        error: report.error.clone(),
        status: if report.broken { JobRunStatus::Failed } else { JobRunStatus::Done },
        attempts: 1,
        missed_ticks: 0,
        worker: Some(market.process_name().to_owned()),
        lease_until: None,
    };
    // A scheduled run may have had the same tick: then that one stands for both.
    job_run::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(market.db().writer()?)
        .await?;
    Ok(())
}
