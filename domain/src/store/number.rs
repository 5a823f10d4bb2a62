//! Numbers of documents, without gaps.

use crate::{Error, Result};
use sea_orm::{ConnectionTrait, Statement};

/// The documents that are numbered.
#[derive(Clone, Copy)]
pub(crate) enum Document {
    /// Invoices.
    Invoice,
    /// Credit notes.
    CreditNote,
}

/// Takes the next `count` numbers and returns the first of them.
///
/// The counter's row stays locked until the transaction ends, and a transaction that is rolled back gives its numbers
/// back: there are no gaps. So this comes last in a transaction, and nobody waits for longer than they must.
///
/// # Errors
/// What the database said.
pub(crate) async fn take(db: &impl ConnectionTrait, document: Document, count: i64) -> Result<i64> {
    let kind = match document {
        Document::Invoice => "INVOICE",
        Document::CreditNote => "CREDIT_NOTE",
    };
    const SQL: &str = "update document_number set last = last + $1 where kind = $2 returning last";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), SQL, [count.into(), kind.into()]);
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Error::internal("no counter of documents"))?;
    let last: i64 = row.try_get("", "last")?;
    Ok(last - count + 1)
}
