//! Disables apps whose payment lapsed.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, on the minute: at one instant a lapse comes before everything else.
pub(super) const JOB: Scheduled = Scheduled { job: Job::DisableLapsedApps, when: When::Sweep { second: 0 } };
