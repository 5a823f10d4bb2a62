//! Who calls, and what one request carries through its resolvers.

use crate::loaders::{CatalogParts, InvoiceParts, ProposalParts, SubscriptionLists, WebhookLists};
use async_graphql::{Context, dataloader::DataLoader};
use domain::{Actor, By, Marketplace, feed::Feed};
use entity::state::ApiKeyScope;
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What one request carries: the marketplace, who asks, and loaders that gather what its resolvers want.
pub(crate) struct Caller {
    pub(crate) market: Marketplace,
    pub(crate) by: By,
    pub(crate) feed: Feed,
    pub(crate) lists: DataLoader<SubscriptionLists>,
    pub(crate) invoices: DataLoader<InvoiceParts>,
    pub(crate) catalog: DataLoader<CatalogParts>,
    pub(crate) proposals: DataLoader<ProposalParts>,
    pub(crate) webhooks: DataLoader<WebhookLists>,
    /// Ends what the loaders have begun: nobody waits for it when the request has gone.
    _ends: DropGuard,
}

impl Caller {
    pub(crate) fn new(market: Marketplace, feed: Feed, by: By) -> Self {
        let lists = SubscriptionLists { market: market.clone(), actor: by.actor };
        let invoices = InvoiceParts { market: market.clone(), actor: by.actor };
        let catalog = CatalogParts { market: market.clone(), actor: by.actor };
        let proposals = ProposalParts { market: market.clone(), actor: by.actor };
        let webhooks = WebhookLists { market: market.clone(), actor: by.actor };
        let gone = CancellationToken::new();
        let spawn = {
            let gone = gone.clone();
            move |load: BoxFuture<'static, ()>| {
                let gone = gone.clone();
                tokio::spawn(async move { gone.run_until_cancelled(load).await })
            }
        };
        Self {
            lists: DataLoader::new(lists, spawn.clone()),
            invoices: DataLoader::new(invoices, spawn.clone()),
            catalog: DataLoader::new(catalog, spawn.clone()),
            proposals: DataLoader::new(proposals, spawn.clone()),
            webhooks: DataLoader::new(webhooks, spawn),
            market,
            by,
            feed,
            _ends: gone.drop_guard(),
        }
    }

    /// The caller of the request that is being resolved.
    pub(crate) fn of<'a>(ctx: &Context<'a>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    pub(crate) fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// Whether it asks with a key that may only read.
    pub(crate) fn only_reads(&self) -> bool {
        self.by.key.is_some_and(|key| key.scope == ApiKeyScope::Read)
    }
}
