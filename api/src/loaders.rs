//! Lists below the rows of a page, gathered into one statement for each list, however many rows the page has.

mod catalog;
mod proposal;
mod set;
mod webhook;

pub(crate) use self::{
    catalog::{AppOf, CatalogParts, CategoriesOf, CountriesOf, PlansOf},
    proposal::{AllowedOnProposal, ProposalParts},
    set::Loaders,
    webhook::{AttemptsOf, DeliveriesOf, WebhookLists},
};

use async_graphql::dataloader::Loader;
use domain::{
    Action, Actor, Error, Marketplace,
    subscription::allowed,
    view::{
        event::{self, EventView},
        invoice::{self, InvoiceView, LineView},
        license::{self, AssignmentView},
        page::{Key, KeySet, Page, Slice},
        payment::{self as paid, CreditLineView},
        subscription::{self, Parts, SubscriptionView},
    },
};
use entity::{
    credit_note,
    id::{CreditNoteId, InvoiceId, PaymentId, SubscriptionId},
    payment, refund,
};
use std::{collections::HashMap, future::Future, hash::Hash, sync::Arc};

/// The lists below subscriptions.
pub(crate) struct SubscriptionLists {
    pub(crate) market: Marketplace,
    pub(crate) actor: Actor,
}

/// A page of a list below a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListOf<K> {
    pub(crate) subscription: SubscriptionId,
    pub(crate) slice: Slice,
    pub(crate) with_total: bool,
    pub(crate) kind: K,
}

/// What is listed below subscriptions, and how.
pub(crate) trait Ordered: Clone + Eq + Hash + Send + Sync + 'static {
    /// The order of the list.
    fn order() -> KeySet;
}

impl Ordered for Invoices {
    fn order() -> KeySet {
        invoice::newest_first()
    }
}

impl Ordered for Events {
    fn order() -> KeySet {
        event::newest_first()
    }
}

impl Ordered for Assignments {
    fn order() -> KeySet {
        license::earliest_first()
    }
}

/// Their invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Invoices;

/// Their events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Events;

/// Their licences that are assigned, to users with this text in their name or e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Assignments(pub(crate) Option<String>);

/// Loads the pages that are wanted, those with the same arguments together.
async fn pages<K, T, L, C, LF, CF>(
    wanted: &[ListOf<K>],
    load: L,
    count: C,
    keys: fn(&T) -> Vec<Key>,
) -> Result<HashMap<ListOf<K>, Page<T>>, Arc<Error>>
where
    K: Ordered,
    L: Fn(K, Vec<SubscriptionId>, Slice) -> LF,
    C: Fn(K, Vec<SubscriptionId>) -> CF,
    LF: Future<Output = domain::Result<Vec<(SubscriptionId, T)>>>,
    CF: Future<Output = domain::Result<Vec<(SubscriptionId, i64)>>>,
{
    let mut alike: HashMap<(K, Slice, bool), Vec<&ListOf<K>>> = HashMap::new();
    for list in wanted {
        alike.entry((list.kind.clone(), list.slice.clone(), list.with_total)).or_default().push(list);
    }
    let mut found = HashMap::new();
    for ((kind, slice, with_total), lists) in alike {
        let ids: Vec<_> = lists.iter().map(|list| list.subscription).collect();
        let totals: HashMap<_, _> = if with_total {
            count(kind.clone(), ids.clone()).await?.into_iter().collect()
        } else {
            HashMap::new()
        };
        let mut rows: HashMap<SubscriptionId, Vec<T>> = HashMap::new();
        for (id, row) in load(kind, ids, slice.clone()).await? {
            rows.entry(id).or_default().push(row);
        }
        for list in lists {
            let id = list.subscription;
            let total = with_total.then(|| totals.get(&id).copied().unwrap_or(0).unsigned_abs());
            let page =
                Page::from_rows(rows.remove(&id).unwrap_or_default(), &slice, total, &K::order(), keys);
            found.insert(list.clone(), page);
        }
    }
    Ok(found)
}

impl Loader<ListOf<Invoices>> for SubscriptionLists {
    type Value = Page<InvoiceView>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[ListOf<Invoices>],
    ) -> Result<HashMap<ListOf<Invoices>, Self::Value>, Self::Error> {
        let (market, actor) = (&self.market, &self.actor);
        pages(
            wanted,
            |_, ids, slice| async move { invoice::invoices_of_subscriptions(market, actor, &ids, &slice).await },
            |_, ids| async move { invoice::count_invoices(market, actor, &ids).await },
            invoice::keys,
        )
        .await
    }
}

impl Loader<ListOf<Events>> for SubscriptionLists {
    type Value = Page<EventView>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[ListOf<Events>],
    ) -> Result<HashMap<ListOf<Events>, Self::Value>, Self::Error> {
        let (market, actor) = (&self.market, &self.actor);
        pages(
            wanted,
            |_, ids, slice| async move {
                let events = event::events_of_subscriptions(market, actor, &ids, &slice).await?;
                Ok(events.into_iter().map(|view| (SubscriptionId(view.row.stream_id), view)).collect())
            },
            |_, ids| async move { event::count_events(market, actor, &ids).await },
            event::keys,
        )
        .await
    }
}

impl Loader<ListOf<Assignments>> for SubscriptionLists {
    type Value = Page<AssignmentView>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[ListOf<Assignments>],
    ) -> Result<HashMap<ListOf<Assignments>, Self::Value>, Self::Error> {
        let (market, actor) = (&self.market, &self.actor);
        pages(
            wanted,
            |Assignments(search), ids, slice| async move {
                let assignments =
                    license::assignments_of_subscriptions(market, actor, &ids, search.as_deref(), &slice)
                        .await?;
                Ok(assignments.into_iter().map(|view| (view.row.subscription_id, view)).collect())
            },
            |Assignments(search), ids| async move {
                license::count_assignments(market, actor, &ids, search.as_deref()).await
            },
            license::keys,
        )
        .await
    }
}

/// A subscription that another object names, with these relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ById(pub(crate) SubscriptionId, pub(crate) Parts);

/// The latest copy that replaces a subscription, with these relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CopyOf(pub(crate) SubscriptionId, pub(crate) Parts);

/// What the viewer may do with a subscription.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOn(pub(crate) Arc<SubscriptionView>);

impl PartialEq for AllowedOn {
    fn eq(&self, other: &Self) -> bool {
        self.0.row.id == other.0.row.id
    }
}

impl Eq for AllowedOn {}

impl Hash for AllowedOn {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.row.id.hash(state);
    }
}

/// The ids of the keys, those with the same relations together.
fn by_parts<K>(
    keys: &[K],
    split: impl Fn(&K) -> (SubscriptionId, Parts),
) -> HashMap<Parts, Vec<SubscriptionId>> {
    let mut alike: HashMap<Parts, Vec<SubscriptionId>> = HashMap::new();
    for (id, parts) in keys.iter().map(split) {
        alike.entry(parts).or_default().push(id);
    }
    alike
}

impl Loader<ById> for SubscriptionLists {
    type Value = Arc<SubscriptionView>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, Self::Error> {
        let mut found = HashMap::new();
        for (parts, ids) in by_parts(keys, |ById(id, parts)| (*id, *parts)) {
            for view in subscription::subscriptions_by_id(&self.market, &self.actor, ids, parts).await? {
                found.insert(ById(view.row.id, parts), Arc::new(view));
            }
        }
        Ok(found)
    }
}

impl Loader<CopyOf> for SubscriptionLists {
    type Value = Arc<SubscriptionView>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CopyOf]) -> Result<HashMap<CopyOf, Self::Value>, Self::Error> {
        let mut found = HashMap::new();
        for (parts, ids) in by_parts(keys, |CopyOf(id, parts)| (*id, *parts)) {
            // The latest comes last and stays.
            for view in subscription::copies_of(&self.market, &self.actor, ids, parts).await? {
                if let Some(replaced) = view.row.replaces_id {
                    found.insert(CopyOf(replaced, parts), Arc::new(view));
                }
            }
        }
        Ok(found)
    }
}

impl Loader<AllowedOn> for SubscriptionLists {
    type Value = Vec<Action>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AllowedOn]) -> Result<HashMap<AllowedOn, Self::Value>, Self::Error> {
        let views: Vec<_> = keys.iter().map(|key| key.0.as_ref()).collect();
        let facts = allowed::facts(&self.market, &self.actor, &views).await?;
        let now = self.market.now().await?;
        let of = |key: &AllowedOn| allowed::allowed_actions(&self.actor, &key.0, &facts, now);
        Ok(keys.iter().map(|key| Ok((key.clone(), of(key)?))).collect::<Result<_, Error>>()?)
    }
}

/// What belongs to invoices.
pub(crate) struct InvoiceParts {
    pub(crate) market: Marketplace,
    pub(crate) actor: Actor,
}

/// The lines of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LinesOf(pub(crate) InvoiceId);

/// The payments of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PaymentsOf(pub(crate) InvoiceId);

/// The credit notes of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CreditNotesOf(pub(crate) InvoiceId);

/// The lines of a credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CreditLinesOf(pub(crate) CreditNoteId);

/// The refunds of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RefundsOf(pub(crate) PaymentId);

fn grouped<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

impl Loader<LinesOf> for InvoiceParts {
    type Value = Vec<LineView>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[LinesOf]) -> Result<HashMap<LinesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(invoice::lines(&self.market, &self.actor, &ids).await?, |line| {
            LinesOf(line.row.invoice_id)
        }))
    }
}

impl Loader<PaymentsOf> for InvoiceParts {
    type Value = Vec<payment::Model>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[PaymentsOf]) -> Result<HashMap<PaymentsOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(paid::payments(&self.market, &self.actor, &ids).await?, |payment| {
            PaymentsOf(payment.invoice_id)
        }))
    }
}

impl Loader<CreditNotesOf> for InvoiceParts {
    type Value = Vec<credit_note::Model>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[CreditNotesOf],
    ) -> Result<HashMap<CreditNotesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(paid::credit_notes(&self.market, &self.actor, &ids).await?, |note| {
            CreditNotesOf(note.invoice_id)
        }))
    }
}

impl Loader<CreditLinesOf> for InvoiceParts {
    type Value = Vec<CreditLineView>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[CreditLinesOf],
    ) -> Result<HashMap<CreditLinesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(paid::credit_lines(&self.market, &self.actor, &ids).await?, |line| {
            CreditLinesOf(line.row.credit_note_id)
        }))
    }
}

impl Loader<RefundsOf> for InvoiceParts {
    type Value = Vec<refund::Model>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[RefundsOf]) -> Result<HashMap<RefundsOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(paid::refunds_of(&self.market, &self.actor, &ids).await?, |refund| {
            RefundsOf(refund.payment_id)
        }))
    }
}
