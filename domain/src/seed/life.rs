//! The lives of seeded subscriptions: bought, activated, renewed and paid month by month, some cancelled or ending.

use super::{Seed, index, world::World};
use crate::{
    Actor, By, Error, Marketplace, Result,
    billing::{charge::Offers, issue},
    calendar::{Period, midnight},
    store::batch::{self, Versioned},
    subscription::{
        Subscription,
        activate::{begin, begun},
        buying::{Deal, buy},
        lifecycle::{Change, State, Terms},
        renew::renew,
    },
    work::Work,
};
use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use entity::{
    id::{BillingProfileId, InvoiceId, SubscriptionId},
    invoice, invoice_line, license_assignment, payment, sandbox_charge,
    state::{
        BillingInterval, EventType, InvoiceStatus, PaymentStatus, PricingModel, PurchaseChannel,
        SandboxOutcome,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::BTreeMap;

/// Subscriptions begin on so many days, one after the other.
const COHORTS: u32 = 18;

/// How many days before today the last cohort's current period began: late enough that none has ended by today.
const YOUNGEST: u64 = 6;

/// How long after it was issued an invoice is paid.
pub(super) const PAID_AFTER: TimeDelta = TimeDelta::minutes(1);

/// How many of its licences each subscription has assigned.
const ASSIGNED: usize = 2;

/// What becomes of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody has activated it yet: one of twenty.
    Waits,
    /// It was cancelled in its current period: two of twenty.
    Cancelled,
    /// It ends with its current period: four of twenty.
    Ends,
    /// It goes on.
    Goes,
}

fn fate(number: u32) -> Fate {
    match (number / COHORTS) % 20 {
        0 => Fate::Waits,
        1 | 2 => Fate::Cancelled,
        3..=6 => Fate::Ends,
        _ => Fate::Goes,
    }
}

/// What happens to all of a cohort at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happens {
    Bought,
    Activated,
    Renewed,
    Decided,
    BoughtAndWaits,
}

/// Something that happens to a cohort.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) at: DateTime<Utc>,
    cohort: u32,
    what: Happens,
}

/// Everything that happens, in the order of time.
pub(super) fn steps(what: Seed, today: NaiveDate) -> Result<Vec<Step>> {
    let wrong = || Error::invalid("invoicesPerSubscription", "so many months ago nothing can have begun");
    let mut steps = Vec::new();
    for cohort in 0..COHORTS {
        let last = today.checked_sub_days(Days::new(YOUNGEST + u64::from(cohort))).ok_or_else(wrong)?;
        let anchor =
            last.checked_sub_months(Months::new(what.invoices_per_subscription - 1)).ok_or_else(wrong)?;
        let mut add = |at, what| steps.push(Step { at, cohort, what });
        add(midnight(anchor) + TimeDelta::hours(1), Happens::Bought);
        add(midnight(anchor) + TimeDelta::hours(2), Happens::Activated);
        let mut current = anchor;
        for number in 1..i64::from(what.invoices_per_subscription) {
            current = Period::of(anchor, BillingInterval::Month, number)?.start;
            add(midnight(current) + TimeDelta::seconds(4), Happens::Renewed);
        }
        // Later than a cancellation credits anything.
        add(midnight(current) + TimeDelta::days(4), Happens::Decided);
        add(midnight(last) + TimeDelta::hours(3), Happens::BoughtAndWaits);
    }
    steps.sort_by_key(|step| (step.at, step.cohort));
    Ok(steps)
}

impl Step {
    /// The numbers of the subscriptions that it happens to, of so many.
    pub(super) fn numbers(&self, of: u32) -> Vec<u32> {
        (self.cohort..of)
            .step_by(index(COHORTS))
            .filter(|number| match (self.what, fate(*number)) {
                (Happens::BoughtAndWaits, Fate::Waits) => true,
                (Happens::BoughtAndWaits, _) | (_, Fate::Waits) => false,
                (Happens::Decided, fate) => fate != Fate::Goes,
                (Happens::Bought | Happens::Activated | Happens::Renewed, _) => true,
            })
            .collect()
    }

    /// Makes it happen to some of them. Returns the invoices that were issued.
    pub(super) async fn take(
        &self,
        market: &Marketplace,
        world: &World,
        numbers: &[u32],
        ids: &mut [SubscriptionId],
    ) -> Result<Vec<InvoiceId>> {
        let mut work = market.begin(&By::system()).await?;
        if matches!(self.what, Happens::Bought | Happens::BoughtAndWaits) {
            for number in numbers {
                let id = work.id();
                *ids.get_mut(index(*number)).ok_or_else(|| Error::internal("a number too high"))? = id;
                bought(&mut work, world, *number, id);
            }
            work.commit().await?;
            return Ok(Vec::new());
        }
        let fates: BTreeMap<_, _> =
            numbers.iter().filter_map(|number| Some((*ids.get(index(*number))?, *number))).collect();
        let those: Vec<_> = fates.keys().copied().collect();
        let subscriptions = work.locked_subscriptions(&those, false).await?;
        let offers = Offers::of(&work.tx, subscriptions.iter().map(|subscription| &subscription.row)).await?;
        let mut charged = Vec::new();
        let mut assigned = Vec::new();
        for mut subscription in subscriptions {
            let number = fates.get(&subscription.row.id).copied().unwrap_or_default();
            let profile = subscription.row.billing_profile_id;
            match self.what {
                Happens::Activated => {
                    charged.push((profile, activated(&mut work, &mut subscription, &offers)?));
                    assigned.extend(assign(&mut work, world, number, &mut subscription));
                }
                Happens::Renewed => {
                    work.by = By::system();
                    charged.push((profile, renew(&mut work, &mut subscription, &offers)?));
                }
                Happens::Decided => decided(&mut work, world, number, &mut subscription)?,
                Happens::Bought | Happens::BoughtAndWaits => {}
            }
        }
        batch::insert::<license_assignment::Entity>(&work.tx, &assigned).await?;
        let issued = issued(&mut work, charged).await?;
        work.commit().await?;
        Ok(issued)
    }
}

fn bought(work: &mut Work<'_>, world: &World, number: u32, id: SubscriptionId) {
    let (plan, app) = world.plan(number);
    let customer = world.customer(number);
    work.by = By { actor: Actor::Member(customer.owner), key: None, request_id: None };
    let quantity = match plan.pricing_model {
        PricingModel::PerLicense => Some(5 + i64::from(number % 20)),
        PricingModel::FlatRate => None,
    };
    let deal = Deal {
        customer: customer.owner.organization,
        plan,
        app,
        unit_price: plan.unit_price,
        license_quantity: quantity,
        billing_profile: customer.profile,
        auto_renew: true,
        replaces: None,
        channel: PurchaseChannel::Direct,
    };
    buy(work, id, &deal);
}

fn activated(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    offers: &Offers,
) -> Result<invoice_line::Model> {
    work.by = By { actor: Actor::Publisher(subscription.row.publisher_id), key: None, request_id: None };
    subscription.row.portal_opened_at = Some(work.at());
    let terms = Terms { plan: subscription.row.plan_id, quantity: subscription.row.bought_quantity };
    let first = begun(work, subscription, terms)?;
    let first = first.ok_or_else(|| Error::internal("a subscription was activated twice"))?;
    begin(work, subscription, first, offers)
}

fn assign(
    work: &mut Work<'_>,
    world: &World,
    number: u32,
    subscription: &mut Subscription,
) -> Vec<license_assignment::Model> {
    if subscription.row.quantity.is_none() {
        return Vec::new();
    }
    let customer = world.customer(number);
    work.by = By { actor: Actor::Member(customer.owner), key: None, request_id: None };
    let users: Vec<_> = customer.users.iter().take(ASSIGNED).copied().collect();
    subscription.row.assigned = i64::try_from(users.len()).unwrap_or(0);
    work.save(subscription, EventType::LicensesAssigned, json!({ "users": users }));
    let row = |user_id| license_assignment::Model {
        id: work.id(),
        subscription_id: subscription.row.id,
        organization_id: subscription.row.organization_id,
        publisher_id: subscription.row.publisher_id,
        user_id,
        assigned_at: work.at(),
        ended_at: None,
    };
    users.into_iter().map(row).collect()
}

fn decided(work: &mut Work<'_>, world: &World, number: u32, subscription: &mut Subscription) -> Result<()> {
    let customer = world.customer(number);
    work.by = By { actor: Actor::Member(customer.owner), key: None, request_id: None };
    let change = if fate(number) == Fate::Cancelled { Change::Cancel } else { Change::SetAutoRenew(false) };
    match subscription.decide(change, work.at())? {
        Some(State::Disabled { reason, at }) => work.disable(subscription, reason, at),
        Some(State::Active { auto_renew, .. } | State::Pending { auto_renew, .. }) => {
            subscription.row.auto_renew = auto_renew;
            let body = json!({ "autoRenew": auto_renew, "withdrawnQuantity": null });
            work.save(subscription, EventType::AutoRenewChanged, body);
        }
        None => {}
    }
    Ok(())
}

/// Issues an invoice over each charge.
async fn issued(
    work: &mut Work<'_>,
    charged: Vec<(BillingProfileId, invoice_line::Model)>,
) -> Result<Vec<InvoiceId>> {
    work.by = By::system();
    let payers = work.payers(charged.iter().map(|(profile, _)| *profile).collect()).await?;
    let payers: BTreeMap<_, _> = payers.iter().map(|payer| (payer.profile.id, payer)).collect();
    let mut issued = Vec::new();
    for (profile, line) in charged {
        let payer = payers.get(&profile).ok_or_else(|| Error::internal("a customer without a profile"))?;
        issued.push(issue::invoice(work, payer, vec![line])?);
    }
    Ok(issued)
}

/// Pays invoices by card.
pub(super) async fn pay(market: &Marketplace, charged: &[InvoiceId]) -> Result<()> {
    let mut work = market.begin(&By::system()).await?;
    let invoices = invoice::Entity::find()
        .filter(invoice::Column::Id.is_in(charged.iter().copied()))
        .order_by_asc(invoice::Column::Number)
        .lock_exclusive()
        .all(&work.tx)
        .await?;
    let payers = work.payers(invoices.iter().map(|invoice| invoice.billing_profile_id).collect()).await?;
    let mut payers: BTreeMap<_, _> = payers.into_iter().map(|payer| (payer.profile.id, payer)).collect();
    let (mut payments, mut charges, mut paid) = (Vec::new(), Vec::new(), Vec::new());
    for mut row in invoices {
        let payer = payers.get_mut(&row.billing_profile_id);
        let payer = payer.ok_or_else(|| Error::internal("an invoice without a profile"))?;
        let Some(method) = &payer.method else { continue };
        let charge = sandbox_charge::Model {
            id: work.id(),
            payment_method_id: method.id,
            token: method.gateway_token.clone().unwrap_or_default(),
            amount: row.total,
            currency: row.currency.clone(),
            outcome: SandboxOutcome::Succeeded,
        };
        payments.push(payment::Model {
            id: charge.id,
            invoice_id: row.id,
            organization_id: row.organization_id,
            partner_id: row.partner_id,
            payment_method_id: Some(method.id),
            amount: row.total,
            currency: row.currency.clone(),
            status: PaymentStatus::Succeeded,
            attempted_at: work.at(),
            settled_at: Some(work.at()),
            ask_at: None,
            failure_code: None,
            gateway_reference: Some(format!("sandbox_{}", charge.id.0.simple())),
            reference: None,
        });
        charges.push(charge);
        let body = json!({ "invoice": row.id, "number": row.number });
        work.record_on_profile(&mut payer.profile, EventType::InvoicePaid, body);
        let was = row.version;
        row.status = InvoiceStatus::Paid;
        row.amount_due = 0;
        row.paid_at = Some(work.at());
        row.collect_at = None;
        row.version += 1;
        paid.push(Versioned { was, row });
    }
    batch::insert::<payment::Entity>(&work.tx, &payments).await?;
    batch::insert::<sandbox_charge::Entity>(&work.tx, &charges).await?;
    let document = [invoice::Column::Number, invoice::Column::BillingProfileId, invoice::Column::Currency];
    batch::update::<invoice::Entity>(&work.tx, paid.iter(), invoice::Column::Id, &document).await?;
    work.commit().await
}
