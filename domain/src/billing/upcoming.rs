//! Looking ahead at everything: the invoices that renewals will bring, as things stand.

use super::{
    charge::Offers,
    issue::{Totals, totals},
};
use crate::{
    Actor, Error, Marketplace, Result,
    subscription::{Subscription, renew::renewed},
};
use chrono::{Months, NaiveDate};
use entity::{
    billing_profile,
    id::BillingProfileId,
    invoice_line,
    state::{Standing, Status},
    subscription,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use std::collections::{BTreeMap, BTreeSet};

/// How far ahead it can be looked, in months.
const FARTHEST: u32 = 24;

/// How many charges are worked out at most.
const MOST_LINES: usize = 10_000;

/// An invoice that is to come.
#[derive(Debug, Clone)]
pub struct Upcoming {
    /// The day on which it will be issued.
    pub issued_on: NaiveDate,
    /// Who will be billed.
    pub billing_profile: billing_profile::Model,
    /// What will be charged; not numbered yet.
    pub lines: Vec<invoice_line::Model>,
    /// The sum of the lines, in minor units.
    pub subtotal: i64,
    /// The tax on it at today's rate.
    pub tax: i64,
    /// Subtotal and tax.
    pub total: i64,
}

/// The invoices that renewals will bring to the billing profiles that the actor sees, or to one of them, up to this day so
/// many months on. What is past due is not renewed until it is paid, and what does not renew itself ends.
///
/// # Errors
/// `Invalid` for a number of months that is not 1 to 24, or too many charges; what the database said.
pub async fn upcoming_invoices(
    market: &Marketplace,
    actor: &Actor,
    months: i64,
    billing_profile: Option<BillingProfileId>,
) -> Result<Vec<Upcoming>> {
    let reads = market.reader(actor);
    let db = reads.db();
    let today = market.now().await?.business.date_naive();
    let ahead = u32::try_from(months).ok().filter(|months| (1..=FARTHEST).contains(months));
    let last = ahead.and_then(|months| today.checked_add_months(Months::new(months)));
    let last = last.ok_or_else(|| Error::invalid("months", format!("look 1 to {FARTHEST} months ahead")))?;
    let which = Condition::all().add_option(billing_profile.map(|id| billing_profile::Column::Id.eq(id)));
    let seen = reads.find::<billing_profile::Entity>().filter(which);
    let seen = seen.select_only().column(billing_profile::Column::Id);
    // Whoever sees a billing profile sees what it will be charged for.
    let charged = subscription::Column::BillingProfileId.in_subquery(seen.into_query());
    let rows = reads
        .within_tenant(subscription::Entity::find().filter(charged))
        .filter(subscription::Column::Status.eq(Status::Active))
        .filter(subscription::Column::Standing.eq(Standing::Current))
        .filter(subscription::Column::AutoRenew.eq(true))
        .filter(subscription::Column::PeriodEnd.lte(last))
        .order_by_asc(subscription::Column::Id)
        .limit(MOST_LINES as u64 + 1)
        .all(db)
        .await?;
    let billed: BTreeSet<_> = rows.iter().map(|row| row.billing_profile_id).collect();
    let profiles = reads.find::<billing_profile::Entity>().filter(billing_profile::Column::Id.is_in(billed));
    let profiles: BTreeMap<_, _> =
        profiles.all(db).await?.into_iter().map(|profile| (profile.id, profile)).collect();
    let offers = Offers::of(db, &rows).await?;
    let mut invoices = Invoices::default();
    for row in rows {
        let profile = row.billing_profile_id;
        let mut subscription = Subscription::living(row)?;
        while subscription.next_period()?.start <= last {
            let (next, line) = renewed(&subscription, &offers)?;
            invoices.add(today, profile, line)?;
            subscription = next;
        }
    }
    invoices.summed(market, &profiles)
}

/// The charges, by the invoice that they will share: those of one profile and day.
#[derive(Default)]
struct Invoices {
    on_their_day: BTreeMap<(NaiveDate, BillingProfileId), Vec<invoice_line::Model>>,
    /// Late, so that each has an invoice of its own.
    today: Vec<(NaiveDate, BillingProfileId, invoice_line::Model)>,
    count: usize,
}

impl Invoices {
    fn add(&mut self, today: NaiveDate, profile: BillingProfileId, line: invoice_line::Model) -> Result<()> {
        self.count += 1;
        if self.count > MOST_LINES {
            let message = "too many charges: look at fewer months, or at one billing profile";
            return Err(Error::invalid("months", message));
        }
        if line.period_start < today {
            self.today.push((today, profile, line));
        } else {
            self.on_their_day.entry((line.period_start, profile)).or_default().push(line);
        }
        Ok(())
    }

    fn summed(
        self,
        market: &Marketplace,
        profiles: &BTreeMap<BillingProfileId, billing_profile::Model>,
    ) -> Result<Vec<Upcoming>> {
        let late = self.today.into_iter().map(|(day, profile, line)| ((day, profile), vec![line]));
        late.chain(self.on_their_day)
            .map(|((issued_on, id), lines)| {
                let profile =
                    profiles.get(&id).ok_or_else(|| Error::internal("an upcoming charge of nobody"))?;
                let Totals { subtotal, tax, total, .. } =
                    totals(market.settings(), &profile.country, &lines)?;
                let billing_profile = profile.clone();
                Ok(Upcoming { issued_on, billing_profile, lines, subtotal, tax, total })
            })
            .collect()
    }
}
