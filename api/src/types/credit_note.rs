//! Credit notes.

use super::money::{Money, money};
use crate::{
    caller::Caller,
    document::PrintableDocument,
    error::loaded,
    global_id::{Kind, encode},
    loaders::CreditLinesOf,
};
use async_graphql::{Context, Description, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
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
        let lines = Caller::of(ctx).invoices.load_one(CreditLinesOf(self.0.id)).await.map_err(loaded)?;
        lines
            .unwrap_or_default()
            .into_iter()
            .map(|line| {
                let amount = money(line.row.amount, &self.0.currency)?;
                Ok(CreditNoteLine { description: line.description, amount })
            })
            .collect()
    }
}

/// The number as it stands on the document.
pub(crate) fn number(number: i64) -> String {
    format!("CN-{number:07}")
}

/// A line of an invoice that is taken back, whole.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CreditNoteLine {
    /// What had been charged, in words.
    description: String,
    /// How much, without tax.
    amount: Money,
}
