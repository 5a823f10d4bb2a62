//! Tells customers that a subscription ends soon.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, five seconds past: behind what ends and renews, which has nothing more to announce.
pub(super) const JOB: Scheduled = Scheduled { job: Job::AnnounceEndings, when: When::Sweep { second: 5 } };
