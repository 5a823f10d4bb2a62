//! Renews subscriptions and issues the invoices of their next periods.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, four seconds past: behind lapses and expiries. Most work comes at midnight, when periods end.
pub(super) const JOB: Scheduled = Scheduled { job: Job::RenewSubscriptions, when: When::Sweep { second: 4 } };
