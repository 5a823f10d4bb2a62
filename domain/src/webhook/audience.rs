//! Who gets which events: those who may see them, and nobody else.

use super::facts;
use crate::{Actor, Member, api_key::Holder, scope};
use entity::{
    event,
    state::{EventType, Role, StreamKind},
};

/// Whether an event is told to whoever has the endpoint. What happens to subscriptions is told to those who see the event;
/// what happens to a billing profile to whoever is billed, to an organization to itself.
pub(super) fn gets(holder: Holder, event: &event::Model) -> bool {
    match event.stream_kind {
        StreamKind::Subscription => scope::sees_event(&acting(holder), event),
        StreamKind::BillingProfile => match holder {
            Holder::Organization(id) => event.organization_id == Some(id),
            Holder::Partner(id) => event.partner_id == Some(id),
            Holder::Publisher(_) => false,
        },
        StreamKind::Organization => match holder {
            Holder::Organization(id) => event.organization_id == Some(id),
            Holder::Publisher(_) | Holder::Partner(_) => false,
        },
        StreamKind::Marketplace => false,
    }
}

/// Whoever manages the endpoint: what it is told is what they may see.
pub(super) fn acting(holder: Holder) -> Actor {
    match holder {
        Holder::Organization(organization) => {
            Actor::Member(Member { user: None, organization, role: Some(Role::Owner) })
        }
        Holder::Publisher(id) => Actor::Publisher(id),
        Holder::Partner(id) => Actor::Partner(id),
    }
}

/// Whether there are events of this type that whoever has the endpoint may see.
pub(super) fn offered(holder: Holder, kind: EventType) -> bool {
    let Some(told) = facts::told(kind) else { return false };
    match (told.stream, holder) {
        (StreamKind::Subscription, _) => true,
        (StreamKind::BillingProfile, Holder::Organization(_) | Holder::Partner(_)) => true,
        (StreamKind::Organization, Holder::Organization(_)) => true,
        (StreamKind::BillingProfile, Holder::Publisher(_))
        | (StreamKind::Organization, Holder::Publisher(_) | Holder::Partner(_))
        | (StreamKind::Marketplace, _) => false,
    }
}
