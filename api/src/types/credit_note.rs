//! Credit notes.

use super::{
    invoice::{Invoice, find},
    money::{Money, money},
};
use crate::{
    caller::Caller,
    document::PrintableDocument,
    error::{UserError, answered, loaded},
    global_id::{Kind, encode, encode_part, input},
    loaders::CreditLinesOf,
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::billing;
use entity::credit_note;

/// A document that takes back a charge of an invoice.
#[derive(Debug, Clone, Description)]
pub(crate) struct CreditNote(pub(crate) credit_note::Model);

#[Object(use_type_description)]
impl CreditNote {
    /// The credit note's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::CreditNote, self.0.id.0)
    }

    /// Its number. Numbers have no gaps.
    async fn number(&self) -> String {
        number(self.0.number)
    }

    /// What it takes back, without tax.
    async fn subtotal(&self) -> Result<Money> {
        money(self.0.total - self.0.tax, &self.0.currency)
    }

    /// The tax on that.
    async fn tax(&self) -> Result<Money> {
        money(self.0.tax, &self.0.currency)
    }

    /// How much it takes back, with tax.
    async fn total(&self) -> Result<Money> {
        money(self.0.total, &self.0.currency)
    }

    /// A printable version.
    async fn document(&self) -> PrintableDocument {
        PrintableDocument::of_credit_note(self.0.id, self.0.number)
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }

    /// What it takes back, line by line.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<CreditNoteLine>> {
        let lines =
            Caller::of(ctx).loaders().invoices.load_one(CreditLinesOf(self.0.id)).await.map_err(loaded)?;
        lines
            .unwrap_or_default()
            .into_iter()
            .map(|line| {
                let amount = money(line.row.amount, &self.0.currency)?;
                let id = encode_part("crl", line.row.credit_note_id.0, line.row.position);
                Ok(CreditNoteLine { id, description: line.description, amount })
            })
            .collect()
    }
}

/// The number as it stands on the document.
pub(crate) fn number(number: i64) -> String {
    domain::money::document_number(domain::money::CREDIT_NOTE_NUMBER, number)
}

/// A line of an invoice that is taken back, whole.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CreditNoteLine {
    /// The line's id. It is found with its credit note alone.
    id: ID,
    /// What had been charged, in words.
    description: String,
    /// How much, without tax.
    amount: Money,
}

/// What to take back of an invoice.
#[derive(Debug, InputObject)]
pub(crate) struct CreditInvoiceInput {
    /// The invoice.
    invoice_id: ID,
    /// Which of its lines, counted from 0 in the order in which `lines` shows them. Left out, all that are not credited yet.
    lines: Option<Vec<i32>>,
}

/// What came of crediting an invoice.
#[derive(SimpleObject)]
pub(crate) struct CreditInvoicePayload {
    /// The invoice, unless it was refused.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it was credited.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct CreditNoteMutation;

#[Object]
impl CreditNoteMutation {
    /// Corrects an invoice: takes lines of it back with a credit note, first against what is unpaid, the rest is refunded the
    /// way it was paid. For the operator. Nothing else changes: a disabled subscription stays disabled.
    async fn credit_invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take back.")] input: CreditInvoiceInput,
    ) -> Result<CreditInvoicePayload> {
        let caller = Caller::of(ctx);
        let credited = async {
            let invoice = self::input(Kind::Invoice, &input.invoice_id, "invoiceId")?;
            let lines = input.lines.map(|lines| lines.into_iter().map(i64::from).collect());
            let input = billing::CreditInvoice { invoice, lines };
            billing::credit_invoice(&caller.market, &caller.by, input).await
        };
        Ok(match answered(credited.await)? {
            Ok(id) => CreditInvoicePayload { invoice: find(caller, id).await?, user_errors: Vec::new() },
            Err(user_errors) => CreditInvoicePayload { invoice: None, user_errors },
        })
    }
}
