//! What was spent and what is owed, added up.

use super::catalog::AppView;
use crate::{Actor, Error, Marketplace, Result, money, reader::Reader, store::month_of};
use chrono::{DateTime, Months, NaiveDate, Utc};
use entity::{
    app, credit_note, credit_note_line,
    id::{AppId, BillingProfileId},
    invoice, invoice_line, publisher,
    state::InvoiceStatus,
    subscription,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationDef,
    RelationTrait,
    sea_query::{Expr, ExprTrait},
};
use std::collections::{BTreeMap, HashMap};

/// How many months are added up at most.
const LONGEST: u32 = 60;

/// What is owed and was spent in one currency. Amounts are minor units.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// What is unpaid, with tax.
    pub due: i64,
    /// The part of it that is overdue.
    pub overdue: i64,
    /// What was spent, by app and month.
    pub spend: Vec<Spend>,
}

/// What was spent on an app in a month, without tax.
#[derive(Debug, Clone)]
pub struct Spend {
    /// The app.
    pub app: AppView,
    /// The first day of the month in which it was invoiced or credited.
    pub month: NaiveDate,
    /// What was charged, in minor units.
    pub charged: i64,
    /// What was credited, in minor units.
    pub credited: i64,
}

/// Which months to add up, and whose invoices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// The first month, by any of its days: eleven months before the last one when nothing is said.
    pub from: Option<NaiveDate>,
    /// The last month, by any of its days: the present one when nothing is said.
    pub to: Option<NaiveDate>,
    /// Only what was billed to this profile.
    pub billing_profile: Option<BillingProfileId>,
}

#[derive(FromQueryResult)]
struct Sum {
    app_id: AppId,
    currency: String,
    month: String,
    amount: i64,
}

#[derive(FromQueryResult)]
struct Owed {
    currency: String,
    status: InvoiceStatus,
    amount: i64,
}

/// Adds up the invoices that the actor sees, by currency.
///
/// # Errors
/// `Invalid` for months in the wrong order or too many; what the database said.
pub async fn summary(market: &Marketplace, actor: &Actor, span: Span) -> Result<BTreeMap<String, Summary>> {
    let today = market.now().await?.business.date_naive();
    let (from, before) = months(span, today)?;
    let reads = market.reader(actor);
    let narrowed =
        Condition::all().add_option(span.billing_profile.map(|id| invoice::Column::BillingProfileId.eq(id)));
    let charged = charged(&reads, &narrowed, from, before).await?;
    let credited = credited(&reads, &narrowed, from, before).await?;
    let mut by_month: BTreeMap<(String, String, AppId), (i64, i64)> = BTreeMap::new();
    for sum in charged {
        by_month.entry((sum.currency, sum.month, sum.app_id)).or_default().0 = sum.amount;
    }
    for sum in credited {
        by_month.entry((sum.currency, sum.month, sum.app_id)).or_default().1 = sum.amount;
    }
    let apps = apps(&reads, by_month.keys().map(|(_, _, app)| *app)).await?;
    let mut summaries: BTreeMap<String, Summary> = BTreeMap::new();
    for ((currency, month, app), (charged, credited)) in by_month {
        let month = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").map_err(Error::internal)?;
        let app =
            apps.get(&app).cloned().ok_or_else(|| Error::internal("an app that was charged is gone"))?;
        summaries.entry(currency).or_default().spend.push(Spend { app, month, charged, credited });
    }
    for owed in owed(&reads, narrowed).await? {
        let summary = summaries.entry(owed.currency).or_default();
        summary.due = money::sum([summary.due, owed.amount])?;
        if owed.status == InvoiceStatus::Overdue {
            summary.overdue = money::sum([summary.overdue, owed.amount])?;
        }
    }
    Ok(summaries)
}

/// The first instant of the first month, and the one after the last.
fn months(span: Span, today: NaiveDate) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let first_day = |day: NaiveDate| chrono::Datelike::with_day(&day, 1);
    let wrong = || Error::invalid("to", format!("add up 1 to {LONGEST} months, the first before the last"));
    let last = first_day(span.to.unwrap_or(today)).ok_or_else(wrong)?;
    let first = match span.from {
        Some(from) => first_day(from),
        None => last.checked_sub_months(Months::new(11)),
    };
    let first = first.ok_or_else(wrong)?;
    let earliest = last.checked_sub_months(Months::new(LONGEST - 1)).ok_or_else(wrong)?;
    let after = last.checked_add_months(Months::new(1)).ok_or_else(wrong)?;
    if first > last || first < earliest {
        return Err(wrong());
    }
    Ok((crate::calendar::midnight(first), crate::calendar::midnight(after)))
}

/// The sum of a column, as a whole number on both databases.
fn total(column: impl sea_orm::sea_query::IntoColumnRef) -> Expr {
    Expr::col(column).sum().cast_as("bigint")
}

async fn charged(
    reads: &Reader<'_>,
    narrowed: &Condition,
    from: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Vec<Sum>> {
    let db = reads.db();
    let month = month_of(db, "invoice.issued_at");
    Ok(reads
        .find::<invoice_line::Entity>()
        .select_only()
        .column(subscription::Column::AppId)
        .column(invoice::Column::Currency)
        .expr_as(month.clone(), "month")
        .expr_as(total((invoice_line::Entity, invoice_line::Column::Amount)), "amount")
        .join(JoinType::InnerJoin, invoice_line::Relation::Invoice.def())
        .join(JoinType::InnerJoin, invoice_line::Relation::Subscription.def())
        .filter(narrowed.clone())
        .filter(invoice::Column::IssuedAt.gte(from))
        .filter(invoice::Column::IssuedAt.lt(before))
        .group_by(subscription::Column::AppId)
        .group_by(invoice::Column::Currency)
        .group_by(month)
        .into_model()
        .all(db)
        .await?)
}

async fn credited(
    reads: &Reader<'_>,
    narrowed: &Condition,
    from: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Vec<Sum>> {
    let db = reads.db();
    let month = month_of(db, "credit_note.issued_at");
    let note: RelationDef = credit_note_line::Entity::belongs_to(credit_note::Entity)
        .from(credit_note_line::Column::CreditNoteId)
        .to(credit_note::Column::Id)
        .into();
    let of_invoice: RelationDef = credit_note_line::Entity::belongs_to(invoice::Entity)
        .from(credit_note_line::Column::InvoiceId)
        .to(invoice::Column::Id)
        .into();
    let of_subscription: RelationDef = credit_note_line::Entity::belongs_to(subscription::Entity)
        .from(credit_note_line::Column::SubscriptionId)
        .to(subscription::Column::Id)
        .into();
    Ok(reads
        .find::<credit_note_line::Entity>()
        .select_only()
        .column(subscription::Column::AppId)
        .column(invoice::Column::Currency)
        .expr_as(month.clone(), "month")
        .expr_as(total((credit_note_line::Entity, credit_note_line::Column::Amount)), "amount")
        .join(JoinType::InnerJoin, note)
        .join(JoinType::InnerJoin, of_invoice)
        .join(JoinType::InnerJoin, of_subscription)
        .filter(narrowed.clone())
        .filter(credit_note::Column::IssuedAt.gte(from))
        .filter(credit_note::Column::IssuedAt.lt(before))
        .group_by(subscription::Column::AppId)
        .group_by(invoice::Column::Currency)
        .group_by(month)
        .into_model()
        .all(db)
        .await?)
}

async fn owed(reads: &Reader<'_>, narrowed: Condition) -> Result<Vec<Owed>> {
    Ok(reads
        .find::<invoice::Entity>()
        .select_only()
        .column(invoice::Column::Currency)
        .column(invoice::Column::Status)
        .expr_as(total((invoice::Entity, invoice::Column::AmountDue)), "amount")
        .filter(narrowed)
        .filter(invoice::Column::Status.is_in([InvoiceStatus::Due, InvoiceStatus::Overdue]))
        .group_by(invoice::Column::Currency)
        .group_by(invoice::Column::Status)
        .into_model()
        .all(reads.db())
        .await?)
}

/// The apps that were charged, those that are not for sale any more included.
async fn apps(reads: &Reader<'_>, ids: impl Iterator<Item = AppId>) -> Result<HashMap<AppId, AppView>> {
    let select = reads
        .find::<invoice_line::Entity>()
        .select_only()
        .join(JoinType::InnerJoin, invoice_line::Relation::Subscription.def())
        .join(JoinType::InnerJoin, subscription::Relation::App.def())
        .join(JoinType::InnerJoin, subscription::Relation::Publisher.def())
        .filter(app::Column::Id.is_in(ids.collect::<std::collections::BTreeSet<_>>()))
        .distinct();
    let select = super::also::<app::Entity, _>(select, "");
    let views: Vec<AppView> =
        super::also::<publisher::Entity, _>(select, "publisher_row_").into_model().all(reads.db()).await?;
    Ok(views.into_iter().map(|view| (view.row.id, view)).collect())
}
