//! Whom a partner serves.

use entity::{
    id::PartnerId,
    partnership::{Column, Entity},
    state::PartnershipStatus,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

/// The organizations that approved the partner.
pub(crate) fn customers_of(partner: PartnerId) -> SelectStatement {
    Entity::find()
        .select_only()
        .column(Column::OrganizationId)
        .filter(Column::PartnerId.eq(partner))
        .filter(Column::Status.eq(PartnershipStatus::Approved))
        .into_query()
}
