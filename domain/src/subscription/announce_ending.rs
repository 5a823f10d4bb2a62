//! Telling that a subscription ends soon, so that its customer can still renew it, or make do without.

use super::{Subscription, lifecycle};
use crate::{Error, Result, work::Work};
use entity::state::EventType;
use serde_json::json;

/// Tells it, once for each reminder; of those that were missed only the latest.
///
/// # Errors
/// `Internal` for one that does not end soon, which is not claimed.
pub(crate) fn announce(work: &mut Work<'_>, subscription: &mut Subscription) -> Result<()> {
    let state = subscription.state()?;
    let told = subscription.row.remind_at.filter(|at| *at <= work.at());
    if told.is_none() {
        return Err(Error::internal("an end was to be announced that is not near"));
    }
    let ends_at = lifecycle::ends_at(&state);
    subscription.row.remind_at = lifecycle::next_reminder(&state, None, work.at());
    let days_left = (ends_at - work.at()).num_days();
    work.save(subscription, EventType::EndingSoon, json!({ "endsAt": ends_at, "daysLeft": days_left }));
    Ok(())
}
