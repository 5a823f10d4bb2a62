//! Credit notes: what takes a charge back. First it comes off what is unpaid, and the rest is given back the way it was
//! paid.

use super::{issue, ledger::Ledger, refund};
use crate::{
    Result, money,
    settings::FULL_REFUND_TIME,
    work::{Credit, Work},
};
use chrono::{DateTime, Utc};
use entity::{
    credit_note, credit_note_line,
    id::{CreditNoteId, InvoiceId, PaymentId, SubscriptionId},
    invoice, invoice_line, payment, refund as refund_row,
    state::{InvoiceLineKind, PaymentStatus, RefundStatus},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, RelationTrait,
};
use std::collections::BTreeMap;

/// What was charged for one period of a subscription, its seat increases included, and is not credited yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeriodCharges {
    /// Until when a cancellation is credited: 72 hours of 60 minutes after the period's charge was issued, exclusive. None
    /// when nothing was charged for the period.
    pub(crate) full_refund_until: Option<DateTime<Utc>>,
    /// The lines, by their invoices.
    pub(crate) lines: BTreeMap<InvoiceId, Vec<invoice_line::Model>>,
}

struct Charged {
    line: invoice_line::Model,
    issued_at: DateTime<Utc>,
    credited: Option<CreditNoteId>,
}

impl FromQueryResult for Charged {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            line: invoice_line::Model::from_query_result(row, prefix)?,
            issued_at: row.try_get("", "issued_at")?,
            credited: row.try_get("", "credited")?,
        })
    }
}

/// What was charged for a period of a subscription.
///
/// # Errors
/// What the database said.
pub(crate) async fn period_charges(
    work: &Work<'_>,
    subscription: SubscriptionId,
    period: i64,
) -> Result<PeriodCharges> {
    let credited: sea_orm::RelationDef = invoice_line::Entity::belongs_to(credit_note_line::Entity)
        .from((invoice_line::Column::InvoiceId, invoice_line::Column::Position))
        .to((credit_note_line::Column::InvoiceId, credit_note_line::Column::Position))
        .into();
    let rows: Vec<Charged> = invoice_line::Entity::find()
        .column_as(invoice::Column::IssuedAt, "issued_at")
        .column_as(credit_note_line::Column::CreditNoteId, "credited")
        .join(JoinType::InnerJoin, invoice_line::Relation::Invoice.def())
        .join(JoinType::LeftJoin, credited)
        .filter(invoice_line::Column::SubscriptionId.eq(subscription))
        .filter(invoice_line::Column::PeriodNumber.eq(period))
        .filter(invoice_line::Column::Kind.ne(InvoiceLineKind::UsedDays))
        .order_by_asc(invoice_line::Column::InvoiceId)
        .order_by_asc(invoice_line::Column::Position)
        .into_model()
        .all(&work.tx)
        .await?;
    let mut charges = PeriodCharges::default();
    for row in rows {
        if row.line.kind == InvoiceLineKind::Period {
            charges.full_refund_until = Some(row.issued_at + FULL_REFUND_TIME);
        }
        if row.credited.is_none() && row.line.amount > 0 {
            charges.lines.entry(row.line.invoice_id).or_default().push(row.line);
        }
    }
    Ok(charges)
}

/// The lines of an invoice that are worth something and not credited yet, in their order.
///
/// # Errors
/// What the database said.
pub(crate) async fn uncredited(work: &Work<'_>, invoice: InvoiceId) -> Result<Vec<invoice_line::Model>> {
    let credited = credit_note_line::Entity::find()
        .select_only()
        .column(credit_note_line::Column::Position)
        .filter(credit_note_line::Column::InvoiceId.eq(invoice));
    Ok(invoice_line::Entity::find()
        .filter(invoice_line::Column::InvoiceId.eq(invoice))
        .filter(invoice_line::Column::Amount.gt(0))
        .filter(invoice_line::Column::Position.not_in_subquery(credited.into_query()))
        .order_by_asc(invoice_line::Column::Position)
        .all(&work.tx)
        .await?)
}

/// What a credit note came to, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Credited {
    /// Its total, with tax.
    pub(crate) total: i64,
    /// How much of it is given back; the rest came off what was unpaid.
    pub(crate) refunded: i64,
}

impl Ledger {
    /// Issues a credit note over some lines of the invoice, none of which was credited before.
    pub(crate) async fn credit(
        &mut self,
        work: &mut Work<'_>,
        lines: Vec<invoice_line::Model>,
    ) -> Result<Credited> {
        let invoice = self.invoice.clone();
        let before = credit_note::Entity::find()
            .filter(credit_note::Column::InvoiceId.eq(invoice.id))
            .all(&work.tx)
            .await?;
        let subtotal = money::sum(lines.iter().map(|line| line.amount))?;
        let credited_tax = money::sum(before.iter().map(|note| note.tax))?;
        let credited = money::sum(before.iter().map(|note| note.total - note.tax))?;
        // The tax that is left is the one on what is left, so that credits add up to the invoice to the last unit.
        let left = money::tax(invoice.subtotal - credited - subtotal, invoice.tax_rate)?;
        let tax = invoice.tax - credited_tax - left;
        let total = money::sum([subtotal, tax])?;
        let note = credit_note::Model {
            id: work.id(),
            number: 0,
            invoice_id: invoice.id,
            organization_id: invoice.organization_id,
            partner_id: invoice.partner_id,
            currency: invoice.currency.clone(),
            tax,
            total,
            issued_at: work.at(),
            line_count: issue::count(&lines)?,
        };
        let id = note.id;
        let lines = lines
            .into_iter()
            .map(|line| credit_note_line::Model {
                invoice_id: line.invoice_id,
                position: line.position,
                credit_note_id: id,
                subscription_id: line.subscription_id,
                organization_id: invoice.organization_id,
                partner_id: invoice.partner_id,
                amount: line.amount,
            })
            .collect();
        work.credit(Credit { note, lines, billing_profile: invoice.billing_profile_id });
        let applied = total.min(invoice.amount_due);
        let paid = payments(work, invoice.id).await?;
        give_back(work, &paid, total - applied, id).await?;
        self.take_off(work, applied, !paid.is_empty()).await?;
        Ok(Credited { total, refunded: total - applied })
    }
}

/// The payments that came for an invoice, the newest first.
async fn payments(work: &Work<'_>, invoice: InvoiceId) -> Result<Vec<payment::Model>> {
    Ok(payment::Entity::find()
        .filter(payment::Column::InvoiceId.eq(invoice))
        .filter(payment::Column::Status.is_in([PaymentStatus::Succeeded, PaymentStatus::Refunded]))
        .order_by_desc(payment::Column::AttemptedAt)
        .order_by_desc(payment::Column::Id)
        .all(&work.tx)
        .await?)
}

/// Owes an amount to those who paid, of the newest payment first, and of none more than it was.
async fn give_back(
    work: &mut Work<'_>,
    paid: &[payment::Model],
    amount: i64,
    credit_note: CreditNoteId,
) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let given: Vec<(PaymentId, i64)> = refund_row::Entity::find()
        .select_only()
        .column(refund_row::Column::PaymentId)
        .column(refund_row::Column::Amount)
        .filter(refund_row::Column::PaymentId.is_in(paid.iter().map(|payment| payment.id)))
        .filter(refund_row::Column::Status.ne(RefundStatus::Failed))
        .into_tuple()
        .all(&work.tx)
        .await?;
    let mut left = amount;
    for payment in paid {
        let before = money::sum(given.iter().filter(|(id, _)| *id == payment.id).map(|(_, amount)| *amount))?;
        let part = left.min(payment.amount - before);
        if part > 0 {
            let refund = refund::owed(work, payment, part, Some(credit_note));
            work.owe(refund);
            left -= part;
        }
    }
    if left > 0 {
        return Err(crate::Error::internal(format!("{left} more is credited than was paid")));
    }
    Ok(())
}

/// The subscriptions that share an unpaid invoice of the current period with this one, itself included: their standing
/// may change when it is credited.
pub(crate) async fn neighbours(work: &Work<'_>, id: SubscriptionId) -> Result<Vec<SubscriptionId>> {
    use entity::{state::InvoiceStatus, subscription};
    let current = subscription::Entity::find_by_id(id)
        .select_only()
        .column(subscription::Column::PeriodNumber)
        .into_query();
    let shared = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::InvoiceId)
        .join(JoinType::InnerJoin, invoice_line::Relation::Invoice.def())
        .filter(invoice_line::Column::SubscriptionId.eq(id))
        .filter(invoice_line::Column::PeriodNumber.in_subquery(current))
        .filter(invoice::Column::Status.is_in([InvoiceStatus::Due, InvoiceStatus::Overdue]))
        .into_query();
    let mut ids: Vec<SubscriptionId> = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::SubscriptionId)
        .distinct()
        .filter(invoice_line::Column::InvoiceId.in_subquery(shared))
        .into_tuple()
        .all(&work.tx)
        .await?;
    if !ids.contains(&id) {
        ids.push(id);
    }
    Ok(ids)
}
