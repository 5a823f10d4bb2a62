//! Live updates of invoices, from the feed of committed events.

use super::{Invoice, find};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, decode, encode_event},
    live::{Shown, Watch, not_found, seen},
};
use async_graphql::{Context, Enum, ID, OneofObject, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use domain::{
    feed::Placed,
    scope,
    view::{billing::profile, invoice::of_event},
};
use entity::{
    id::{BillingProfileId, InvoiceId},
    state::EventType,
};
use futures::Stream;

/// What happened to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum InvoiceEventType {
    /// It was issued.
    InvoiceIssued,
    /// It was paid in full.
    InvoicePaid,
    /// It became overdue.
    InvoiceOverdue,
    /// A credit note took charges of it back.
    CreditNoteIssued,
}

impl InvoiceEventType {
    /// The type, if it is one of an invoice's events.
    fn of(stored: EventType) -> Option<Self> {
        [Self::InvoiceIssued, Self::InvoicePaid, Self::InvoiceOverdue, Self::CreditNoteIssued]
            .into_iter()
            .find(|kind| EventType::from(*kind) == stored)
    }
}

impl From<InvoiceEventType> for EventType {
    fn from(kind: InvoiceEventType) -> Self {
        match kind {
            InvoiceEventType::InvoiceIssued => Self::InvoiceIssued,
            InvoiceEventType::InvoicePaid => Self::InvoicePaid,
            InvoiceEventType::InvoiceOverdue => Self::InvoiceOverdue,
            InvoiceEventType::CreditNoteIssued => Self::CreditNoteIssued,
        }
    }
}

/// Something that has just happened to an invoice, and the invoice as it is now.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct InvoiceUpdate {
    /// The event's id. After a break, give it as `after` to continue behind it.
    id: ID,
    /// What happened.
    #[graphql(name = "type")]
    kind: InvoiceEventType,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// The invoice as it is when the event is sent. Its credit notes are among its fields.
    invoice: Invoice,
}

/// Which invoices to watch.
#[derive(Debug, OneofObject)]
pub(crate) enum InvoiceWatchInput {
    /// Those that are billed to this profile.
    BillingProfileId(ID),
    /// This one.
    InvoiceId(ID),
}

/// What is watched.
#[derive(Clone, Copy)]
enum Only {
    Everything,
    Profile(BillingProfileId),
    Invoice(InvoiceId),
}

impl Only {
    /// What the caller asks for, if they see it.
    async fn of(caller: &Caller, wanted: Option<InvoiceWatchInput>) -> Result<Self> {
        Ok(match wanted {
            None => Self::Everything,
            Some(InvoiceWatchInput::BillingProfileId(id)) => {
                let missing = || not_found("billingProfileId");
                let id = decode(Kind::BillingProfile, &id).ok_or_else(missing)?;
                let seen = profile(&caller.market, caller.actor(), id).await.map_err(top_level)?;
                seen.map(|_| Self::Profile(id)).ok_or_else(missing)?
            }
            Some(InvoiceWatchInput::InvoiceId(id)) => {
                let missing = || not_found("invoiceId");
                let id = decode(Kind::Invoice, &id).ok_or_else(missing)?;
                find(caller, id).await?.map(|_| Self::Invoice(id)).ok_or_else(missing)?
            }
        })
    }

    fn holds(self, placed: &Placed) -> bool {
        match self {
            Self::Everything => true,
            Self::Profile(id) => placed.event.stream_id == id.0,
            Self::Invoice(id) => of_event(&placed.event) == Some(id),
        }
    }
}

#[derive(Default)]
pub(crate) struct InvoiceLive;

#[Subscription]
impl InvoiceLive {
    /// What happens to invoices, as it happens: to those that `only` names, or without it to every one that you may see.
    async fn invoice_events<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Only what happens to these.")] only: Option<InvoiceWatchInput>,
        #[graphql(desc = "Continue behind the event with this id; what happened since comes first.")]
        after: Option<ID>,
    ) -> Result<impl Stream<Item = Result<InvoiceUpdate>> + use<'a>> {
        let caller = Caller::of(ctx);
        let only = Only::of(caller, only).await?;
        let after = match &after {
            None => None,
            Some(id) => {
                let placed = seen(caller, id).await?;
                let shown = Shown::new(&caller.market);
                let update =
                    if is_seen(caller, &placed) { update(caller, &placed, &shown).await? } else { None };
                Some(update.map(|_| placed).ok_or_else(|| not_found("after"))?)
            }
        };
        let mut watch = Watch::begin(caller, after.as_ref()).await?;
        Ok(async_stream::try_stream! {
            while let Some(update) = next(&mut watch, caller, only).await? {
                yield update;
            }
        })
    }
}

async fn next(watch: &mut Watch<'_>, caller: &Caller, only: Only) -> Result<Option<InvoiceUpdate>> {
    while let Some((placed, shown)) = watch.next().await? {
        if is_seen(caller, &placed)
            && only.holds(&placed)
            && let Some(update) = update(caller, &placed, &shown).await?
        {
            watch.shows(&shown).await?;
            return Ok(Some(update));
        }
    }
    Ok(None)
}

/// As far as the event says it: the invoice says the rest.
fn is_seen(caller: &Caller, placed: &Placed) -> bool {
    scope::may_see_invoice_event(caller.actor(), &placed.event)
}

async fn update(caller: &Caller, placed: &Placed, shown: &Shown) -> Result<Option<InvoiceUpdate>> {
    let event = &placed.event;
    let (Some(kind), Some(id)) = (InvoiceEventType::of(event.r#type), of_event(event)) else {
        return Ok(None);
    };
    let found = shown.invoice(caller.actor(), id).await.map_err(top_level)?;
    Ok(found.map(|view| InvoiceUpdate {
        id: encode_event(event.stream_id, event.seq),
        kind,
        occurred_at: event.occurred_at,
        invoice: Invoice(view),
    }))
}
