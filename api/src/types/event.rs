//! What happened to subscriptions.

use super::enums::{ActorKind, AppSubscriptionEventType};
use crate::global_id::{Kind, encode, encode_event};
use async_graphql::{Description, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::view::event::EventView;

/// Something that happened to a subscription.
#[derive(Debug, Clone, Description)]
pub(crate) struct AppSubscriptionEvent(pub(crate) EventView);

/// Who did something.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct EventActor {
    /// What kind of actor it was.
    kind: ActorKind,
    /// Their name; null for the system. Of a machine that acts for an organization it is the name of its API key.
    name: Option<String>,
    /// The API key with which it was done, on behalf of this actor; null when no machine did it.
    api_key_id: Option<ID>,
}

#[Object(use_type_description)]
impl AppSubscriptionEvent {
    /// The event's id. `appSubscriptionEvents` continues behind it when it is given as `after`.
    pub(crate) async fn id(&self) -> ID {
        encode_event(self.0.row.stream_id, self.0.row.seq)
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn kind(&self) -> async_graphql::Result<AppSubscriptionEventType> {
        AppSubscriptionEventType::of(self.0.row.r#type).ok_or_else(|| {
            crate::error::top_level(domain::Error::internal("an event of another stream in a subscription's"))
        })
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.row.occurred_at
    }

    /// Who did it.
    async fn actor(&self) -> EventActor {
        EventActor {
            kind: self.0.row.actor_kind.into(),
            name: self.0.actor_name.clone(),
            api_key_id: self.0.row.api_key_id.map(|id| encode(Kind::ApiKey, id.0)),
        }
    }

    /// The id of the request that did it, as its answer and the log have it in `x-request-id`; null for what fell due.
    async fn request_id(&self) -> Option<&str> {
        self.0.row.request_id.as_deref()
    }
}
