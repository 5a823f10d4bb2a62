//! Writing many rows of an entity with one statement.

use crate::{Error, Result};
use chrono::SecondsFormat;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value,
    sea_query::ColumnType,
};
use serde_json::{Map, Value as Json};

/// Inserts the rows.
///
/// # Errors
/// What the database said.
pub(crate) async fn insert<E: EntityTrait>(db: &impl ConnectionTrait, rows: &[E::Model]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<_> = E::Column::iter().collect();
    let names = joined(columns.iter().map(quoted));
    let source = source(db.get_database_backend(), &fields(&columns)?);
    let sql =
        format!("insert into {} ({names}) select {names} from {source} as s", E::default().table_name());
    let rows = rows.iter().map(|row| object::<E>(row, &columns)).collect::<Result<Vec<_>>>()?;
    execute(db, sql, rows).await
}

/// A row to write, and the version that it was read with.
pub(crate) struct Versioned<M> {
    /// The version that the stored row must still have.
    pub was: i64,
    /// The row as it shall be.
    pub row: M,
}

/// Updates each row, provided that it still has the version that it was read with. The column `key` finds the row;
/// those of `fixed` never change and are left out.
///
/// # Errors
/// `Conflict` when a row has another version by now; what the database said.
pub(crate) async fn update<'a, E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: impl ExactSizeIterator<Item = &'a Versioned<E::Model>>,
    key: E::Column,
    fixed: &[E::Column],
) -> Result<()> {
    if rows.len() == 0 {
        return Ok(());
    }
    let moving: Vec<_> = E::Column::iter()
        .filter(|column| !fixed.iter().chain([&key]).any(|other| other.as_str() == column.as_str()))
        .collect();
    let columns: Vec<_> = moving.iter().copied().chain([key]).collect();
    let set = joined(moving.iter().map(|column| format!("{0} = s.{0}", quoted(column))));
    let mut fields = fields(&columns)?;
    fields.push(("was", Kind::Integer));
    let unchanged = " and t.version = s.was";
    #[cfg(feature = "failpoints")]
    let unchanged =
        if crate::failpoint::planted(crate::failpoint::Mistake::VersionIgnored) { "" } else { unchanged };
    let sql = format!(
        "update {} as t set {set} from {} as s where t.{key} = s.{key}{unchanged}",
        E::default().table_name(),
        source(db.get_database_backend(), &fields),
        key = quoted(&key),
    );
    let rows = rows
        .map(|Versioned { was, row }| {
            let mut object = object::<E>(row, &columns)?;
            object.insert("was".into(), (*was).into());
            Ok(object)
        })
        .collect::<Result<Vec<_>>>()?;
    execute(db, sql, rows).await
}

/// What a column holds, as far as JSON has to know.
#[derive(Clone, Copy)]
enum Kind {
    Uuid,
    Text,
    Integer,
    Boolean,
    Instant,
    Date,
    Bytes,
}

fn fields<C: ColumnTrait>(columns: &[C]) -> Result<Vec<(&'static str, Kind)>> {
    let kind = |column: &C| match column.def().get_column_type() {
        ColumnType::Uuid => Ok(Kind::Uuid),
        ColumnType::Text | ColumnType::String(_) | ColumnType::Enum { .. } => Ok(Kind::Text),
        ColumnType::BigInteger => Ok(Kind::Integer),
        ColumnType::Boolean => Ok(Kind::Boolean),
        ColumnType::TimestampWithTimeZone => Ok(Kind::Instant),
        ColumnType::Date => Ok(Kind::Date),
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => Ok(Kind::Bytes),
        other => Err(Error::internal(format!("no batch of {other:?}"))),
    };
    columns.iter().map(|column| Ok((column.as_str(), kind(column)?))).collect()
}

/// The rows of the JSON parameter as a table.
fn source(backend: DbBackend, fields: &[(&'static str, Kind)]) -> String {
    if backend == DbBackend::Sqlite {
        let columns = fields.iter().map(|(name, kind)| match kind {
            Kind::Uuid | Kind::Bytes => format!("unhex(value ->> '$.{name}') as \"{name}\""),
            Kind::Text | Kind::Integer | Kind::Boolean | Kind::Instant | Kind::Date => {
                format!("value ->> '$.{name}' as \"{name}\"")
            }
        });
        return format!("(select {} from json_each($1))", joined(columns));
    }
    let columns = fields.iter().map(|(name, kind)| match kind {
        Kind::Bytes => format!("decode(\"{name}\", 'hex') as \"{name}\""),
        Kind::Uuid | Kind::Text | Kind::Integer | Kind::Boolean | Kind::Instant | Kind::Date => {
            quoted_name(name)
        }
    });
    let types = fields.iter().map(|(name, kind)| {
        let sql = match kind {
            Kind::Uuid => "uuid",
            Kind::Text | Kind::Bytes => "text",
            Kind::Integer => "bigint",
            Kind::Boolean => "boolean",
            Kind::Instant => "timestamptz",
            Kind::Date => "date",
        };
        format!("\"{name}\" {sql}")
    });
    format!("(select {} from jsonb_to_recordset($1::jsonb) as r({}))", joined(columns), joined(types))
}

fn object<E: EntityTrait>(row: &E::Model, columns: &[E::Column]) -> Result<Map<String, Json>> {
    columns.iter().map(|column| Ok((column.as_str().to_owned(), json(row.get(*column))?))).collect()
}

fn json(value: Value) -> Result<Json> {
    Ok(match value {
        Value::Uuid(id) => id.map_or(Json::Null, |id| id.simple().to_string().into()),
        Value::String(text) => text.map_or(Json::Null, Into::into),
        Value::BigInt(number) => number.map_or(Json::Null, Into::into),
        Value::Bool(truth) => truth.map_or(Json::Null, Into::into),
        // As the driver writes it to SQLite, where instants are compared as text.
        Value::ChronoDateTimeUtc(at) => {
            at.map_or(Json::Null, |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, false).into())
        }
        Value::ChronoDate(date) => date.map_or(Json::Null, |date| date.to_string().into()),
        Value::Bytes(bytes) => bytes.map_or(Json::Null, |bytes| hex::encode(&*bytes).into()),
        other => return Err(Error::internal(format!("no batch of {other:?}"))),
    })
}

async fn execute(db: &impl ConnectionTrait, sql: String, rows: Vec<Map<String, Json>>) -> Result<()> {
    let count = rows.len() as u64;
    let json = serde_json::to_string(&rows).map_err(Error::internal)?;
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [json.into()]);
    match db.execute_raw(statement).await?.rows_affected() {
        written if written == count => Ok(()),
        _ => Err(Error::Conflict),
    }
}

fn quoted(column: &impl IdenStatic) -> String {
    quoted_name(column.as_str())
}

fn quoted_name(name: &str) -> String {
    format!("\"{name}\"")
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
