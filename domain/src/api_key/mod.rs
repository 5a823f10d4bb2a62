//! API keys of organizations, publishers and partners: making and revoking them.

mod create_api_key;
mod revoke_api_key;

pub use self::{
    create_api_key::{CreateApiKey, CreatedApiKey, create_api_key},
    revoke_api_key::revoke_api_key,
};
pub(crate) use create_api_key::{first_key, lock};

use crate::{Actor, Error, Member, Result};
use entity::{
    api_key::Column,
    id::{OrganizationId, PartnerId, PublisherId},
    state::{EventType, Role},
};
use sea_orm::{ColumnTrait, Condition};

/// For whom a key acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// An organization.
    Organization(OrganizationId),
    /// A publisher.
    Publisher(PublisherId),
    /// A partner.
    Partner(PartnerId),
}

impl Holder {
    /// Whose keys the actor makes and revokes.
    ///
    /// # Errors
    /// `Forbidden` for everybody but owners, publishers and partners.
    pub fn of(actor: &Actor) -> Result<Self> {
        match actor {
            Actor::Member(Member { organization, role: Some(Role::Owner), .. }) => {
                Ok(Self::Organization(*organization))
            }
            Actor::Publisher(id) => Ok(Self::Publisher(*id)),
            Actor::Partner(id) => Ok(Self::Partner(*id)),
            Actor::Member(_) | Actor::Operator(_) | Actor::System => Err(Error::Forbidden(
                "API keys belong to publishers, partners and the owners of organizations".into(),
            )),
        }
    }

    /// That a key was created.
    fn created(self) -> EventType {
        match self {
            Self::Organization(_) => EventType::ApiKeyCreated,
            Self::Publisher(_) => EventType::PublisherKeyCreated,
            Self::Partner(_) => EventType::PartnerKeyCreated,
        }
    }

    /// That one was revoked.
    fn revoked(self) -> EventType {
        match self {
            Self::Organization(_) => EventType::ApiKeyRevoked,
            Self::Publisher(_) => EventType::PublisherKeyRevoked,
            Self::Partner(_) => EventType::PartnerKeyRevoked,
        }
    }

    /// The keys of this holder.
    pub(crate) fn keys(self) -> Condition {
        Condition::all().add(match self {
            Self::Organization(id) => Column::OrganizationId.eq(id),
            Self::Publisher(id) => Column::PublisherId.eq(id),
            Self::Partner(id) => Column::PartnerId.eq(id),
        })
    }
}
