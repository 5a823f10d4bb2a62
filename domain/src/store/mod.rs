//! The few set-based statements that SeaORM cannot say, both dialects side by side.
//!
//! A batch travels as one JSON parameter, so its size meets no limit of bind parameters.

pub(crate) mod batch;
pub(crate) mod due;
pub(crate) mod epoch;
pub(crate) mod event;
pub(crate) mod number;
pub(crate) mod webhook;

use sea_orm::{
    ConnectionTrait, DbBackend,
    sea_query::{Expr, ExprTrait, IntoColumnRef},
};

/// The text for the database at hand.
pub(crate) fn dialect<'a>(db: &impl ConnectionTrait, sqlite: &'a str, postgres: &'a str) -> &'a str {
    if db.get_database_backend() == DbBackend::Sqlite { sqlite } else { postgres }
}

/// That two columns are equal.
pub(crate) fn same(one: impl IntoColumnRef, other: impl IntoColumnRef) -> Expr {
    Expr::col(one).equals(other)
}

/// The month of an instant, as `2026-01`.
pub(crate) fn month_of(db: &impl ConnectionTrait, column: &'static str) -> Expr {
    Expr::cust(
        dialect(
            db,
            &format!("substr({column}, 1, 7)"),
            &format!("to_char({column} at time zone 'UTC', 'YYYY-MM')"),
        )
        .to_owned(),
    )
}
