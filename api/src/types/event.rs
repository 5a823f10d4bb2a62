//! What happened to subscriptions.

use super::enums::{ActorKind, AppSubscriptionEventType};
use crate::global_id::encode_event;
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
    /// Their name; null for the system.
    name: Option<String>,
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
        EventActor { kind: self.0.row.actor_kind.into(), name: self.0.actor_name.clone() }
    }
}
