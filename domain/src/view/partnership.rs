//! Partnerships and customers, as either side sees them.

use super::{
    also,
    page::{self, Key, KeyKind, KeySet, Page, Slice},
};
use crate::{Actor, Marketplace, Result, scope::customers_of};
use entity::{
    id::{OrganizationId, PartnerId, PartnershipId},
    organization, partner,
    partnership::{Column, Entity, Model},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryResult, QuerySelect,
    Select, sea_query::Expr,
};

/// A partnership with the partner.
#[derive(Debug, Clone)]
pub struct PartnershipView {
    /// The partnership.
    pub row: Model,
    /// Who buys.
    pub partner: partner::Model,
}

impl FromQueryResult for PartnershipView {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            row: Model::from_query_result(row, prefix)?,
            partner: partner::Model::from_query_result(row, "partner_row_")?,
        })
    }
}

/// Whose partnerships are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The customer's.
    Organization(OrganizationId),
    /// The partner's.
    Partner(PartnerId),
}

/// A page of the partnerships of one side that the actor sees, the newest first.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn partnerships(
    market: &Marketplace,
    actor: &Actor,
    side: Side,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<PartnershipView>> {
    let of_side = match side {
        Side::Organization(id) => Column::OrganizationId.eq(id),
        Side::Partner(id) => Column::PartnerId.eq(id),
    };
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(of_side.clone());
    let keys = KeySet::new("partnerships", true, [(Expr::col((Entity, Column::Id)), KeyKind::Id)]);
    let select = with_partner(listed());
    page::load(reads.db(), select, &keys, slice, with_total.then(listed), |view: &PartnershipView| {
        vec![Key::Id(view.row.id.0)]
    })
    .await
}

/// The partnership with this id, if the actor sees it.
///
/// # Errors
/// What the database said.
pub async fn partnership(
    market: &Marketplace,
    actor: &Actor,
    id: PartnershipId,
) -> Result<Option<PartnershipView>> {
    let reads = market.reader(actor);
    Ok(with_partner(reads.find_by_id::<Entity>(id)).into_model().one(reads.db()).await?)
}

/// A page of the organizations that approved the partner, by name, for the partner and the operator.
///
/// # Errors
/// `Invalid` for what is no cursor of this list; what the database said.
pub async fn customers(
    market: &Marketplace,
    actor: &Actor,
    of: PartnerId,
    slice: &Slice,
    with_total: bool,
) -> Result<Page<organization::Model>> {
    use organization::{Column, Entity, Model};
    let reads = market.reader(actor);
    let listed = || reads.find::<Entity>().filter(Column::Id.in_subquery(customers_of(of)));
    let keys = KeySet::new(
        "customers",
        false,
        [(Expr::col((Entity, Column::Name)), KeyKind::Text), (Expr::col((Entity, Column::Id)), KeyKind::Id)],
    );
    page::load(reads.db(), listed(), &keys, slice, with_total.then(listed), |row: &Model| {
        vec![Key::Text(row.name.clone()), Key::Id(row.id.0)]
    })
    .await
}

fn with_partner(select: Select<Entity>) -> Select<Entity> {
    let partner: sea_orm::RelationDef =
        Entity::belongs_to(partner::Entity).from(Column::PartnerId).to(partner::Column::Id).into();
    also::<partner::Entity, _>(select.join(JoinType::InnerJoin, partner), "partner_row_")
}
