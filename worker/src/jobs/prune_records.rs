//! Deletes old job runs, workers that are gone, idempotency keys that have expired, and old webhooks.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every hour at half past, away from midnight's renewals.
pub(super) const JOB: Scheduled = Scheduled { job: Job::PruneRecords, when: When::Cron("0 30 * * * *") };
