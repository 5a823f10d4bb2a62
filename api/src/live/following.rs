//! The events behind a place: first from the database, then as they are committed.

use domain::{
    Marketplace,
    feed::{self, Feed, Place, Placed},
};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The events behind a place: first from the database, then as they are committed. Whoever falls behind what is kept in
/// memory reads the database again, so nothing is left out, and what a slow one has not taken is kept for nobody.
pub(super) struct Following {
    market: Marketplace,
    live: Receiver<Arc<Placed>>,
    place: Place,
    behind: VecDeque<Arc<Placed>>,
    catching_up: bool,
}

impl Following {
    /// Behind an event that was seen, or from now on.
    pub(super) async fn begin(
        market: &Marketplace,
        feed: &Feed,
        after: Option<Place>,
    ) -> domain::Result<Self> {
        // Listening begins before the place is looked up, so that nothing falls between the two.
        let live = feed.listen();
        let (place, catching_up) = match after {
            Some(place) => (place, true),
            None => (feed::head(market).await?, false),
        };
        Ok(Self { market: market.clone(), live, place, behind: VecDeque::new(), catching_up })
    }

    /// The next event; none when nothing comes any more.
    pub(super) async fn next(&mut self) -> domain::Result<Option<Arc<Placed>>> {
        loop {
            if let Some(event) = self.behind.pop_front() {
                self.place = event.place;
                return Ok(Some(event));
            }
            if self.catching_up {
                self.behind =
                    feed::behind(&self.market, self.place).await?.into_iter().map(Arc::new).collect();
                self.catching_up = !self.behind.is_empty();
                continue;
            }
            match self.live.recv().await {
                Ok(event) if event.place > self.place => {
                    self.place = event.place;
                    return Ok(Some(event));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.catching_up = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}
