//! Whether an actor sees a row that is at hand: the same rules, without asking the database.

use crate::{Actor, actor::Member};
use entity::{
    event,
    id::{OrganizationId, PartnerId, PublisherId},
    state::{Role, StreamKind},
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

/// Whether an event of an invoice may be one that the actor sees: whoever sees the invoice sees it.
pub fn may_see_invoice_event(actor: &Actor, event: &event::Model) -> bool {
    event.stream_kind == StreamKind::BillingProfile
        && match actor {
            // A role on the billing profile is enough.
            Actor::Member(Member { organization, .. }) => event.organization_id == Some(*organization),
            Actor::Publisher(_) => false,
            Actor::Partner(id) => event.partner_id == Some(*id),
            Actor::Operator(_) | Actor::System => true,
        }
}

/// Somebody who sees the same subscriptions as the actor, and the same one for all of whom that is true: what they see can be
/// loaded for all of them together. What each may do with it is another matter.
pub fn sees_subscriptions_like(actor: &Actor) -> Actor {
    match actor {
        Actor::Member(Member { organization, role: Some(_), .. }) => reader_of(*organization),
        Actor::Member(Member { role: None, .. })
        | Actor::Publisher(_)
        | Actor::Partner(_)
        | Actor::Operator(_)
        | Actor::System => *actor,
    }
}

/// The same for invoices, which are seen by a role in the organization, or by one's own on a billing profile.
pub fn sees_invoices_like(actor: &Actor) -> Actor {
    match actor {
        Actor::Member(Member {
            organization,
            role: Some(Role::Owner | Role::Contributor | Role::Reader),
            ..
        }) => reader_of(*organization),
        Actor::Member(Member { role: Some(Role::LicenseAdmin) | None, .. })
        | Actor::Publisher(_)
        | Actor::Partner(_)
        | Actor::Operator(_)
        | Actor::System => *actor,
    }
}

fn reader_of(organization: OrganizationId) -> Actor {
    Actor::Member(Member { user: None, organization, role: Some(Role::Reader) })
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
