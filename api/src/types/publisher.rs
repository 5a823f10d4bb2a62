//! Publishers.

use crate::global_id::{Kind, encode};
use async_graphql::{Description, ID, Object};
use entity::publisher::Model;

/// A company that sells apps.
#[derive(Debug, Clone, Description)]
pub(crate) struct Publisher(pub(crate) Model);

#[Object(use_type_description)]
impl Publisher {
    /// The publisher's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Publisher, self.0.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its customers find support.
    async fn support_url(&self) -> &str {
        &self.0.support_url
    }
}
