//! Publishers.

use crate::{
    caller::Caller,
    change::filled,
    error::{UserError, answered, top_level},
    global_id::{Kind, encode},
};
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::{
    Actor, catalog,
    view::organization::{Viewer, viewer},
};
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

    /// Its portal, to whose address the token of a portal link is appended; null for others than itself and the operator.
    async fn portal_url(&self, ctx: &Context<'_>) -> Option<&str> {
        let own = match Caller::of(ctx).actor() {
            Actor::Publisher(id) => *id == self.0.id,
            Actor::Operator(_) => true,
            Actor::Member(_) | Actor::Partner(_) | Actor::System => false,
        };
        own.then_some(self.0.portal_url.as_str())
    }
}

/// What to change of what you say of yourself; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct UpdatePublisherInput {
    /// Where your customers find support: `https://…`
    support_url: MaybeUndefined<String>,
    /// Your portal: `https://…`, to which the token of a portal link is appended as `token`. Links that were given out before
    /// lead to where it was. In the sandbox it may also be on the same machine: `http://localhost:…`.
    portal_url: MaybeUndefined<String>,
}

/// What came of changing a publisher.
#[derive(Default, SimpleObject)]
pub(crate) struct UpdatePublisherPayload {
    /// The publisher, unless it was refused.
    publisher: Option<Publisher>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct PublisherMutation;

#[Object]
impl PublisherMutation {
    /// Changes where your portal and your support are. For publishers.
    async fn update_publisher(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdatePublisherInput,
    ) -> Result<UpdatePublisherPayload> {
        let caller = Caller::of(ctx);
        let updated = async {
            let input = catalog::UpdatePublisher {
                support_url: filled(input.support_url, "supportUrl")?,
                portal_url: filled(input.portal_url, "portalUrl")?,
            };
            catalog::update_publisher(&caller.market, &caller.by, input).await
        };
        Ok(match answered(updated.await)? {
            Ok(()) => {
                let found = viewer(&caller.market, caller.actor()).await.map_err(top_level)?;
                let publisher = match found {
                    Some(Viewer::Publisher(row)) => Some(Publisher(row)),
                    Some(Viewer::Member { .. } | Viewer::Partner(_) | Viewer::Operator(_)) | None => None,
                };
                UpdatePublisherPayload { publisher, user_errors: Vec::new() }
            }
            Err(user_errors) => UpdatePublisherPayload { publisher: None, user_errors },
        })
    }
}
