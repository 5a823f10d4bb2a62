//! Users.

use super::enums::OrganizationRole;
use crate::{
    caller::Caller,
    global_id::{Kind, encode},
};
use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use domain::Actor;
use entity::user::Model;

/// A person of an organization.
#[derive(Debug, Clone, Description)]
pub(crate) struct User(pub(crate) Model);

#[Object(use_type_description)]
impl User {
    /// The user's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::User, self.0.id.0)
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Their e-mail address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Their role in the organization; null without one, and for viewers who are neither its members nor the operator.
    async fn role(&self, ctx: &Context<'_>) -> Option<OrganizationRole> {
        let sees = matches!(Caller::of(ctx).actor(), Actor::Member(_) | Actor::Operator(_));
        self.0.role.filter(|_| sees).map(Into::into)
    }

    /// When they came for the first time through an identity provider; null while they are only invited.
    async fn joined_at(&self) -> Option<DateTime<Utc>> {
        self.0.bound_at
    }
}
