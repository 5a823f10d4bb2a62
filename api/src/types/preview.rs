//! Looking ahead: what a change would cost, and what is to come.

use super::{
    app_subscription::AppSubscription,
    billing_profile::BillingProfile,
    enums::InvoiceLineKind,
    invoice::DatePeriod,
    money::{Date, Money, money},
};
use crate::{
    caller::Caller,
    error::{UserError, answered, loaded, top_level},
    global_id::{Kind, decode},
    loaders::ById,
};
use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{Error, Input, billing, view::billing::ProfileView};
use entity::{id::SubscriptionId, invoice_line};
use std::sync::Arc;

/// What changing the number of licences now would come to.
#[derive(SimpleObject)]
pub(crate) struct PreviewLicenseChangePayload {
    /// When the number would take effect: now, or at the next renewal. Null when it would be refused.
    effective_at: Option<DateTime<Utc>>,
    /// What would be charged now, with tax. Null when it would be refused.
    charged_now: Option<Money>,
    /// What the next renewal would charge for the subscription, with tax; null when it would not renew itself.
    next_renewal: Option<Money>,
    /// Why it would be refused; empty when it would be done.
    user_errors: Vec<UserError>,
}

/// What cancelling now would come to.
#[derive(SimpleObject)]
pub(crate) struct PreviewCancellationPayload {
    /// What would be credited, with tax. Null when it would be refused.
    credited: Option<Money>,
    /// How much of that would be given back; the rest comes off what is unpaid. Null when it would be refused.
    refunded: Option<Money>,
    /// Until when, exclusive, a cancellation is credited; null when nothing was charged for the current period.
    full_refund_until: Option<DateTime<Utc>>,
    /// Why it would be refused; empty when it would be done.
    user_errors: Vec<UserError>,
}

/// An invoice that is to come as things stand. It has no number yet.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct UpcomingInvoice {
    /// The day on which it will be issued.
    issued_on: Date,
    /// Who will be billed.
    billing_profile: BillingProfile,
    /// The sum of its lines, without tax.
    subtotal: Money,
    /// The tax on them, at today's rate.
    tax: Money,
    /// Subtotal and tax.
    total: Money,
    /// What will be charged, line by line.
    lines: Vec<UpcomingInvoiceLine>,
}

/// One charge that is to come.
#[derive(Debug, Clone, Description)]
pub(crate) struct UpcomingInvoiceLine {
    row: invoice_line::Model,
    currency: Arc<str>,
}

#[Object(use_type_description)]
impl UpcomingInvoiceLine {
    /// What kind of charge it is.
    async fn kind(&self) -> InvoiceLineKind {
        self.row.kind.into()
    }

    /// What will be charged, in words.
    async fn description(&self) -> &str {
        &self.row.description
    }

    /// How many units.
    async fn quantity(&self) -> i64 {
        self.row.quantity
    }

    /// The price of a unit for a whole period.
    async fn unit_price(&self) -> Result<Money> {
        money(self.row.unit_price, &self.currency)
    }

    /// What will be charged.
    async fn amount(&self) -> Result<Money> {
        money(self.row.amount, &self.currency)
    }

    /// The days that will be charged.
    async fn period(&self) -> DatePeriod {
        DatePeriod { start: Date(self.row.period_start), end: Date(self.row.period_end) }
    }

    /// What they will be charged for; null when you do not see the subscription.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<AppSubscription>> {
        let key = ById(self.row.subscription_id, AppSubscription::wanted(&ctx.look_ahead()));
        let found = Caller::of(ctx).loaders().lists.load_one(key).await.map_err(loaded)?;
        Ok(found.map(AppSubscription::of))
    }
}

fn subscription(id: &ID) -> domain::Result<SubscriptionId> {
    decode(Kind::AppSubscription, id).ok_or_else(|| Error::not_found("subscriptionId"))
}

/// A query has no `input`: the paths of its refusals begin with the argument.
fn from_arguments<T>(outcome: domain::Result<T>) -> domain::Result<T> {
    let root = |path: Input| Input(path.0.into_iter().skip_while(|part| part == "input").collect());
    outcome.map_err(|error| match error {
        Error::NotFound(path) => Error::NotFound(root(path)),
        Error::Invalid(path, message) => Error::Invalid(root(path), message),
        Error::Refused(refusal) => {
            let path = root(refusal.path.clone());
            Error::Refused(refusal.at(path))
        }
        error => error,
    })
}

#[derive(Default)]
pub(crate) struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What changing the number of licences now would cost: exactly what `changeLicenseQuantity` would charge. For those who
    /// may see the subscription's money.
    async fn preview_license_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] subscription_id: ID,
        #[graphql(desc = "How many licences there shall be.")] quantity: i32,
    ) -> Result<PreviewLicenseChangePayload> {
        let caller = Caller::of(ctx);
        let previewed = async {
            let id = subscription(&subscription_id)?;
            billing::preview_license_change(&caller.market, &caller.by, id, i64::from(quantity)).await
        };
        Ok(match answered(from_arguments(previewed.await))? {
            Ok(preview) => PreviewLicenseChangePayload {
                effective_at: Some(preview.effective_at),
                charged_now: Some(Money(preview.charged_now)),
                next_renewal: preview.next_renewal.map(Money),
                user_errors: Vec::new(),
            },
            Err(user_errors) => PreviewLicenseChangePayload {
                effective_at: None,
                charged_now: None,
                next_renewal: None,
                user_errors,
            },
        })
    }

    /// What cancelling now would give back: exactly what `cancelSubscription` would credit. A renewal that is due already is
    /// applied first, as by the job that would do so within the minute. For those who may see the subscription's money.
    async fn preview_cancellation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] subscription_id: ID,
    ) -> Result<PreviewCancellationPayload> {
        let caller = Caller::of(ctx);
        let previewed = async {
            billing::preview_cancellation(&caller.market, &caller.by, subscription(&subscription_id)?).await
        };
        Ok(match answered(from_arguments(previewed.await))? {
            Ok(preview) => PreviewCancellationPayload {
                credited: Some(Money(preview.credited)),
                refunded: Some(Money(preview.refunded)),
                full_refund_until: preview.full_refund_until,
                user_errors: Vec::new(),
            },
            Err(user_errors) => PreviewCancellationPayload {
                credited: None,
                refunded: None,
                full_refund_until: None,
                user_errors,
            },
        })
    }

    /// The invoices that renewals will bring to the billing profiles that you may see, as things stand: what is past due is
    /// not renewed until it is paid, and what does not renew itself ends.
    async fn upcoming_invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many months to look ahead, 1 to 24: up to this day so many months on.")]
        months: i32,
        #[graphql(desc = "Only those of this billing profile.")] billing_profile_id: Option<ID>,
    ) -> Result<Vec<UpcomingInvoice>> {
        let caller = Caller::of(ctx);
        let profile = match billing_profile_id {
            Some(id) => match decode(Kind::BillingProfile, &id) {
                Some(id) => Some(id),
                // What names nothing finds nothing.
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let upcoming =
            billing::upcoming_invoices(&caller.market, caller.actor(), i64::from(months), profile).await;
        from_arguments(upcoming).map_err(top_level)?.into_iter().map(shown).collect()
    }
}

fn shown(upcoming: billing::Upcoming) -> Result<UpcomingInvoice> {
    let currency: Arc<str> = upcoming.billing_profile.currency.as_str().into();
    let line = |row| UpcomingInvoiceLine { row, currency: currency.clone() };
    Ok(UpcomingInvoice {
        issued_on: Date(upcoming.issued_on),
        subtotal: money(upcoming.subtotal, &currency)?,
        tax: money(upcoming.tax, &currency)?,
        total: money(upcoming.total, &currency)?,
        lines: upcoming.lines.into_iter().map(line).collect(),
        billing_profile: BillingProfile(ProfileView { row: upcoming.billing_profile, method: None }),
    })
}
