//! Expires subscriptions: not activated in time, or at the end of a term without auto-renewal.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, two seconds behind the lapses, which come first.
pub(super) const JOB: Scheduled =
    Scheduled { job: Job::ExpireSubscriptions, when: When::Sweep { second: 2 } };
