//! Sending webhooks, once: for those who have no worker at hand. Workers send them all the time.

use super::Report;
use crate::{
    Marketplace,
    webhook::{self, Post},
};

/// Sends every webhook that is due. What stops it half-way is in the report too.
pub(crate) async fn deliver(market: &Marketplace) -> Report {
    let sent = async {
        let post = Post::new(&market.settings().webhooks)?;
        webhook::deliver(market, &post).await
    };
    match sent.await {
        Ok(report) => report,
        Err(error) => Report::default().stopped_by(Err(error)),
    }
}
