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
    keys: Vec<(Expr, KeyKind)>,
    descending: bool,
}

impl KeySet {
    /// An order.
    pub fn new(descending: bool, keys: impl IntoIterator<Item = (Expr, KeyKind)>) -> Self {
        Self { keys: keys.into_iter().collect(), descending }
    }

    fn values(&self, cursor: &str, argument: &'static str) -> Result<Vec<Expr>> {
        let wrong = || {
            Error::Invalid(
                crate::Input(vec![argument.into()]),
                "this is not a cursor of this list in this order".into(),
            )
        };
        let texts: Vec<String> = serde_json::from_str(cursor).map_err(|_| wrong())?;
        if texts.len() != self.keys.len() {
            return Err(wrong());
        }
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

/// The cursor of a row with these keys.
pub fn cursor(keys: &[Key]) -> String {
    let texts: Vec<String> = keys
        .iter()
        .map(|key| match key {
            Key::Text(text) => text.clone(),
            Key::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Micros, true),
            Key::Id(id) => id.to_string(),
            Key::Number(number) => number.to_string(),
        })
        .collect();
    serde_json::Value::from(texts).to_string()
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
    /// A page from one row more than it holds, if there is one more.
    pub fn from_rows(rows: Vec<T>, slice: &Slice, total: Option<u64>, keys: impl Fn(&T) -> Vec<Key>) -> Self {
        let size = usize::try_from(slice.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        let mut rows: Vec<_> = rows.into_iter().take(size).map(|row| (cursor(&keys(&row)), row)).collect();
        if slice.backward {
            rows.reverse();
        }
        let (has_next, has_previous) =
            if slice.backward { (slice.before.is_some(), more) } else { (more, slice.after.is_some()) };
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
    Ok(Page::from_rows(rows, slice, total, keys))
}

/// How many rows there are.
pub(crate) async fn counted<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<u64> {
    let count: Option<i64> =
        select.select_only().expr_as(Expr::cust("count(*)"), "total").into_tuple().one(db).await?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_no_more_than_it_was_asked_for_and_knows_that_there_is_more() {
        let page = Page::from_rows(vec![1, 2, 3], &Slice::first(2), None, |n| vec![Key::Number(*n)]);
        assert_eq!(page.rows, [(r#"["1"]"#.to_owned(), 1), (r#"["2"]"#.to_owned(), 2)]);
        assert!(page.has_next && !page.has_previous);
    }

    #[test]
    fn a_page_from_the_end_is_turned_round() {
        let slice = Slice { backward: true, before: Some("x".into()), ..Slice::first(2) };
        let page = Page::from_rows(vec![9, 8, 7], &slice, None, |n| vec![Key::Number(*n)]);
        assert_eq!(page.rows.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [8, 9]);
        assert!(page.has_next && page.has_previous);
    }

    #[test]
    fn as_many_rows_as_are_allowed_can_be_asked_for_from_either_end() {
        let parsed = |first, last| {
            let slice = Slice::parse(first, Some("a".into()), last, Some("b".into())).unwrap();
            assert_eq!((slice.after.as_deref(), slice.before.as_deref()), (Some("a"), Some("b")));
            (slice.size, slice.backward)
        };
        assert_eq!([parsed(Some(100), None), parsed(None, Some(100))], [(100, false), (100, true)]);
        assert_eq!([parsed(Some(0), None), parsed(None, None)], [(0, false), (DEFAULT_SIZE, false)]);
    }

    fn named(descending: bool) -> KeySet {
        use sea_orm::sea_query::Alias;
        let column = |name: &'static str| Expr::col(Alias::new(name));
        let keys = [
            (column("name"), KeyKind::Text),
            (column("at"), KeyKind::Instant),
            (column("number"), KeyKind::Number),
            (column("id"), KeyKind::Id),
        ];
        KeySet::new(descending, keys)
    }

    #[test]
    fn a_cursor_is_one_of_its_list_or_refused() {
        let at = "2026-01-31T09:00:00.000001Z".parse().unwrap();
        let row = [Key::Text("x".into()), Key::Instant(at), Key::Number(7), Key::Id(Uuid::nil())];
        let of_row = cursor(&row);
        let expected = r#"["x","2026-01-31T09:00:00.000001Z","7","00000000-0000-0000-0000-000000000000"]"#;
        assert_eq!(of_row, expected);
        let with = |after: &str, before: &str| {
            let (after, before) = (Some(after.to_owned()), Some(before.to_owned()));
            named(false).check(&Slice { after, before, ..Slice::first(1) })
        };
        assert!(with(&of_row, &of_row).is_ok() && named(false).check(&Slice::first(1)).is_ok());
        for wrong in ["", "x", "[]", r#"["x"]"#, r#"["x","y","7","z"]"#, &cursor(&row[..3])] {
            assert!(with(wrong, &of_row).is_err() && with(&of_row, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_lies_behind_its_cursor_in_the_direction_of_the_list() {
        use entity::organization;
        use sea_orm::{DbBackend, QueryTrait};
        let keys = |descending| {
            KeySet::new(
                descending,
                [(Expr::col((organization::Entity, organization::Column::Name)), KeyKind::Text)],
            )
        };
        let sql = |descending, slice: &Slice| {
            let narrowed = keys(descending).narrow(organization::Entity::find(), slice).unwrap();
            let sql = narrowed.build(DbBackend::Sqlite).to_string();
            sql.split_once(" WHERE ").map(|(_, condition)| condition.to_owned()).unwrap_or_default()
        };
        let behind = Slice { after: Some(cursor(&[Key::Text("x".into())])), ..Slice::first(1) };
        let before = Slice { before: behind.after.clone(), after: None, backward: true, ..behind.clone() };
        for (descending, slice, sign) in
            [(false, &behind, '>'), (true, &behind, '<'), (false, &before, '<'), (true, &before, '>')]
        {
            let condition = sql(descending, slice);
            assert!(condition.contains(sign) && condition.contains("'x'"), "{descending}: {condition}");
        }
        assert_eq!(sql(false, &Slice::first(1)), "");
        assert_eq!([keys(false).direction(&behind), keys(true).direction(&before)], [Order::Asc, Order::Asc]);
        assert_eq!(
            [keys(true).direction(&behind), keys(false).direction(&before)],
            [Order::Desc, Order::Desc]
        );
    }

    #[test]
    fn what_is_shown_of_the_rows_changes_nothing_of_the_page() {
        let page = Page { rows: vec![("a".into(), 1)], has_next: true, has_previous: false, total: Some(7) };
        let page = page.map(|n| n + 1);
        assert_eq!(
            (page.rows, page.has_next, page.has_previous, page.total),
            (vec![("a".into(), 2)], true, false, Some(7))
        );
        let none = Page::<i32>::empty();
        assert!(none.rows.is_empty() && !none.has_next && !none.has_previous && none.total == Some(0));
    }

    #[test]
    fn contradictory_arguments_are_refused() {
        assert!(Slice::parse(Some(1), None, Some(1), None).is_err());
        assert!(Slice::parse(Some(101), None, None, None).is_err());
        assert!(Slice::parse(Some(-1), None, None, None).is_err());
        assert_eq!(Slice::parse(None, None, None, None).unwrap().size, DEFAULT_SIZE);
    }
}
