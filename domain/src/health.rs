//! Whether a process lives, and whether it can do what it is there for.

use crate::Marketplace;

/// It runs, and if it works, the alarm of its jobs is awake.
///
/// # Errors
/// With what keeps it from living, for whoever operates it.
pub fn live(market: &Marketplace) -> Result<(), &'static str> {
    if market.pulse().is_awake(market.real_now()) { Ok(()) } else { Err("the alarm of the jobs is silent") }
}

/// Its database answers, nothing keeps it from writing, and if it works, sweeps succeed.
///
/// # Errors
/// With what keeps it from being ready, for whoever operates it.
pub async fn ready(market: &Marketplace) -> Result<(), &'static str> {
    if let Some(why) = market.db().writing_stopped() {
        tracing::warn!(why = &*why, "not ready: nothing is written");
        return Err("nothing is written, the log says why");
    }
    if let Err(error) = market.db().read().ping().await {
        tracing::warn!(?error, "not ready: the database does not answer");
        return Err("the database does not answer");
    }
    live(market)?;
    if market.pulse().is_ready(market.real_now()) { Ok(()) } else { Err("no sweep succeeded for 90 seconds") }
}
