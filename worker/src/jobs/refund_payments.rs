//! Gives back what is owed to those who paid for something that was credited.

use crate::{Scheduled, schedule::When};
use domain::job::Job;

/// Every minute, twenty seconds past: behind the collection, whose answers may have to be given back.
pub(super) const JOB: Scheduled = Scheduled { job: Job::RefundPayments, when: When::Sweep { second: 20 } };
