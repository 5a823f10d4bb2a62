//! Renews subscriptions and issues the invoices of their next periods.

use crate::Scheduled;
use domain::job::Job;

/// Every minute, four seconds past: behind lapses and expiries. Most work comes at midnight, when periods end.
pub(super) const JOB: Scheduled = Scheduled { job: Job::RenewSubscriptions, schedule: "4 * * * * *" };
