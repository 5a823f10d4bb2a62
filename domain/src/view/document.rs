//! An invoice with everything that its printable version shows.

use super::{
    also,
    billing::ProfileView,
    invoice::{self, InvoiceView},
    payment,
};
use crate::{Actor, Error, Marketplace, Result, Seller};
use entity::{
    billing_profile, credit_note, credit_note_line,
    id::{CreditNoteId, InvoiceId, OrganizationId},
    invoice_line, organization, partner, payment as paid, payment_method, refund,
};
use sea_orm::{ColumnTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};
use serde::Deserialize;
use std::collections::HashMap;

/// An invoice with everything that its printable version shows.
#[derive(Debug, Clone)]
pub struct PrintableInvoice {
    /// The invoice, with its profile as it is now.
    pub invoice: InvoiceView,
    /// How the profile pays now.
    pub method: Option<payment_method::Model>,
    /// Who issued it, as it was then.
    pub seller: Seller,
    /// Who is billed, as it was then.
    pub bill_to: BillTo,
    /// The organization or partner that the profile belongs to.
    pub customer: String,
    /// What is charged, in its order.
    pub lines: Vec<invoice_line::Model>,
    /// For whom a partner bought, by the organizations of the lines.
    pub bought_for: HashMap<OrganizationId, String>,
    /// What was paid, or attempted.
    pub payments: Vec<paid::Model>,
    /// What was credited.
    pub credit_notes: Vec<credit_note::Model>,
    /// What is, or was, given back.
    pub refunds: Vec<refund::Model>,
}

/// Who issued an invoice and who was billed, as it was then.
///
/// # Errors
/// `Internal` when the invoice does not keep them as it should.
pub fn parties(row: &entity::invoice::Model) -> Result<(Seller, BillTo)> {
    let seller = serde_json::from_str(&row.seller).map_err(Error::internal)?;
    let bill_to = serde_json::from_str(&row.bill_to).map_err(Error::internal)?;
    Ok((seller, bill_to))
}

/// Who is billed, as the invoice keeps it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillTo {
    /// The profile's name.
    pub name: String,
    /// Whom it is addressed to.
    pub contact: BillToContact,
    /// The billing address.
    pub address: BillToAddress,
    /// Tax id.
    pub tax_id: Option<String>,
    /// The customer's order number.
    pub purchase_order_number: Option<String>,
}

/// Whom an invoice is addressed to.
#[derive(Debug, Clone, Deserialize)]
pub struct BillToContact {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// Where an invoice is addressed to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillToAddress {
    /// First line.
    pub line1: String,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2 code.
    pub country: String,
}

/// A credit note with everything that its printable version shows.
#[derive(Debug, Clone)]
pub struct PrintableCreditNote {
    /// The credit note.
    pub note: credit_note::Model,
    /// The lines of its invoice that it takes back.
    pub lines: Vec<invoice_line::Model>,
    /// Its invoice.
    pub invoice: PrintableInvoice,
}

/// The credit note with this id, if the actor sees its invoice.
///
/// # Errors
/// What the database said.
pub async fn printable_credit_note(
    market: &Marketplace,
    actor: &Actor,
    id: CreditNoteId,
) -> Result<Option<PrintableCreditNote>> {
    let reads = market.reader(actor);
    let note = reads.find_by_id::<credit_note::Entity>(id);
    let Some(note) = note.one(reads.db()).await? else { return Ok(None) };
    let Some(invoice) = printable(market, actor, note.invoice_id).await? else { return Ok(None) };
    let credited: Vec<i64> = reads
        .find::<credit_note_line::Entity>()
        .select_only()
        .column(credit_note_line::Column::Position)
        .filter(credit_note_line::Column::CreditNoteId.eq(id))
        .into_tuple()
        .all(reads.db())
        .await?;
    let lines = invoice.lines.iter().filter(|line| credited.contains(&line.position)).cloned().collect();
    Ok(Some(PrintableCreditNote { note, lines, invoice }))
}

/// The invoice with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn printable(
    market: &Marketplace,
    actor: &Actor,
    id: InvoiceId,
) -> Result<Option<PrintableInvoice>> {
    let Some(invoice) = invoice::invoice(market, actor, id).await? else { return Ok(None) };
    let reads = market.reader(actor);
    let db = reads.db();
    let profile = reads
        .find_by_id::<billing_profile::Entity>(invoice.row.billing_profile_id)
        .join(JoinType::LeftJoin, billing_profile::Relation::PaymentMethod.def());
    let profile: Option<ProfileView> =
        also::<payment_method::Entity, _>(profile, "method_").into_model().one(db).await?;
    let lines = reads
        .find::<invoice_line::Entity>()
        .filter(invoice_line::Column::InvoiceId.eq(id))
        .order_by_asc(invoice_line::Column::Position)
        .all(db)
        .await?;
    let (customer, bought_for) = match (invoice.row.organization_id, invoice.row.partner_id) {
        (Some(id), _) => {
            let row = reads.find_by_id::<organization::Entity>(id);
            let row = row.one(db).await?;
            (row.map(|row| row.name), HashMap::new())
        }
        (None, Some(id)) => {
            let row = reads.find_by_id::<partner::Entity>(id).one(db).await?;
            let customers: std::collections::BTreeSet<_> =
                lines.iter().map(|line| line.organization_id).collect();
            let rows = reads
                .find::<organization::Entity>()
                .filter(organization::Column::Id.is_in(customers))
                .all(db)
                .await?;
            (row.map(|row| row.name), rows.into_iter().map(|row| (row.id, row.name)).collect())
        }
        (None, None) => (None, HashMap::new()),
    };
    let payments = payment::payments(market, actor, &[id]).await?;
    let paid: Vec<_> = payments.iter().map(|payment| payment.id).collect();
    let (seller, bill_to) = parties(&invoice.row)?;
    Ok(Some(PrintableInvoice {
        seller,
        bill_to,
        method: profile.and_then(|profile| profile.method),
        customer: customer.ok_or_else(|| Error::internal("an invoice of nobody"))?,
        lines,
        bought_for,
        refunds: payment::refunds_of(market, actor, &paid).await?,
        credit_notes: payment::credit_notes(market, actor, &[id]).await?,
        payments,
        invoice,
    }))
}
