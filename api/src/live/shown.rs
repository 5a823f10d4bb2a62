//! What an event shows: loaded once in this process for all who see the same, however many sockets they watch on.

use crate::loaders::Loaders;
use async_graphql::dataloader::{DataLoader, Loader};
use domain::{
    Actor, Error, Marketplace,
    identity::{Recognized, unchanged},
    scope::{sees_invoices_like, sees_subscriptions_like},
    view::{
        invoice::{InvoiceView, invoice},
        subscription::{Parts, SubscriptionView, subscription},
    },
};
use entity::id::{InvoiceId, SubscriptionId};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::OnceCell;

/// For how long those who watch are gathered before it is asked whether they are still who they were.
const GATHER: Duration = Duration::from_millis(5);

/// Something that is loaded once for each key; none when it is not seen.
type Once<K, T> = Mutex<HashMap<K, Arc<OnceCell<Option<Arc<T>>>>>>;

/// What an event shows. It is kept with the event, and goes with it.
pub(crate) struct Shown {
    market: Marketplace,
    subscriptions: Once<(Actor, Parts), SubscriptionView>,
    invoices: Once<Actor, InvoiceView>,
    loaders: Mutex<HashMap<Actor, Arc<Loaders>>>,
    watchers: DataLoader<Watchers>,
}

impl Shown {
    /// Nothing is loaded yet.
    pub(crate) fn new(market: &Marketplace) -> Self {
        let watchers = DataLoader::new(Watchers(market.clone()), tokio::spawn).delay(GATHER);
        Self {
            market: market.clone(),
            subscriptions: Once::default(),
            invoices: Once::default(),
            loaders: Mutex::default(),
            watchers,
        }
    }

    /// The subscription, if the actor sees it.
    pub(crate) async fn subscription(
        &self,
        actor: &Actor,
        id: SubscriptionId,
        parts: Parts,
    ) -> domain::Result<Option<Arc<SubscriptionView>>> {
        let like = sees_subscriptions_like(actor);
        once(&self.subscriptions, (like, parts), subscription(&self.market, &like, id, parts)).await
    }

    /// The invoice, if the actor sees it.
    pub(crate) async fn invoice(
        &self,
        actor: &Actor,
        id: InvoiceId,
    ) -> domain::Result<Option<Arc<InvoiceView>>> {
        let like = sees_invoices_like(actor);
        once(&self.invoices, like, invoice(&self.market, &like, id)).await
    }

    /// What gathers what resolvers want beyond that. It may depend on who it is exactly, as what they may do does.
    pub(crate) fn loaders(&self, actor: &Actor) -> Arc<Loaders> {
        let mut kept = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(*actor).or_insert_with(|| Arc::new(Loaders::of_event(&self.market, *actor))).clone()
    }

    /// Whether who watches is still who they were when they came. Asked of all who are about to be shown the event together.
    pub(crate) async fn is_unchanged(&self, who: Recognized) -> Result<bool, Arc<Error>> {
        Ok(self.watchers.load_one(who).await?.is_some())
    }
}

async fn once<K: Eq + Hash, T>(
    kept: &Once<K, T>,
    key: K,
    load: impl Future<Output = domain::Result<Option<T>>>,
) -> domain::Result<Option<Arc<T>>> {
    let cell = kept.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
    cell.get_or_try_init(|| async { Ok(load.await?.map(Arc::new)) }).await.cloned()
}

/// Those who watch.
struct Watchers(Marketplace);

impl Loader<Recognized> for Watchers {
    type Value = ();
    type Error = Arc<Error>;

    async fn load(&self, watchers: &[Recognized]) -> Result<HashMap<Recognized, ()>, Self::Error> {
        Ok(unchanged(&self.0, watchers).await?.into_iter().map(|who| (who, ())).collect())
    }
}
