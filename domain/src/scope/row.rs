//! Whether an actor sees a row that is at hand: the same rules, without asking the database.

use crate::{Actor, actor::Member};
use entity::{
    event,
    id::{OrganizationId, PartnerId, PublisherId},
    state::StreamKind,
    subscription,
};

/// Whether a subscription is one that the actor sees.
pub fn sees_subscription(actor: &Actor, row: &subscription::Model) -> bool {
    sees(actor, Some(row.organization_id), Some(row.publisher_id), row.partner_id)
}

/// Whether an event is one that the actor sees.
pub fn sees_event(actor: &Actor, event: &event::Model) -> bool {
    let runs_it = matches!(actor, Actor::Operator(_) | Actor::System);
    (runs_it || event.stream_kind == StreamKind::Subscription)
        && sees(actor, event.organization_id, event.publisher_id, event.partner_id)
}

fn sees(
    actor: &Actor,
    of_organization: Option<OrganizationId>,
    of_publisher: Option<PublisherId>,
    of_partner: Option<PartnerId>,
) -> bool {
    match actor {
        Actor::Member(Member { organization, role: Some(_), .. }) => of_organization == Some(*organization),
        Actor::Member(Member { role: None, .. }) => false,
        Actor::Publisher(id) => of_publisher == Some(*id),
        Actor::Partner(id) => of_partner == Some(*id),
        Actor::Operator(_) | Actor::System => true,
    }
}
