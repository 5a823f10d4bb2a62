//! The documents of a unit of work: invoices, credit notes and the refunds that follow from them. Their numbers are taken
//! at the commit, and have no gaps.

use super::Work;
use crate::{
    Result,
    store::{
        batch,
        number::{self, Document},
    },
};
use entity::{
    credit_note, credit_note_line,
    id::{BillingProfileId, InvoiceId},
    invoice, invoice_line, refund,
    state::EventType,
};
use serde_json::json;
use std::collections::{BTreeMap, btree_map::Entry};

/// An invoice to be issued: its number is taken at the commit.
pub(crate) struct Issue {
    pub(crate) invoice: invoice::Model,
    pub(crate) lines: Vec<invoice_line::Model>,
}

/// A credit note to be issued: its number is taken at the commit.
pub(crate) struct Credit {
    pub(crate) note: credit_note::Model,
    pub(crate) lines: Vec<credit_note_line::Model>,
    /// Whose stream tells of it.
    pub(crate) billing_profile: BillingProfileId,
}

impl Work<'_> {
    /// Issues an invoice at the commit.
    pub(crate) fn issue(&mut self, issue: Issue) -> InvoiceId {
        let id = issue.invoice.id;
        self.invoices.push(issue);
        id
    }

    /// The invoices that are to be issued at the commit.
    pub(crate) fn issued(&self) -> &[Issue] {
        &self.invoices
    }

    /// Issues a credit note at the commit.
    pub(crate) fn credit(&mut self, credit: Credit) {
        self.credits.push(credit);
    }

    /// Owes a refund from the commit on.
    pub(crate) fn owe(&mut self, refund: refund::Model) {
        self.refunds.push(refund);
    }

    /// Takes the numbers of invoices and credit notes, and records the issue on each profile's stream: that event tells
    /// the number.
    pub(super) async fn number_documents(&mut self) -> Result<()> {
        let (mut invoices, mut credits) =
            (std::mem::take(&mut self.invoices), std::mem::take(&mut self.credits));
        // Locked before the numbers are: whoever waits for a profile does not keep others from theirs.
        let mut profiles = BTreeMap::new();
        let billed = invoices.iter().map(|issue| issue.invoice.billing_profile_id);
        for id in billed.chain(credits.iter().map(|credit| credit.billing_profile)) {
            if let Entry::Vacant(entry) = profiles.entry(id) {
                entry.insert(self.profile(id).await?);
            }
        }
        let first = self.numbers(Document::Invoice, invoices.len()).await?;
        for (number, Issue { invoice, .. }) in (first..).zip(&mut invoices) {
            invoice.number = number;
            let body = json!({
                "invoice": invoice.id, "number": number, "total": invoice.total, "currency": invoice.currency,
            });
            if let Some(profile) = profiles.get_mut(&invoice.billing_profile_id) {
                self.record_on_profile(profile, EventType::InvoiceIssued, body);
            }
        }
        let first = self.numbers(Document::CreditNote, credits.len()).await?;
        for (number, Credit { note, billing_profile, .. }) in (first..).zip(&mut credits) {
            note.number = number;
            let body = json!({
                "creditNote": note.id, "number": number, "invoice": note.invoice_id, "total": note.total,
                "currency": note.currency,
            });
            if let Some(profile) = profiles.get_mut(billing_profile) {
                self.record_on_profile(profile, EventType::CreditNoteIssued, body);
            }
        }
        (self.invoices, self.credits) = (invoices, credits);
        Ok(())
    }

    /// The first of so many new numbers.
    async fn numbers(&self, document: Document, count: usize) -> Result<i64> {
        match i64::try_from(count) {
            Ok(0) | Err(_) => Ok(0),
            Ok(count) => number::take(&self.tx, document, count).await,
        }
    }

    /// Writes them, what is referred to before what refers to it.
    pub(super) async fn write_documents(&mut self) -> Result<()> {
        let (invoices, lines): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.invoices).into_iter().map(|issue| (issue.invoice, issue.lines)).unzip();
        batch::insert::<invoice::Entity>(&self.tx, &invoices).await?;
        batch::insert::<invoice_line::Entity>(&self.tx, &lines.concat()).await?;
        let (notes, lines): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.credits).into_iter().map(|credit| (credit.note, credit.lines)).unzip();
        batch::insert::<credit_note::Entity>(&self.tx, &notes).await?;
        batch::insert::<credit_note_line::Entity>(&self.tx, &lines.concat()).await?;
        batch::insert::<refund::Entity>(&self.tx, &self.refunds).await
    }
}
