//! The scheduled jobs, one file each: which, when, and why then.

mod announce_endings;
mod collect_payments;
mod disable_lapsed_apps;
mod expire_proposals;
mod expire_subscriptions;
mod prune_records;
mod refund_payments;
mod renew_subscriptions;

use crate::Scheduled;

/// All of them. Within a minute they run in the order in which things fall due: lapse, expiry, renewal,
/// announcements, proposals, collection, refund.
pub(crate) const ALL: [Scheduled; 8] = [
    disable_lapsed_apps::JOB,
    expire_subscriptions::JOB,
    renew_subscriptions::JOB,
    announce_endings::JOB,
    expire_proposals::JOB,
    collect_payments::JOB,
    refund_payments::JOB,
    prune_records::JOB,
];
