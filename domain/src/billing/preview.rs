//! Looking ahead at one subscription: the operations themselves, taken back before they are committed.

use super::{
    charge::Offers,
    issue::{Totals, totals},
};
use crate::{
    By, Marketplace, Money, Result, access,
    subscription::{
        Subscription, cancel,
        change_license_quantity::{Wanted, change},
        renew::renewed,
    },
    work::{Purpose, Work},
};
use chrono::{DateTime, Utc};
use entity::{id::SubscriptionId, subscription};

/// What changing the number of licences now would come to.
#[derive(Debug, Clone, Copy)]
pub struct LicenseChangePreview {
    /// When the number would take effect: now, or at the next renewal.
    pub effective_at: DateTime<Utc>,
    /// What would be charged now, with tax.
    pub charged_now: Money,
    /// What the next renewal would charge for the subscription, with tax; none when it would not renew itself.
    pub next_renewal: Option<Money>,
}

/// Previews a change of the number of licences for somebody who may see what it costs.
///
/// # Errors
/// Those of the change itself but for the role; `MANAGED_BY_PARTNER`, `NotFound` and `Forbidden`.
pub async fn preview_license_change(
    market: &Marketplace,
    by: &By,
    id: SubscriptionId,
    quantity: i64,
) -> Result<LicenseChangePreview> {
    let mut work = market.begin_for(by, Purpose::Look).await?;
    let mut subscription = work.subscription(id, "subscriptionId").await?;
    access::may_preview(&by.actor, &subscription.row)?;
    let offers = Offers::of(&work.tx, [&subscription.row]).await?;
    let wanted = Wanted { quantity, charged: work.id(), checked: false };
    let present = subscription.row.quantity;
    let charged = change(&mut work, &mut subscription, &offers, wanted).await?;
    let issued = work.issued().iter().find(|issue| Some(issue.invoice.id) == charged);
    let charged_now = issued.map_or(0, |issue| issue.invoice.total);
    let lower = present.is_some_and(|present| quantity < present);
    let effective_at = match subscription.period() {
        // A past-due one waits for its payment beyond the end of its period.
        Some(period) if lower => period.ends_at().max(work.at()),
        Some(_) | None => work.at(),
    };
    let next_renewal = next_renewal(&work, &subscription, &offers).await?;
    let currency = subscription.row.currency.clone();
    work.rollback().await?;
    Ok(LicenseChangePreview {
        effective_at,
        charged_now: Money::stored(charged_now, &currency)?,
        next_renewal: next_renewal.map(|total| Money::stored(total, &currency)).transpose()?,
    })
}

async fn next_renewal(work: &Work<'_>, subscription: &Subscription, offers: &Offers) -> Result<Option<i64>> {
    if !subscription.row.auto_renew {
        return Ok(None);
    }
    let payer = work.payer(subscription.row.billing_profile_id).await?;
    let (_, line) = renewed(subscription, offers)?;
    let Totals { total, .. } = totals(work.settings(), &payer.profile.country, &[line])?;
    Ok(Some(total))
}

/// What cancelling now would come to.
#[derive(Debug, Clone, Copy)]
pub struct CancellationPreview {
    /// What would be credited, with tax.
    pub credited: Money,
    /// How much of that would be given back; the rest comes off what is unpaid.
    pub refunded: Money,
    /// Until when, exclusive, a cancellation is credited; none when nothing was charged for the current period.
    pub full_refund_until: Option<DateTime<Utc>>,
}

/// Previews a cancellation for somebody who may see what it costs. What fell due before is applied, as every operation
/// does that meets it.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `MANAGED_BY_PARTNER`, `NotFound` and `Forbidden`.
pub async fn preview_cancellation(
    market: &Marketplace,
    by: &By,
    id: SubscriptionId,
) -> Result<CancellationPreview> {
    let may = |row: &subscription::Model| access::may_preview(&by.actor, row);
    let (mut work, locked) = cancel::settled(market, by, Purpose::Look, id, may).await?;
    let canceled = cancel::end(&mut work, locked, false).await?;
    work.rollback().await?;
    let currency = &canceled.row.currency;
    Ok(CancellationPreview {
        credited: Money::stored(canceled.credited.total, currency)?,
        refunded: Money::stored(canceled.credited.refunded, currency)?,
        full_refund_until: canceled.full_refund_until,
    })
}
