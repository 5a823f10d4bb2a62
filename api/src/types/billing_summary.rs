//! What was spent and what is owed.

use super::{
    app::App,
    money::{Date, Money, money},
};
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, decode},
};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use domain::view::summary::{self, Span, Spend, Summary};

/// What is owed and was spent in one currency.
#[derive(SimpleObject)]
pub(crate) struct BillingSummary {
    /// The currency, as an ISO 4217 code.
    currency: String,
    /// What is unpaid now, with tax.
    due: Money,
    /// The part of it that is overdue.
    overdue: Money,
    /// What was spent, by month and app, the earliest month first.
    spend: Vec<AppSpend>,
}

/// What was spent on an app in a month, without tax.
#[derive(SimpleObject)]
pub(crate) struct AppSpend {
    /// The first day of the month in which it was invoiced or credited.
    month: Date,
    /// The app.
    app: App,
    /// What was charged.
    charged: Money,
    /// What was credited.
    credited: Money,
    /// What was charged less what was credited.
    net: Money,
}

#[derive(Default)]
pub(crate) struct BillingSummaryQuery;

#[Object]
impl BillingSummaryQuery {
    /// What is owed, and what was spent by app and month, on the invoices that you may see: one entry for each currency.
    async fn billing_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The first month, by any of its days. Eleven months before the last one by default."
        )]
        from: Option<Date>,
        #[graphql(desc = "The last month, by any of its days. The present one by default.")] to: Option<Date>,
        #[graphql(desc = "Only what was billed to this profile.")] billing_profile_id: Option<ID>,
    ) -> Result<Vec<BillingSummary>> {
        let caller = Caller::of(ctx);
        let billing_profile = match billing_profile_id {
            Some(id) => match decode(Kind::BillingProfile, &id) {
                Some(id) => Some(id),
                // What names nothing finds nothing.
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let span = Span { from: from.map(|day| day.0), to: to.map(|day| day.0), billing_profile };
        let summaries = summary::summary(&caller.market, caller.actor(), span).await.map_err(top_level)?;
        summaries.into_iter().map(shown).collect()
    }
}

fn shown((currency, summary): (String, Summary)) -> Result<BillingSummary> {
    let spend = |spend: Spend| {
        Ok(AppSpend {
            month: Date(spend.month),
            charged: money(spend.charged, &currency)?,
            credited: money(spend.credited, &currency)?,
            net: money(spend.charged - spend.credited, &currency)?,
            app: App::alone(spend.app),
        })
    };
    Ok(BillingSummary {
        due: money(summary.due, &currency)?,
        overdue: money(summary.overdue, &currency)?,
        spend: summary.spend.into_iter().map(spend).collect::<Result<_>>()?,
        currency,
    })
}
