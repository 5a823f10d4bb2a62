//! Cancelling: at once, and for good. What was charged for the period is credited within 72 hours of the charge.

use super::{
    Subscription, due,
    lifecycle::{Change, State},
};
use crate::{
    Actor, By, Error, Marketplace, Result,
    access::{self, Action},
    billing::credit::{Credited, neighbours, period_charges},
    money,
    work::{Purpose, Work},
};
use chrono::{DateTime, Utc};
use entity::{cancellation_note, id::SubscriptionId, subscription};

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 1_000;

/// What to cancel, and why.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// A reason in words, for the record.
    pub reason: Option<String>,
    /// Whether everything that was charged for the current period is credited, however long ago, also of one that was
    /// cancelled before: for the operator.
    pub credit_in_full: bool,
}

/// Cancels. Cancelling a cancelled one is a harmless repetition; what is not credited stays due.
///
/// # Errors
/// `DISABLED_IS_TERMINAL` when it ended otherwise; `MANAGED_BY_PARTNER`, `NotFound` and `Forbidden`.
pub async fn cancel(market: &Marketplace, by: &By, input: Cancel) -> Result<SubscriptionId> {
    if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(Error::invalid("reason", format!("a reason has at most {LONGEST_REASON} characters")));
    }
    let may = |row: &subscription::Model| access::may(&by.actor, Action::Cancel, row);
    let (mut work, subscriptions) = settled(market, by, Purpose::Change, input.subscription, may).await?;
    if input.credit_in_full && !matches!(by.actor, Actor::Operator(_)) {
        return Err(Error::Forbidden("only the operator of the marketplace credits in full".into()));
    }
    let canceled = end(&mut work, subscriptions, input.credit_in_full).await?;
    if let (true, Some(note)) = (canceled.ended, input.reason) {
        work.insert(cancellation_note::Model {
            subscription_id: canceled.row.id,
            organization_id: canceled.row.organization_id,
            note,
            created_at: work.at(),
        })
        .await?;
    }
    work.commit().await?;
    Ok(input.subscription)
}

/// The subscription to cancel, and those that share an unpaid invoice with it: all locked.
pub(crate) struct Locked {
    pub(crate) subject: Subscription,
    others: Vec<Subscription>,
}

/// What a cancellation comes to.
pub(crate) struct Canceled {
    /// The subscription.
    pub(crate) row: subscription::Model,
    /// Whether it ended by this, and not before.
    ended: bool,
    /// What is credited, in minor units with tax, and how much of that is given back.
    pub(crate) credited: Credited,
    /// Until when a cancellation is credited.
    pub(crate) full_refund_until: Option<DateTime<Utc>>,
}

/// The unit of work in which the subscription is to be cancelled, if the actor sees it and `may`. What fell due on it before
/// is applied and, when it was charged for, committed: that charge is credited like any other.
pub(crate) async fn settled<'m>(
    market: &'m Marketplace,
    by: &By,
    purpose: Purpose,
    id: SubscriptionId,
    may: impl Fn(&subscription::Model) -> Result<()>,
) -> Result<(Work<'m>, Locked)> {
    loop {
        let mut work = market.begin_for(by, purpose).await?;
        let seen = work.reader().find_by_id::<subscription::Entity>(id);
        let seen = seen.one(&work.tx).await?.ok_or_else(|| Error::not_found("subscriptionId"))?;
        may(&seen)?;
        let ids = neighbours(&work, id).await?;
        let mut others = work.locked_subscriptions(&ids, false).await?;
        // Somebody may have issued an invoice between the look and the lock.
        if neighbours(&work, id).await?.iter().any(|id| !ids.contains(id)) {
            continue;
        }
        let place = others.iter().position(|subscription| subscription.row.id == id);
        let subject = place.map(|place| others.swap_remove(place));
        let mut subject = subject.ok_or_else(|| Error::not_found("subscriptionId"))?;
        due::apply(&mut work, &mut subject).await?;
        if work.issued().is_empty() {
            return Ok((work, Locked { subject, others }));
        }
        work.commit().await?;
    }
}

/// Ends it, and credits what is to be credited.
///
/// # Errors
/// `DISABLED_IS_TERMINAL` when it ended otherwise.
pub(crate) async fn end(work: &mut Work<'_>, locked: Locked, in_full: bool) -> Result<Canceled> {
    let Locked { subject: mut subscription, others: mut pool } = locked;
    let mut canceled = Canceled {
        row: subscription.row.clone(),
        ended: false,
        credited: Credited::default(),
        full_refund_until: None,
    };
    match subscription.decide(Change::Cancel, work.at())? {
        Some(State::Disabled { reason, at }) => {
            work.disable(&mut subscription, reason, at);
            (canceled.row, canceled.ended) = (subscription.row.clone(), true);
        }
        // Cancelled before: the operator may still credit it.
        Some(State::Pending { .. } | State::Active { .. }) | None if in_full => {}
        Some(State::Pending { .. } | State::Active { .. }) | None => return Ok(canceled),
    }
    let Some(period) = subscription.period() else { return Ok(canceled) };
    let charges = period_charges(work, subscription.row.id, period.number).await?;
    canceled.full_refund_until = charges.full_refund_until;
    if !in_full && charges.full_refund_until.is_none_or(|until| work.at() >= until) {
        return Ok(canceled);
    }
    pool.push(subscription);
    for (invoice, lines) in charges.lines {
        let mut ledger = work.ledger_with(pool, invoice).await?;
        let credited = ledger.credit(work, lines).await?;
        canceled.credited.total = money::sum([canceled.credited.total, credited.total])?;
        canceled.credited.refunded = money::sum([canceled.credited.refunded, credited.refunded])?;
        pool = ledger.subscriptions;
    }
    Ok(canceled)
}
