//! Charges invoices that are due.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, ten seconds past: what was renewed in the same minute is collected with it.
pub(super) const JOB: Scheduled = Scheduled { job: Job::CollectPayments, when: When::Sweep { second: 10 } };
