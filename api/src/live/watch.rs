//! One who watches: what comes next, and whether it may still be shown to them.

use super::{following::Following, shown::Shown};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::decode_event,
};
use async_graphql::{ID, Result};
use domain::feed::{self, Placed};
use std::sync::Arc;

/// One who watches.
pub(crate) struct Watch<'a> {
    caller: &'a Caller,
    following: Following,
}

/// The event that a client has seen last, if there is such an event.
///
/// # Errors
/// `NOT_FOUND` when there is none; what the database said.
pub(crate) async fn seen(caller: &Caller, after: &ID) -> Result<Placed> {
    let (stream, seq) = decode_event(after).ok_or_else(|| not_found("after"))?;
    let found = feed::find(&caller.market, stream, seq).await.map_err(top_level)?;
    found.ok_or_else(|| not_found("after"))
}

/// That an argument names nothing that the caller sees.
pub(crate) fn not_found(argument: &'static str) -> async_graphql::Error {
    top_level(domain::Error::NotFound(domain::Input(vec![argument.into()])))
}

impl<'a> Watch<'a> {
    /// Begins behind an event that the client has seen, or now.
    pub(crate) async fn begin(caller: &'a Caller, after: Option<&Placed>) -> Result<Self> {
        let after = after.map(|placed| placed.place);
        let following = Following::begin(&caller.market, &caller.feed, after).await.map_err(top_level)?;
        Ok(Self { caller, following })
    }

    /// The next event of any kind, with what it shows; none when nothing comes any more.
    pub(crate) async fn next(&mut self) -> Result<Option<(Arc<Placed>, Arc<Shown>)>> {
        let next = self.following.next().await.map_err(top_level)?;
        Ok(next.map(|placed| {
            let shown = placed.shown(|| Shown::new(&self.caller.market));
            (placed, shown)
        }))
    }

    /// Right before an event is shown. To whoever is not who they were any more nothing is shown from now on: it never returns,
    /// and their socket is closed as soon as it is looked at.
    pub(crate) async fn shows(&self, shown: &Shown) -> Result<()> {
        if !shown.is_unchanged(self.caller.recognized()).await.map_err(loaded)? {
            std::future::pending::<()>().await;
        }
        self.caller.load_with(shown.loaders(self.caller.actor()));
        Ok(())
    }
}
