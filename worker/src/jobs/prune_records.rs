//! Deletes job runs that had no work, after a day, and idempotency keys that have expired.

use crate::Scheduled;
use domain::job::Job;

/// Every hour at half past, away from midnight's renewals.
pub(super) const JOB: Scheduled = Scheduled { job: Job::PruneRecords, schedule: "0 30 * * * *" };
