//! Closes proposals that nobody answered in time.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, six seconds past: behind what changes subscriptions.
pub(super) const JOB: Scheduled = Scheduled { job: Job::ExpireProposals, when: When::Sweep { second: 6 } };
