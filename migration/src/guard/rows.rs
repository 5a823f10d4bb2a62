//! Rows that break a law: they can only be there because a guard was not.

use super::words;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use std::collections::BTreeSet;

/// How many of them are named.
const NAMED: usize = 3;

/// What must not be, and the rows of which it is so: their ids, or else what names them. `text(…)` is an id as text.
const BROKEN: [(&str, &str); 12] = [
    (
        "subscriptions that have ended and are not disabled",
        "select text(e.subscription_id) from subscription_end e join subscription s on s.id = e.subscription_id
         where s.status <> 'DISABLED'",
    ),
    (
        "disabled subscriptions without an end",
        "select text(s.id) from subscription s where s.status = 'DISABLED'
         and not exists (select 1 from subscription_end e where e.subscription_id = s.id)",
    ),
    (
        "living subscriptions whose newest event is their end",
        "select text(s.id) from subscription s where s.status <> 'DISABLED' and exists (
           select 1 from event v where v.stream_id = s.id and v.seq = s.version and v.type = 'subscription.disabled')",
    ),
    (
        "ends without their subscription",
        "select text(e.subscription_id) from subscription_end e
         where not exists (select 1 from subscription s where s.id = e.subscription_id)",
    ),
    (
        "subscriptions whose newest event is missing",
        "select text(s.id) from subscription s
         where not exists (select 1 from event v where v.stream_id = s.id and v.seq = s.version)",
    ),
    (
        "subscriptions with an event that they do not know of",
        "select text(s.id) from subscription s
         where exists (select 1 from event v where v.stream_id = s.id and v.seq = s.version + 1)",
    ),
    (
        "invoices without exactly the lines that they were issued with",
        "select text(i.id) from invoice i
         where (i.line_count, i.subtotal)
           <> (select count(*), coalesce(sum(l.amount), 0) from invoice_line l where l.invoice_id = i.id)",
    ),
    (
        "credit notes without exactly the lines that they were issued with",
        "select text(c.id) from credit_note c
         where (c.line_count, c.total - c.tax)
           <> (select count(*), coalesce(sum(l.amount), 0) from credit_note_line l where l.credit_note_id = c.id)",
    ),
    (
        "counters of documents that are not at the newest number",
        "select n.kind from document_number n
         where (n.kind = 'INVOICE' and n.last <> (select max(number) from invoice))
            or (n.kind = 'CREDIT_NOTE' and n.last <> (select max(number) from credit_note))",
    ),
    (
        "gaps in the numbers of invoices",
        "select cast(min(number) as text) from invoice having max(number) - min(number) + 1 <> count(*)",
    ),
    (
        "gaps in the numbers of credit notes",
        "select cast(min(number) as text) from credit_note having max(number) - min(number) + 1 <> count(*)",
    ),
    (
        "counters of documents that are missing",
        "select k.kind from (select 'INVOICE' as kind union all select 'CREDIT_NOTE') k
         where not exists (select 1 from document_number n where n.kind = k.kind)",
    ),
];

/// What is broken among the rows, each in a sentence.
///
/// # Errors
/// What the database said.
pub(super) async fn broken(db: &impl ConnectionTrait, law: &BTreeSet<&str>) -> Result<Vec<String>, DbErr> {
    let mut told = Vec::new();
    for (what, sql) in BROKEN {
        let sql = format!("{} limit {}", in_dialect(sql, db.get_database_backend()), NAMED + 1);
        told.extend(sentence(what, texts(db, &sql).await?));
    }
    if db.get_database_backend() == DbBackend::Sqlite {
        for table in law {
            told.extend(of_sqlite(db, table).await?);
        }
    }
    Ok(told)
}

/// What a connection to SQLite can let in that has switched its foreign keys or checks off.
async fn of_sqlite(db: &impl ConnectionTrait, table: &str) -> Result<Vec<String>, DbErr> {
    let keys =
        format!(r#"select distinct "parent" from pragma_foreign_key_check('{table}') limit {}"#, NAMED + 1);
    let kept = format!(
        "select integrity_check from pragma_integrity_check('{table}') where integrity_check <> 'ok'"
    );
    let orphans = format!("rows of {table} that refer to what is not there");
    let mut told: Vec<_> = sentence(&orphans, texts(db, &keys).await?).into_iter().collect();
    told.extend(sentence(&format!("faults of {table}"), texts(db, &kept).await?));
    Ok(told)
}

fn in_dialect(sql: &str, backend: DbBackend) -> String {
    let text = if backend == DbBackend::Sqlite { "hex(" } else { "concat(" };
    words(sql).replace("text(", text)
}

/// The first column of a query.
async fn texts(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn sentence(what: &str, which: Vec<String>) -> Option<String> {
    let more = if which.len() > NAMED { " and more" } else { "" };
    let named = which.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    (!which.is_empty()).then(|| format!("there are {what}: {named}{more}"))
}
