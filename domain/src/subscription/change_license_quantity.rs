//! Changing the number of licences: up at once and charged pro rata, down at the next renewal.

use super::{buying::in_range, licensed, lifecycle::Change};
use crate::{
    Actor, By, Code, Error, Input, Marketplace, Result,
    access::{self, Action},
    billing::{
        charge::{Offers, more_licenses},
        issue,
    },
    idempotency::Operation,
    subscription::Subscription,
    view::billing::buying_profile,
    work::Work,
};
use entity::{
    id::{InvoiceId, SubscriptionId},
    invoice,
    state::{EventType, Standing},
};
use sea_orm::EntityTrait;
use serde::Serialize;
use serde_json::json;

/// How many licences there shall be.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeLicenseQuantity {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The number.
    pub quantity: i64,
    /// The caller's idempotency key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Changes it, and returns the invoice of what is charged now, if anything is.
///
/// Naming the present number withdraws a scheduled decrease.
///
/// # Errors
/// `DISABLED_IS_TERMINAL`, `NOT_ACTIVE`, `LICENSES_NOT_APPLICABLE`, `LICENSE_QUANTITY_OUT_OF_RANGE`,
/// `LICENSES_STILL_ASSIGNED`, `PAYMENT_PAST_DUE`, `BILLING_PROFILE_NOT_USABLE`, `PAYMENT_METHOD_NOT_USABLE`,
/// `MANAGED_BY_PARTNER`; `Invalid` for a
/// decrease without a renewal to come; `NotFound` and `Forbidden`.
pub async fn change_license_quantity(
    market: &Marketplace,
    by: &By,
    input: ChangeLicenseQuantity,
) -> Result<(SubscriptionId, Option<InvoiceId>)> {
    let mut work = market.begin(by).await?;
    let mut subscription = work.subscription(input.subscription, "subscriptionId").await?;
    access::may(&by.actor, Action::ChangeLicenseQuantity, &subscription.row)?;
    let charged: InvoiceId = work.id();
    let key = input.idempotency_key.as_deref();
    if let Some(first) = work.repeated(Operation::ChangeLicenseQuantity, key, &input, charged.0).await? {
        let invoice = invoice::Entity::find_by_id(InvoiceId(first)).one(&work.tx).await?;
        return Ok((input.subscription, invoice.map(|invoice| invoice.id)));
    }
    let offers = Offers::of(&work.tx, [&subscription.row]).await?;
    let wanted = Wanted { quantity: input.quantity, charged, checked: true };
    let invoice = change(&mut work, &mut subscription, &offers, wanted).await?;
    work.commit().await?;
    Ok((input.subscription, invoice))
}

/// What a change of the number of licences is to come to.
pub(crate) struct Wanted {
    /// The number.
    pub(crate) quantity: i64,
    /// The id of the invoice, if something is charged.
    pub(crate) charged: InvoiceId,
    /// Whether the actor's role on the billing profile is looked at: a preview spends nothing.
    pub(crate) checked: bool,
}

/// Changes the number of licences, and returns the invoice of what is charged now.
pub(crate) async fn change(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    offers: &Offers,
    wanted: Wanted,
) -> Result<Option<InvoiceId>> {
    subscription.decide(Change::ChangeLicenses, work.at())?;
    let present = licensed(&subscription.row)?;
    let offer = offers.get(subscription.row.plan_id)?;
    in_range(wanted.quantity, offer.min_licenses, offer.max_licenses, Input::field("quantity"))?;
    match wanted.quantity - present {
        0 => {
            withdraw(work, subscription);
            Ok(None)
        }
        more if more > 0 => raise(work, subscription, offers, more, &wanted).await.map(Some),
        _ => {
            schedule(work, subscription, wanted.quantity)?;
            Ok(None)
        }
    }
}

fn withdraw(work: &mut Work<'_>, subscription: &mut Subscription) {
    if let Some(scheduled) = subscription.row.scheduled_quantity.take() {
        let body = json!({ "withdrawn": scheduled, "quantity": subscription.row.quantity });
        work.save(subscription, EventType::LicenseDecreaseWithdrawn, body);
    }
}

fn schedule(work: &mut Work<'_>, subscription: &mut Subscription, quantity: i64) -> Result<()> {
    let row = &mut subscription.row;
    if !row.auto_renew {
        let message = "a lower number takes effect at a renewal, and auto-renewal is off: switch it on first";
        return Err(Error::invalid("quantity", message));
    }
    if row.assigned > quantity {
        let message =
            format!("{} licences are assigned. Unassign {} first.", row.assigned, row.assigned - quantity);
        return Err(Code::LicensesStillAssigned.because(message).at(Input::field("quantity")).into());
    }
    if row.scheduled_quantity != Some(quantity) {
        row.scheduled_quantity = Some(quantity);
        let body = json!({ "quantity": row.quantity, "scheduled": quantity, "at": row.period_end });
        work.save(subscription, EventType::LicenseDecreaseScheduled, body);
    }
    Ok(())
}

async fn raise(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    offers: &Offers,
    more: i64,
    wanted: &Wanted,
) -> Result<InvoiceId> {
    if subscription.row.standing == Standing::PastDue {
        return Err(Code::PaymentPastDue.into());
    }
    // Spending more is like buying: with the role, unless it is only looked at, and with what can be paid with.
    if let Actor::Member(_) | Actor::Partner(_) = work.by.actor {
        let profile = buying_profile(&work.reader(), subscription.row.billing_profile_id).await?;
        let may = profile.as_ref().is_some_and(|profile| access::buys_with(profile.role));
        if wanted.checked && !may {
            return Err(Code::BillingProfileNotUsable
                .because("Buying more licences needs your buying role on the subscription's billing profile.")
                .into());
        }
        if let Some(code) = profile.and_then(|profile| profile.unpayable(work.at())) {
            return Err(code.into());
        }
    }
    let line = more_licenses(subscription, offers, more, work.at().date_naive())?;
    let payer = work.payer(subscription.row.billing_profile_id).await?;
    let invoice = issue::invoice_with_id(work, wanted.charged, &payer, vec![line])?;
    let from = subscription.row.quantity;
    subscription.row.quantity = from.map(|quantity| quantity + more);
    let withdrawn = subscription.row.scheduled_quantity.take();
    let body = json!({
        "from": from, "quantity": subscription.row.quantity, "invoice": invoice, "withdrawnQuantity": withdrawn,
    });
    work.save(subscription, EventType::LicenseQuantityChanged, body);
    Ok(invoice)
}
