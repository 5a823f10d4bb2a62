//! Webhooks: events, sent to the HTTPS endpoints of those who may see them.
//!
//! The committed events are the outbox. [`dispatch`] turns them into messages, in the transaction that moves its place in the
//! feed; [`run`] sends these, outside of any transaction, and tries again what failed. Receivers get each message at least
//! once, with an id that stays the same. All of it goes by the real clock.

pub mod address;
mod audience;
mod claim;
mod create_webhook_endpoint;
mod dispatch;
mod facts;
mod message;
mod outcome;
mod post;
mod remove_webhook_endpoint;
mod replay_webhook_delivery;
mod rotate_webhook_secret;
mod run;
pub mod schedule;
mod send_test_event;
mod settle;
mod signature;
mod update_webhook_endpoint;

pub use self::{
    create_webhook_endpoint::{CreateWebhookEndpoint, CreatedWebhookEndpoint, create_webhook_endpoint},
    dispatch::dispatch,
    post::{Names, Post},
    remove_webhook_endpoint::remove_webhook_endpoint,
    replay_webhook_delivery::replay_webhook_delivery,
    rotate_webhook_secret::{RotatedWebhookSecret, rotate_webhook_secret},
    run::{deliver, run},
    send_test_event::send_test_event,
    update_webhook_endpoint::{UpdateWebhookEndpoint, update_webhook_endpoint},
};

use crate::{Actor, Error, Member, Result, api_key::Holder, work::Work};
use entity::{
    event,
    id::WebhookEndpointId,
    state::{EventType, Role},
    webhook_endpoint::{Column, Entity, Model},
};
use sea_orm::{ActiveEnum, ColumnTrait, QueryFilter, QuerySelect};

/// How many endpoints somebody has at most.
pub const MOST: u64 = 20;

/// The type of a message that was asked for to try an endpoint out.
pub const TEST: &str = "webhook.test";

/// Whose endpoints the actor manages; nobody else sees that there are any.
pub(crate) fn holder(actor: &Actor) -> Option<Holder> {
    match actor {
        Actor::Member(Member { organization, role: Some(Role::Owner), .. }) => {
            Some(Holder::Organization(*organization))
        }
        Actor::Publisher(id) => Some(Holder::Publisher(*id)),
        Actor::Partner(id) => Some(Holder::Partner(*id)),
        Actor::Member(_) | Actor::Operator(_) | Actor::System => None,
    }
}

/// Whose endpoint it is.
pub(crate) fn holder_of(row: &Model) -> Result<Holder> {
    match (row.organization_id, row.publisher_id, row.partner_id) {
        (Some(id), _, _) => Ok(Holder::Organization(id)),
        (_, Some(id), _) => Ok(Holder::Publisher(id)),
        (_, _, Some(id)) => Ok(Holder::Partner(id)),
        (None, None, None) => Err(Error::internal(format!("nobody has the endpoint {:?}", row.id))),
    }
}

/// The types of events that an endpoint gets.
pub fn event_types(row: &Model) -> Vec<EventType> {
    row.event_types
        .split(' ')
        // One that a newer program knows says nothing to this one.
        .filter_map(|name| EventType::try_from_value(&name.to_owned()).ok())
        .collect()
}

/// As they are stored: each once, in their order.
fn stored(types: &[EventType]) -> String {
    let mut types = types.to_vec();
    types.sort();
    types.dedup();
    types.iter().map(ActiveEnum::to_value).collect::<Vec<_>>().join(" ")
}

/// The endpoint, locked, if the actor manages it and it was not removed.
///
/// # Errors
/// `NotFound`.
async fn managed(work: &Work<'_>, id: WebhookEndpointId) -> Result<(Holder, Model)> {
    let not_found = || Error::not_found("webhookEndpointId");
    let holder = holder(&work.by.actor).ok_or_else(not_found)?;
    let living = work.reader().find_by_id::<Entity>(id).filter(Column::RemovedAt.is_null());
    let row = living.lock_exclusive().one(&work.tx).await?.ok_or_else(not_found)?;
    Ok((holder, row))
}

/// What an event is told as: its stored type is its name.
fn name_of(event: &event::Model) -> String {
    event.r#type.to_value()
}
