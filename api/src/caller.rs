//! Who calls, and what one request carries through its resolvers.

use crate::loaders::Loaders;
use async_graphql::Context;
use domain::{Actor, By, Marketplace, feed::Feed, identity::Recognized};
use entity::state::ApiKeyScope;
use std::sync::{Arc, PoisonError, RwLock};

/// What one request carries: the marketplace, who asks, and loaders that gather what its resolvers want.
pub(crate) struct Caller {
    pub(crate) market: Marketplace,
    pub(crate) by: By,
    pub(crate) feed: Feed,
    loaders: RwLock<Arc<Loaders>>,
}

impl Caller {
    pub(crate) fn new(market: Marketplace, feed: Feed, by: By) -> Self {
        let loaders = RwLock::new(Arc::new(Loaders::of_request(&market, by.actor)));
        Self { market, by, feed, loaders }
    }

    /// The caller of the request that is being resolved.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// Who was recognized.
    pub(crate) fn recognized(&self) -> Recognized {
        Recognized { actor: self.by.actor, key: self.by.key }
    }

    /// What gathers what its resolvers want.
    pub(crate) fn loaders(&self) -> Arc<Loaders> {
        self.loaders.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with other loaders: those of the event that is shown next, which others who see it as this caller share.
    pub(crate) fn load_with(&self, loaders: Arc<Loaders>) {
        *self.loaders.write().unwrap_or_else(PoisonError::into_inner) = loaders;
    }

    /// Whether it asks with a key that may only read.
    pub(crate) fn only_reads(&self) -> bool {
        self.by.key.is_some_and(|key| key.scope == ApiKeyScope::Read)
    }
}
