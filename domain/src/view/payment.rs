//! What followed from invoices: payments, credit notes and refunds, as actors see them.

use super::page::{self, Key, KeyKind, KeySet, Page, Slice};
use crate::{Actor, Marketplace, Result, access};
use entity::{
    credit_note, credit_note_line,
    id::{CreditNoteId, InvoiceId, PaymentId, RefundId, SubscriptionId},
    invoice_line, payment, refund,
    state::RefundStatus,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, RelationDef, sea_query::Expr,
};

/// The payments of some invoices, in the order in which they were attempted.
///
/// # Errors
/// What the database said.
pub async fn payments(
    market: &Marketplace,
    actor: &Actor,
    invoices: &[InvoiceId],
) -> Result<Vec<payment::Model>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<payment::Entity>()
        .filter(payment::Column::InvoiceId.is_in(invoices.iter().copied()))
        .order_by_asc(payment::Column::AttemptedAt)
        .order_by_asc(payment::Column::Id)
        .all(reads.db())
        .await?)
}

/// The payment with this id, of an invoice that the actor sees.
///
/// # Errors
/// What the database said.
pub async fn payment(market: &Marketplace, actor: &Actor, id: PaymentId) -> Result<Option<payment::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<payment::Entity>(id).one(reads.db()).await?)
}

/// The credit note with this id, of an invoice that the actor sees.
///
/// # Errors
/// What the database said.
pub async fn credit_note(
    market: &Marketplace,
    actor: &Actor,
    id: CreditNoteId,
) -> Result<Option<credit_note::Model>> {
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<credit_note::Entity>(id).one(reads.db()).await?)
}

/// The credit notes of some invoices, by number.
///
/// # Errors
/// What the database said.
pub async fn credit_notes(
    market: &Marketplace,
    actor: &Actor,
    invoices: &[InvoiceId],
) -> Result<Vec<credit_note::Model>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<credit_note::Entity>()
        .filter(credit_note::Column::InvoiceId.is_in(invoices.iter().copied()))
        .order_by_asc(credit_note::Column::Number)
        .all(reads.db())
        .await?)
}

/// The credit notes that take back charges of a subscription, on invoices that the actor sees, by number.
///
/// # Errors
/// What the database said.
pub async fn credit_notes_of(
    market: &Marketplace,
    actor: &Actor,
    id: SubscriptionId,
) -> Result<Vec<credit_note::Model>> {
    let lines = credit_note_line::Entity::find()
        .select_only()
        .column(credit_note_line::Column::CreditNoteId)
        .filter(credit_note_line::Column::SubscriptionId.eq(id));
    let reads = market.reader(actor);
    Ok(reads
        .find::<credit_note::Entity>()
        .filter(credit_note::Column::Id.in_subquery(lines.into_query()))
        .order_by_asc(credit_note::Column::Number)
        .all(reads.db())
        .await?)
}

/// What a credit note takes back: a line of its invoice.
#[derive(Debug, Clone)]
pub struct CreditLineView {
    /// The line.
    pub row: credit_note_line::Model,
    /// What had been charged, in words.
    pub description: String,
}

impl FromQueryResult for CreditLineView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: credit_note_line::Model::from_query_result(row, prefix)?,
            description: row.try_get("", "description")?,
        })
    }
}

/// The lines of some credit notes, in the order of their invoices.
///
/// # Errors
/// What the database said.
pub async fn credit_lines(
    market: &Marketplace,
    actor: &Actor,
    notes: &[CreditNoteId],
) -> Result<Vec<CreditLineView>> {
    let reads = market.reader(actor);
    let charged: RelationDef = credit_note_line::Entity::belongs_to(invoice_line::Entity)
        .from((credit_note_line::Column::InvoiceId, credit_note_line::Column::Position))
        .to((invoice_line::Column::InvoiceId, invoice_line::Column::Position))
        .into();
    Ok(reads
        .find::<credit_note_line::Entity>()
        .column(invoice_line::Column::Description)
        .join(JoinType::InnerJoin, charged)
        .filter(credit_note_line::Column::CreditNoteId.is_in(notes.iter().copied()))
        .order_by_asc(credit_note_line::Column::Position)
        .into_model()
        .all(reads.db())
        .await?)
}

/// The refunds of some payments, in their order.
///
/// # Errors
/// What the database said.
pub async fn refunds_of(
    market: &Marketplace,
    actor: &Actor,
    payments: &[PaymentId],
) -> Result<Vec<refund::Model>> {
    let reads = market.reader(actor);
    Ok(reads
        .find::<refund::Entity>()
        .filter(refund::Column::PaymentId.is_in(payments.iter().copied()))
        .order_by_asc(refund::Column::RequestedAt)
        .order_by_asc(refund::Column::Attempt)
        .order_by_asc(refund::Column::Id)
        .all(reads.db())
        .await?)
}

/// The list of refunds, narrowed.
#[derive(Debug, Clone, Default)]
pub struct RefundFilter {
    /// In one of these statuses.
    pub statuses: Option<Vec<RefundStatus>>,
    /// Whether it is to be given back by hand.
    pub by_hand: Option<bool>,
}

/// Whether somebody has to give it back by hand, or did.
pub fn by_hand(row: &refund::Model) -> bool {
    row.reference.is_some() || (row.ask_at.is_none() && row.settled_at.is_none())
}

/// The refund with this id: for the operator.
///
/// # Errors
/// `Forbidden` for everybody but operators; what the database said.
pub async fn refund(market: &Marketplace, actor: &Actor, id: RefundId) -> Result<Option<refund::Model>> {
    access::operator(actor)?;
    let reads = market.reader(actor);
    Ok(reads.find_by_id::<refund::Entity>(id).one(reads.db()).await?)
}

/// A page of all refunds, the newest first: for the operator.
///
/// # Errors
/// `Forbidden` for everybody but operators; `Invalid` for what is no cursor of this list; what the database said.
pub async fn refunds(
    market: &Marketplace,
    actor: &Actor,
    filter: &RefundFilter,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<refund::Model>> {
    use refund::{Column, Entity, Model};
    access::operator(actor)?;
    let manual = Condition::any()
        .add(Column::Reference.is_not_null())
        .add(Condition::all().add(Column::AskAt.is_null()).add(Column::SettledAt.is_null()));
    let narrowed = Condition::all()
        .add_option(filter.statuses.as_ref().map(|among| Column::Status.is_in(among.iter().copied())))
        .add_option(filter.by_hand.map(|wanted| if wanted { manual } else { manual.not() }));
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(narrowed.clone());
    let keys = KeySet::new(
        "refunds",
        true,
        [
            (Expr::col((Entity, Column::RequestedAt)), KeyKind::Instant),
            (Expr::col((Entity, Column::Id)), KeyKind::Id),
        ],
    );
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Instant(row.requested_at), Key::Id(row.id.0)]
    })
    .await
}
