//! What fell due while nobody worked does not wait for the next minute: a worker looks at once when it starts, and some more
//! times soon after, because what a crash left half-way is set aside for ten seconds.

use crate::run_once;
use domain::{Marketplace, job::Job};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it looks, and how long it waits in between: for the first minute.
const LOOKS: u32 = 5;
const LOOK_EVERY: Duration = Duration::from_secs(12);

/// What goes by business time, in the order in which it falls due.
const JOBS: [Job; 7] = [
    Job::DisableLapsedApps,
    Job::ExpireSubscriptions,
    Job::RenewSubscriptions,
    Job::AnnounceEndings,
    Job::ExpireProposals,
    Job::CollectPayments,
    Job::RefundPayments,
];

pub(crate) async fn run(market: &Marketplace, stopping: &CancellationToken) {
    for _ in 0..LOOKS {
        for job in JOBS {
            let ran = AssertUnwindSafe(run_once(market, job, market.real_now())).catch_unwind().await;
            if ran.is_err() {
                tracing::error!(job = job.name(), "a run panicked");
            }
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
