//! Webhooks: sent all the time, since the first attempt follows the event at once. Not by the alarm clock: `tenure jobs run
//! deliver-webhooks` is for those who have no worker at hand.

use crate::Error;
use domain::{
    Marketplace,
    webhook::{self, Post},
};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;

/// What sends them.
///
/// # Errors
/// When nothing can be sent from this machine.
pub(crate) fn post(market: &Marketplace) -> Result<Post, Error> {
    Post::new(&market.settings().webhooks).map_err(|error| Error::Webhooks(error.to_string()))
}

/// Sends webhooks until the process is to stop; what is under way then is finished.
pub(crate) async fn run(market: &Marketplace, post: &Post) {
    // A round that panics must not take the others with it: another one goes on from what is stored.
    while AssertUnwindSafe(webhook::run(market, post)).catch_unwind().await.is_err() {
        tracing::error!("sending webhooks panicked");
    }
}
