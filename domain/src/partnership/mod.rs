//! Partnerships: what lets a partner buy for an organization. The partner asks, an owner approves, either side ends it.

mod approve_partner;
mod attest_customer_agreement;
mod end_partnership;
mod request_partnership;

pub use self::{
    approve_partner::approve_partner,
    attest_customer_agreement::{AttestCustomerAgreement, attest_customer_agreement},
    end_partnership::end_partnership,
    request_partnership::request_partnership,
};

use crate::{Actor, Error, Result, work::Work};
use entity::{
    id::{OrganizationId, PartnerId},
    partnership::{Column, Entity, Model},
    state::PartnershipStatus,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// The partner that acts.
///
/// # Errors
/// `Forbidden` for everybody else.
fn partner(actor: &Actor) -> Result<PartnerId> {
    match actor {
        Actor::Partner(id) => Ok(*id),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System => {
            Err(Error::Forbidden("only partners do this".into()))
        }
    }
}

impl Work<'_> {
    /// The partnership of the two that has not ended, locked; there is at most one.
    pub(crate) async fn living_partnership(
        &self,
        organization: OrganizationId,
        partner: PartnerId,
    ) -> Result<Option<Model>> {
        let between = Entity::find()
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::PartnerId.eq(partner))
            .filter(Column::Status.ne(PartnershipStatus::Ended));
        Ok(between.lock_exclusive().one(&self.tx).await?)
    }

    /// Whether the partner may buy for the organization, for as long as this transaction lasts: who ends the partnership waits
    /// for it.
    pub(crate) async fn is_approved(&self, organization: OrganizationId, partner: PartnerId) -> Result<bool> {
        let approved = Entity::find()
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::PartnerId.eq(partner))
            .filter(Column::Status.eq(PartnershipStatus::Approved));
        Ok(approved.lock_shared().one(&self.tx).await?.is_some())
    }
}
