//! Who sees webhooks: those who manage them.

use super::{Scoped, everything, nothing, where_seen};
use crate::{Actor, api_key::Holder, webhook::holder};
use entity::{webhook_attempt, webhook_delivery, webhook_endpoint};
use sea_orm::{ColumnTrait, Condition};

/// The endpoints of whom the actor acts for, for those who may register them.
impl Scoped for webhook_endpoint::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use webhook_endpoint::Column;
        match (holder(actor), actor) {
            (Some(Holder::Organization(id)), _) => everything().add(Column::OrganizationId.eq(id)),
            (Some(Holder::Publisher(id)), _) => everything().add(Column::PublisherId.eq(id)),
            (Some(Holder::Partner(id)), _) => everything().add(Column::PartnerId.eq(id)),
            (None, Actor::System) => everything(),
            (None, Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_)) => {
                nothing()
            }
        }
    }
}

/// What was sent to those endpoints.
impl Scoped for webhook_delivery::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        where_seen::<webhook_endpoint::Entity, _>(
            actor,
            webhook_endpoint::Column::Id,
            webhook_delivery::Column::WebhookEndpointId,
        )
    }
}

/// The attempts at it.
impl Scoped for webhook_attempt::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        where_seen::<webhook_delivery::Entity, _>(
            actor,
            webhook_delivery::Column::Id,
            webhook_attempt::Column::WebhookDeliveryId,
        )
    }
}
