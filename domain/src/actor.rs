//! Who acts.

use entity::{
    id::{ApiKeyId, OperatorId, OrganizationId, PartnerId, PublisherId, UserId},
    state::{ActorKind, ApiKeyScope, Role},
};
use uuid::Uuid;

/// Somebody who was recognized, and what the recognition says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A user of an organization.
    Member(Member),
    /// A publisher, for its own apps.
    Publisher(PublisherId),
    /// A partner, for what it bought.
    Partner(PartnerId),
    /// An operator of the marketplace.
    Operator(OperatorId),
    /// A job, or what fell due.
    System,
}

/// A user of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Member {
    /// The user; none when a machine acts for the organization with an API key.
    pub user: Option<UserId>,
    /// Their organization.
    pub organization: OrganizationId,
    /// Their role in it; without one they see only their own licences.
    pub role: Option<Role>,
}

impl Actor {
    /// The kind, for events.
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Member(_) => ActorKind::Member,
            Self::Publisher(_) => ActorKind::Publisher,
            Self::Partner(_) => ActorKind::Partner,
            Self::Operator(_) => ActorKind::Operator,
            Self::System => ActorKind::System,
        }
    }

    /// The actor's id, for events; the system has none.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Member(member) => member.user.map(|user| user.0),
            Self::Publisher(id) => Some(id.0),
            Self::Partner(id) => Some(id.0),
            Self::Operator(id) => Some(id.0),
            Self::System => None,
        }
    }

    /// Whose idempotency keys the actor's are: those of the whole organization for a member.
    pub fn tenant(&self) -> Uuid {
        match self {
            Self::Member(member) => member.organization.0,
            Self::Publisher(id) => id.0,
            Self::Partner(id) => id.0,
            Self::Operator(id) => id.0,
            Self::System => Uuid::nil(),
        }
    }
}

/// On whose behalf, and by which request, an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who asks.
    pub actor: Actor,
    /// The API key with which it asks, if it does.
    pub key: Option<Key>,
    /// The request, for the record.
    pub request_id: Option<String>,
}

/// An API key that was recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub id: ApiKeyId,
    /// What it may do.
    pub scope: ApiKeyScope,
}

impl By {
    /// A job.
    pub fn system() -> Self {
        Self { actor: Actor::System, key: None, request_id: None }
    }

    /// Whoever runs a command of the program: the history says which.
    pub fn command(name: &str) -> Self {
        Self { request_id: Some(format!("tenure {name}")), ..Self::system() }
    }
}
