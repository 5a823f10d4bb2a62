//! A document such as an invoice as a PDF to print and to file: the caller brings every string, this lays them out.

mod layout;
mod page;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod write;

use chrono::{DateTime, Utc};
use std::fmt;

/// One printable document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// What it is, such as "Invoice".
    pub(crate) title: String,
    /// Its number, which stands at the foot of every page too.
    pub(crate) number: String,
    /// When it was issued: the PDF's own date of creation.
    pub(crate) issued: DateTime<Utc>,
    /// Pairs such as "Due" and a date.
    pub(crate) facts: Vec<(String, String)>,
    /// Who sold; its first line is the PDF's author.
    pub(crate) seller: Party,
    /// Who bought.
    pub(crate) customer: Party,
    /// Who is to pay.
    pub(crate) bill_to: Party,
    /// What was sold.
    pub(crate) lines: Vec<Line>,
    /// From the subtotal to what is due; the last strong one stands out most.
    pub(crate) sums: Vec<Sum>,
    /// How to pay, and what was paid.
    pub(crate) notes: Vec<Note>,
}

/// One side of the deal.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    /// What it is here, such as "Bill to"; it may be empty.
    pub(crate) heading: String,
    /// The name first, then address, tax id and whatever else belongs to it.
    pub(crate) lines: Vec<String>,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// What was sold.
    pub(crate) description: String,
    /// Who made it.
    pub(crate) publisher: String,
    /// For which days.
    pub(crate) service: String,
    /// How many.
    pub(crate) quantity: String,
    /// What one costs.
    pub(crate) unit_price: String,
    /// What they cost together.
    pub(crate) amount: String,
}

/// A sum below the table.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    /// What it is.
    pub(crate) label: String,
    /// How much.
    pub(crate) amount: String,
    /// Whether it is bold.
    pub(crate) strong: bool,
}

/// A text below the sums.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// What it is about; it may be empty.
    pub(crate) heading: String,
    /// Its paragraphs, one a line.
    pub(crate) text: String,
}

/// Why there is no PDF. No content of a document leads to it, only a font that cannot be read.
#[derive(Debug)]
pub(crate) struct Error(String);

impl Error {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the PDF could not be written: {}", self.0)
    }
}

impl std::error::Error for Error {}

/// The document as a PDF. The same document gives the same bytes.
pub(crate) fn render(document: &Document) -> Result<Vec<u8>, Error> {
    let fonts = text::Fonts::load()?;
    let pages = layout::pages(document, &fonts);
    write::pdf(document, &pages, &fonts)
}
