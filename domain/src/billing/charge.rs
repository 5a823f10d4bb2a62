//! What is charged for what: the lines of invoices.

use crate::{
    Error, Result,
    calendar::{Period, midnight},
    money,
    subscription::Subscription,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    app,
    id::{InvoiceId, PlanId},
    invoice_line, plan, publisher,
    state::InvoiceLineKind,
    subscription,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A plan with the names that an invoice shows, and what the plan allows.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Offer {
    plan_id: PlanId,
    pub(crate) plan_name: String,
    pub(crate) app_name: String,
    pub(crate) publisher_name: String,
    pub(crate) min_licenses: Option<i64>,
    pub(crate) max_licenses: Option<i64>,
}

/// The offers behind some subscriptions.
pub(crate) struct Offers(HashMap<PlanId, Offer>);

impl Offers {
    /// Loads them, with one statement.
    pub(crate) async fn of<'a>(
        db: &impl ConnectionTrait,
        subscriptions: impl IntoIterator<Item = &'a subscription::Model>,
    ) -> Result<Self> {
        let plans: BTreeSet<_> = subscriptions.into_iter().map(|row| row.plan_id).collect();
        let offers = plan::Entity::find()
            .select_only()
            .column_as(plan::Column::Id, "plan_id")
            .column_as(plan::Column::Name, "plan_name")
            .column_as(app::Column::Name, "app_name")
            .column_as(publisher::Column::Name, "publisher_name")
            .column(plan::Column::MinLicenses)
            .column(plan::Column::MaxLicenses)
            .join(JoinType::InnerJoin, plan::Relation::App.def())
            .join(JoinType::InnerJoin, app::Relation::Publisher.def())
            .filter(plan::Column::Id.is_in(plans))
            .into_model::<Offer>()
            .all(db)
            .await?;
        Ok(Self(offers.into_iter().map(|offer| (offer.plan_id, offer)).collect()))
    }

    pub(crate) fn get(&self, plan: PlanId) -> Result<&Offer> {
        self.0.get(&plan).ok_or_else(|| Error::internal(format!("no plan {}", plan.0)))
    }
}

/// The charge of the current period.
pub(crate) fn whole_period(subscription: &Subscription, offers: &Offers) -> Result<invoice_line::Model> {
    let period = current(subscription)?;
    let quantity = subscription.row.quantity.unwrap_or(1);
    let amount = money::times(subscription.row.unit_price, quantity)?;
    line(subscription, offers, InvoiceLineKind::Period, period, period.days(), quantity, amount)
}

/// The charge of more licences, for today and the days that are left of the current period.
pub(crate) fn more_licenses(
    subscription: &Subscription,
    offers: &Offers,
    more: i64,
    today: NaiveDate,
) -> Result<invoice_line::Model> {
    let period = current(subscription)?;
    let rest = Period { start: today.max(period.start), ..period };
    let amount = money::prorated(subscription.row.unit_price, more, period.days_left(today), period.days())?;
    line(subscription, offers, InvoiceLineKind::Proration, rest, period.days(), more, amount)
}

/// The charges of the days that were used after the last invoiced period, pro rata: a past-due subscription was not
/// renewed, but could be used until it lapsed. Nothing when it lapses within its period.
pub(crate) fn used_days(
    subscription: &Subscription,
    offers: &Offers,
    until: DateTime<Utc>,
) -> Result<Vec<invoice_line::Model>> {
    let mut lines = Vec::new();
    let quantity = subscription.row.scheduled_quantity.or(subscription.row.quantity).unwrap_or(1);
    let mut period = subscription.next_period()?;
    let mut counted = subscription.clone();
    while midnight(period.start) < until && subscription.row.auto_renew {
        // A day that has begun is a day used; one that has not is none.
        let end = period
            .end
            .min((until - TimeDelta::microseconds(1)).date_naive().succ_opt().unwrap_or(period.end));
        let days = (end - period.start).num_days();
        let amount = money::prorated(subscription.row.unit_price, quantity, days, period.days())?;
        lines.push(line(
            subscription,
            offers,
            InvoiceLineKind::UsedDays,
            Period { end, ..period },
            period.days(),
            quantity,
            amount,
        )?);
        counted.enter(period);
        period = counted.next_period()?;
    }
    Ok(lines)
}

fn current(subscription: &Subscription) -> Result<Period> {
    subscription.period().ok_or_else(|| Error::internal("a pending subscription is not charged"))
}

fn line(
    subscription: &Subscription,
    offers: &Offers,
    kind: InvoiceLineKind,
    period: Period,
    of_days: i64,
    quantity: i64,
    amount: i64,
) -> Result<invoice_line::Model> {
    let row = &subscription.row;
    let offer = offers.get(row.plan_id)?;
    // Of how many days the price is: without that, nobody can work the amount out again.
    let days = |of: i64| format!("{} of {of} days", (period.end - period.start).num_days());
    let what = match kind {
        InvoiceLineKind::Period => String::new(),
        InvoiceLineKind::Proration => format!(", more licences, {}", days(of_days)),
        InvoiceLineKind::UsedDays => format!(", {} used", days(of_days)),
    };
    Ok(invoice_line::Model {
        // Both are given when the invoice is issued.
        invoice_id: InvoiceId(Uuid::nil()),
        position: 0,
        subscription_id: row.id,
        organization_id: row.organization_id,
        publisher_id: row.publisher_id,
        kind,
        description: format!("{}, {}{what}", offer.app_name, offer.plan_name),
        publisher_name: offer.publisher_name.clone(),
        quantity,
        unit_price: row.unit_price,
        amount,
        period_number: period.number,
        period_start: period.start,
        period_end: period.end,
    })
}
