//! Pages of lists, by key set: a page begins behind a row, not after a number of rows, so that rows that are added or
//! removed meanwhile neither repeat nor hide others.

use crate::{Error, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

/// How many rows a page has when nothing is said.
pub const DEFAULT_SIZE: u64 = 20;

/// How many rows a page has at most.
pub const LARGEST: u64 = 100;

/// Which rows of a list are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slice {
    /// How many.
    pub size: u64,
    /// Whether from the end of the list.
    pub backward: bool,
    /// Behind which row, exclusive.
    pub after: Option<String>,
    /// Before which row, exclusive.
    pub before: Option<String>,
}

impl Slice {
    /// The arguments of a Relay connection.
    ///
    /// # Errors
    /// `Invalid` when they contradict each other or ask for too many.
    pub fn parse(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self> {
        let size = |argument: &'static str, wanted: i32| {
            u64::try_from(wanted).ok().filter(|size| *size <= LARGEST).ok_or_else(|| {
                Error::Invalid(
                    crate::Input(vec![argument.into()]),
                    format!("{argument} is 0 to {LARGEST}").into(),
                )
            })
        };
        let (size, backward) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Error::Invalid(
                    crate::Input(vec!["last".into()]),
                    "give first or last, not both".into(),
                ));
            }
            (Some(first), None) => (size("first", first)?, false),
            (None, Some(last)) => (size("last", last)?, true),
            (None, None) => (DEFAULT_SIZE, false),
        };
        Ok(Self { size, backward, after, before })
    }

    /// The first rows.
    pub fn first(size: u64) -> Self {
        Self { size, backward: false, after: None, before: None }
    }
}

/// A value that a list is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Text.
    Text(String),
    /// An instant.
    Instant(DateTime<Utc>),
    /// An id.
    Id(Uuid),
    /// A number.
    Number(i64),
}

/// What a key is, to read it back from a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Text.
    Text,
    /// An instant.
    Instant,
    /// An id.
    Id,
    /// A number.
    Number,
}

/// How a list is ordered: by these expressions, which together are unique, all in one direction.
#[derive(Debug, Clone)]
pub struct KeySet {
    name: &'static str,
    keys: Vec<(Expr, KeyKind)>,
    descending: bool,
}

impl KeySet {
    /// An order. Its name stands in the cursors: one of another list, or of the same one in another order, names a place that
    /// this one does not have, even if it looks like one of its own.
    pub fn new(
        name: &'static str,
        descending: bool,
        keys: impl IntoIterator<Item = (Expr, KeyKind)>,
    ) -> Self {
        Self { name, keys: keys.into_iter().collect(), descending }
    }

    fn mark(&self) -> String {
        format!("{}{}", self.name, if self.descending { ", descending" } else { "" })
    }

    /// The cursor of a row with these keys.
    pub fn cursor(&self, keys: &[Key]) -> String {
        let key = |key: &Key| match key {
            Key::Text(text) => text.clone(),
            Key::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Micros, true),
            Key::Id(id) => id.to_string(),
            Key::Number(number) => number.to_string(),
        };
        let texts: Vec<String> = std::iter::once(self.mark()).chain(keys.iter().map(key)).collect();
        serde_json::Value::from(texts).to_string()
    }

    fn values(&self, cursor: &str, argument: &'static str) -> Result<Vec<Expr>> {
        let wrong = || {
            Error::Invalid(
                crate::Input(vec![argument.into()]),
                "this is not a cursor of this list in this order".into(),
            )
        };
        let texts: Vec<String> = serde_json::from_str(cursor).map_err(|_| wrong())?;
        let texts = match texts.split_first() {
            Some((mark, texts)) if *mark == self.mark() && texts.len() == self.keys.len() => texts,
            Some(_) | None => return Err(wrong()),
        };
        let value = |(text, (_, kind)): (&String, &(Expr, KeyKind))| -> Option<Expr> {
            Some(match kind {
                KeyKind::Text => Expr::val(text.clone()),
                KeyKind::Instant => Expr::val(text.parse::<DateTime<Utc>>().ok()?),
                KeyKind::Id => Expr::val(text.parse::<Uuid>().ok()?),
                KeyKind::Number => Expr::val(text.parse::<i64>().ok()?),
            })
        };
        texts.iter().zip(&self.keys).map(|pair| value(pair).ok_or_else(wrong)).collect()
    }

    /// Whether the slice's cursors are of this list.
    ///
    /// # Errors
    /// `Invalid` when they are not.
    pub fn check(&self, slice: &Slice) -> Result<()> {
        for (cursor, argument) in [(&slice.after, "after"), (&slice.before, "before")] {
            if let Some(cursor) = cursor {
                self.values(cursor, argument)?;
            }
        }
        Ok(())
    }

    /// The rows behind and before the slice's cursors, in the direction in which they are read.
    ///
    /// # Errors
    /// `Invalid` for what is no cursor of this list.
    pub(crate) fn narrow<S: QueryFilter>(&self, mut select: S, slice: &Slice) -> Result<S> {
        let key = || Expr::tuple(self.keys.iter().map(|(expression, _)| expression.clone()));
        if let Some(after) = &slice.after {
            let values = Expr::tuple(self.values(after, "after")?);
            select = select.filter(if self.descending { key().lt(values) } else { key().gt(values) });
        }
        if let Some(before) = &slice.before {
            let values = Expr::tuple(self.values(before, "before")?);
            select = select.filter(if self.descending { key().gt(values) } else { key().lt(values) });
        }
        Ok(select)
    }

    /// The direction in which the slice is read.
    pub(crate) fn direction(&self, slice: &Slice) -> Order {
        if self.descending == slice.backward { Order::Asc } else { Order::Desc }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its rows, each with its cursor.
    pub rows: Vec<(String, T)>,
    /// Whether there are rows behind it.
    pub has_next: bool,
    /// Whether there are rows before it.
    pub has_previous: bool,
    /// How many rows the list has, if that was asked for.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A page from one row more than it holds, if there is one more. A cursor was a row of the list, which lies on the other
    /// side of it.
    pub fn from_rows(
        rows: Vec<T>,
        slice: &Slice,
        total: Option<u64>,
        order: &KeySet,
        keys: impl Fn(&T) -> Vec<Key>,
    ) -> Self {
        let size = usize::try_from(slice.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        let mut rows: Vec<_> =
            rows.into_iter().take(size).map(|row| (order.cursor(&keys(&row)), row)).collect();
        if slice.backward {
            rows.reverse();
        }
        let has_next = slice.before.is_some() || (more && !slice.backward);
        let has_previous = slice.after.is_some() || (more && slice.backward);
        Self { rows, has_next, has_previous, total }
    }

    /// No rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false, total: Some(0) }
    }

    /// The same page of other rows.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(|(cursor, row)| (cursor, change(row))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
            total: self.total,
        }
    }
}

/// Loads a page. `count` is the list without joins and columns that a count does not need.
pub(crate) async fn load<E: EntityTrait, M: FromQueryResult>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: &KeySet,
    slice: &Slice,
    count: Option<Select<E>>,
    keys: impl Fn(&M) -> Vec<Key>,
) -> Result<Page<M>> {
    let total = match count {
        Some(select) => Some(counted(db, select).await?),
        None => None,
    };
    let mut narrowed = order.narrow(select, slice)?;
    for (expression, _) in &order.keys {
        narrowed = narrowed.order_by(expression.clone(), order.direction(slice));
    }
    let rows = narrowed.limit(slice.size + 1).into_model::<M>().all(db).await?;
    Ok(Page::from_rows(rows, slice, total, order, keys))
}

/// How many rows there are.
pub(crate) async fn counted<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<u64> {
    let count: Option<i64> =
        select.select_only().expr_as(Expr::cust("count(*)"), "total").into_tuple().one(db).await?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
