//! Binding whoever comes from an identity provider for the first time to the invitation for their address, once and for ever.

use super::Person;
use crate::{Actor, By, Marketplace, Result, actor::Member, work::Purpose};
use entity::{operator, state::EventType, user};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, SqlErr, UpdateResult, sea_query::Expr};
use serde_json::json;

/// Binds an operator, unless somebody was bound to the invitation before.
pub(super) async fn operator(
    market: &Marketplace,
    person: &Person,
    invited: &operator::Model,
    request: Option<&str>,
) -> Result<()> {
    use operator::{Column, Entity};
    let mut work = market.begin_for(&themself(Actor::Operator(invited.id), request), Purpose::Look).await?;
    let bound = Entity::update_many()
        .col_expr(Column::Issuer, Expr::value(person.issuer.clone()))
        .col_expr(Column::Subject, Expr::value(person.subject.clone()))
        .col_expr(Column::BoundAt, Expr::value(work.now.real))
        .filter(Column::Id.eq(invited.id))
        .filter(Column::Issuer.is_null())
        .exec(&work.tx)
        .await;
    if is_first(bound)? {
        work.record_on_marketplace(EventType::OperatorBound, json!({ "operator": invited.id }));
        work.commit().await?;
    }
    Ok(())
}

/// Binds a user, unless somebody was bound to the invitation before.
pub(super) async fn user(
    market: &Marketplace,
    person: &Person,
    invited: &user::Model,
    request: Option<&str>,
) -> Result<()> {
    use user::{Column, Entity};
    let member = Member { user: Some(invited.id), organization: invited.organization_id, role: invited.role };
    let mut work = market.begin_for(&themself(Actor::Member(member), request), Purpose::Look).await?;
    let bound = Entity::update_many()
        .col_expr(Column::Issuer, Expr::value(person.issuer.clone()))
        .col_expr(Column::Subject, Expr::value(person.subject.clone()))
        .col_expr(Column::BoundAt, Expr::value(work.now.real))
        .filter(Column::Id.eq(invited.id))
        .filter(Column::Issuer.is_null())
        .filter(Column::RemovedAt.is_null())
        .exec(&work.tx)
        .await;
    if is_first(bound)? {
        let body = json!({ "user": invited.id });
        work.record_of_organization(invited.organization_id, EventType::MemberBound, body).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Nobody else does it: they come, and are who was invited.
fn themself(actor: Actor, request: Option<&str>) -> By {
    By { actor, key: None, request_id: request.map(str::to_owned) }
}

/// Whether it was done now. A person who was bound to another invitation meanwhile is bound once.
fn is_first(bound: Result<UpdateResult, DbErr>) -> Result<bool> {
    match bound {
        Ok(bound) => Ok(bound.rows_affected > 0),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
