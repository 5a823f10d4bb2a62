//! Live updates of subscriptions, from the feed of committed events.

use super::AppSubscription;
use crate::{
    caller::Caller,
    error::top_level,
    global_id::{Kind, decode, encode_event},
    live::{Shown, Watch, not_found, seen},
    types::enums::AppSubscriptionEventType,
};
use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use domain::{
    feed::Placed,
    scope,
    view::subscription::{self as view, Parts},
};
use entity::id::SubscriptionId;
use futures::Stream;

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
    /// The subscription as it is when the event is sent.
    subscription: AppSubscription,
}

#[derive(Default)]
pub(crate) struct AppSubscriptionLive;

#[Subscription]
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
            let seen = view::subscription(&caller.market, caller.actor(), id, Parts::default()).await;
            seen.map_err(top_level)?.ok_or_else(|| not_found("subscriptionId"))?;
        }
        let after = match &after {
            None => None,
            Some(id) => {
                let seen = Some(seen(caller, id).await?);
                Some(seen.filter(|placed| is_seen(caller, placed)).ok_or_else(|| not_found("after"))?)
            }
        };
        let mut watch = Watch::begin(caller, after.as_ref()).await?;
        let parts = AppSubscription::wanted(&ctx.look_ahead().field("subscription"));
        Ok(async_stream::try_stream! {
            while let Some(update) = next(&mut watch, caller, only, parts).await? {
                yield update;
            }
        })
    }
}

async fn next(
    watch: &mut Watch<'_>,
    caller: &Caller,
    only: Option<SubscriptionId>,
    parts: Parts,
) -> Result<Option<AppSubscriptionUpdate>> {
    while let Some((placed, shown)) = watch.next().await? {
        let concerns = only.is_none_or(|id| id.0 == placed.event.stream_id);
        if concerns
            && is_seen(caller, &placed)
            && let Some(update) = update(caller, &placed, &shown, parts).await?
        {
            watch.shows(&shown).await?;
            return Ok(Some(update));
        }
    }
    Ok(None)
}

fn is_seen(caller: &Caller, placed: &Placed) -> bool {
    scope::sees_event(caller.actor(), &placed.event)
}

async fn update(
    caller: &Caller,
    placed: &Placed,
    shown: &Shown,
    parts: Parts,
) -> Result<Option<AppSubscriptionUpdate>> {
    let event = &placed.event;
    let Some(kind) = AppSubscriptionEventType::of(event.r#type) else { return Ok(None) };
    let id = SubscriptionId(event.stream_id);
    let found = shown.subscription(caller.actor(), id, parts).await.map_err(top_level)?;
    Ok(found.map(|view| AppSubscriptionUpdate {
        id: encode_event(event.stream_id, event.seq),
        kind,
        occurred_at: event.occurred_at,
        subscription: AppSubscription::of(view),
    }))
}
