//! Reading: what actors see, in pages, with as many statements as a query has lists, whatever it returns.
//!
//! Every finder starts from a scope; to-one relations are joined when they are asked for.

pub mod api_key;
pub mod billing;
pub mod catalog;
pub mod document;
pub mod event;
pub mod invoice;
pub mod job_run;
pub mod license;
pub mod organization;
pub mod page;
pub mod partnership;
pub mod payment;
pub mod proposal;
pub mod subscription;
pub mod summary;
pub mod webhook;

use crate::Result;
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, Order, QuerySelect, QueryTrait,
    Select,
    sea_query::{Asterisk, Expr, ExprTrait, Query, WindowStatement},
};

/// Selects the columns of a joined entity too, each with this prefix.
pub(crate) fn also<E: EntityTrait, S: QuerySelect>(mut select: S, prefix: &str) -> S {
    for column in E::Column::iter() {
        select = select.expr_as(Expr::col((E::default(), column)), format!("{prefix}{}", column.as_str()));
    }
    select
}

/// The first rows of each parent, in the order of the window, with one statement for all parents.
pub(crate) async fn ranked<E: EntityTrait, M: FromQueryResult>(
    db: &impl ConnectionTrait,
    mut select: Select<E>,
    window: WindowStatement,
    first: u64,
) -> Result<Vec<M>> {
    QuerySelect::query(&mut select).expr_window_as(Expr::cust("row_number()"), window, "place");
    let mut ranked = Query::select();
    ranked
        .column(Asterisk)
        .from_subquery(select.into_query(), "ranked")
        .and_where(Expr::col("place").lte(first))
        .order_by("place", Order::Asc);
    Ok(M::find_by_statement(db.get_database_backend().build(&ranked)).all(db).await?)
}

/// A window over the children of each parent, in one order.
pub(crate) fn children<E: EntityTrait>(
    parent: E::Column,
    order: &[E::Column],
    direction: Order,
) -> WindowStatement {
    let mut window = WindowStatement::partition_by((E::default(), parent));
    for column in order {
        window.order_by((E::default(), *column), direction.clone());
    }
    window
}
