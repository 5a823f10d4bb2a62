//! The loaders of a request, or of an event that is shown.

use super::{CatalogParts, InvoiceParts, ProposalParts, SubscriptionLists, WebhookLists};
use async_graphql::dataloader::{DataLoader, HashMapCache};
use domain::{Actor, Marketplace};
use futures::future::BoxFuture;
use tokio_util::sync::{CancellationToken, DropGuard};

type Gathers<L> = DataLoader<L, HashMapCache>;

/// What gathers what resolvers want, for one actor.
pub(crate) struct Loaders {
    pub(crate) lists: Gathers<SubscriptionLists>,
    pub(crate) invoices: Gathers<InvoiceParts>,
    pub(crate) catalog: Gathers<CatalogParts>,
    pub(crate) proposals: Gathers<ProposalParts>,
    pub(crate) webhooks: Gathers<WebhookLists>,
    /// Ends what they have begun: nobody waits for it when they have gone.
    _ends: DropGuard,
}

impl Loaders {
    /// Those of a request. They keep nothing: a mutation changes what was loaded before it.
    pub(crate) fn of_request(market: &Marketplace, actor: Actor) -> Self {
        Self::new(market, actor, false)
    }

    /// Those of an event that is shown to several: what they loaded they keep, for as long as the event is shown.
    pub(crate) fn of_event(market: &Marketplace, actor: Actor) -> Self {
        Self::new(market, actor, true)
    }

    fn new(market: &Marketplace, actor: Actor, keeps: bool) -> Self {
        let gone = CancellationToken::new();
        let spawn = {
            let gone = gone.clone();
            move |load: BoxFuture<'static, ()>| {
                let gone = gone.clone();
                tokio::spawn(async move { gone.run_until_cancelled(load).await })
            }
        };
        macro_rules! gathers {
            ($parts:ident) => {{
                let parts = $parts { market: market.clone(), actor };
                let loader = DataLoader::with_cache(parts, spawn.clone(), HashMapCache::default());
                loader.enable_all_cache(keeps);
                loader
            }};
        }
        Self {
            lists: gathers!(SubscriptionLists),
            invoices: gathers!(InvoiceParts),
            catalog: gathers!(CatalogParts),
            proposals: gathers!(ProposalParts),
            webhooks: gathers!(WebhookLists),
            _ends: gone.drop_guard(),
        }
    }
}
