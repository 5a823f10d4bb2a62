//! Live updates of subscriptions, from the feed of committed events.

use super::AppSubscription;
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, decode, decode_event, encode_event},
    types::enums::AppSubscriptionEventType,
};
use async_graphql::{Context, Description, ID, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use domain::{
    Marketplace,
    feed::{self, Place, Placed},
    scope,
    view::subscription as view,
};
use entity::id::SubscriptionId;
use futures::Stream;
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Something that has just happened to a subscription, and the subscription as it is now.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AppSubscriptionUpdate {
    /// The event's id. After a break, give it as `after` to continue behind it.
    id: ID,
    /// What happened.
    #[graphql(name = "type")]
    kind: AppSubscriptionEventType,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// The subscription as it is now.
    subscription: AppSubscription,
}

/// The events behind a place: first from the database, then as they are committed. Whoever falls behind what is kept in
/// memory reads the database again, so nothing is left out.
struct Following {
    market: Marketplace,
    live: Receiver<Arc<Placed>>,
    place: Place,
    behind: VecDeque<Arc<Placed>>,
    catching_up: bool,
}

impl Following {
    async fn next(&mut self) -> domain::Result<Option<Arc<Placed>>> {
        loop {
            if let Some(event) = self.behind.pop_front() {
                self.place = event.place;
                return Ok(Some(event));
            }
            if self.catching_up {
                self.behind =
                    feed::behind(&self.market, self.place).await?.into_iter().map(Arc::new).collect();
                self.catching_up = !self.behind.is_empty();
                continue;
            }
            match self.live.recv().await {
                Ok(event) if event.place > self.place => {
                    self.place = event.place;
                    return Ok(Some(event));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.catching_up = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }
}

/// What can be watched, over a WebSocket with the subprotocol `graphql-transport-ws`.
#[derive(Default, Description)]
pub(crate) struct AppSubscriptionLive;

#[Subscription(name = "Subscription", use_type_description)]
impl AppSubscriptionLive {
    /// What happens to subscriptions, as it happens: to one, or without an id to every one that you may see.
    async fn app_subscription_events<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Only what happens to this subscription.")] subscription_id: Option<ID>,
        #[graphql(desc = "Continue behind the event with this id; what happened since comes first.")]
        after: Option<ID>,
    ) -> Result<impl Stream<Item = Result<AppSubscriptionUpdate>> + use<'a>> {
        let caller = Caller::of(ctx);
        let only: Option<SubscriptionId> = match &subscription_id {
            None => None,
            Some(id) => Some(decode(Kind::AppSubscription, id).ok_or_else(|| not_found("subscriptionId"))?),
        };
        if let Some(id) = only {
            let seen = view::subscription(&caller.market, caller.actor(), id, view::Parts::default()).await;
            seen.map_err(top_level)?.ok_or_else(|| not_found("subscriptionId"))?;
        }
        // Listening begins before the place is looked up, so that nothing falls between the two.
        let live = caller.feed.listen();
        let start = match &after {
            None => feed::head(&caller.market).await.map_err(top_level)?,
            Some(id) => {
                let (stream, seq) = decode_event(id).ok_or_else(|| not_found("after"))?;
                let found = feed::find(&caller.market, stream, seq).await.map_err(top_level)?;
                let seen = found.filter(|placed| scope::sees_event(caller.actor(), &placed.event));
                seen.ok_or_else(|| not_found("after"))?.place
            }
        };
        let mut following = Following {
            market: caller.market.clone(),
            live,
            place: start,
            behind: VecDeque::new(),
            catching_up: after.is_some(),
        };
        let parts = AppSubscription::wanted(&ctx.look_ahead().field("subscription"));
        Ok(async_stream::stream! {
            loop {
                let placed = match following.next().await {
                    Ok(Some(placed)) => placed,
                    Ok(None) => break,
                    Err(error) => {
                        yield Err(top_level(error));
                        break;
                    }
                };
                let event = &placed.event;
                let Some(kind) = AppSubscriptionEventType::of(event.r#type) else { continue };
                if only.is_some_and(|id| id.0 != event.stream_id) || !scope::sees_event(caller.actor(), event) {
                    continue;
                }
                match view::subscription(&caller.market, caller.actor(), SubscriptionId(event.stream_id), parts).await {
                    Ok(Some(view)) => yield Ok(AppSubscriptionUpdate {
                        id: encode_event(event.stream_id, event.seq),
                        kind,
                        occurred_at: event.occurred_at,
                        subscription: AppSubscription::new(view),
                    }),
                    Ok(None) => {}
                    Err(error) => yield Err(top_level(error)),
                }
            }
        })
    }
}

fn not_found(argument: &'static str) -> async_graphql::Error {
    top_level(domain::Error::NotFound(domain::Input(vec![argument.into()])))
}
