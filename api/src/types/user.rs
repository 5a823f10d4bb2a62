//! Users.

use crate::global_id::{Kind, encode};
use async_graphql::{Description, ID, Object};
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
}
