//! What each actor sees. Every finder starts from one of these conditions; what is outside does not exist for the actor.

use crate::{Actor, actor::Member};
use entity::{
    app, billing_profile, billing_profile_role, event,
    id::{OrganizationId, PartnerId, PublisherId, UserId},
    invoice, payment_method,
    state::{AppStatus, Role},
    subscription, user,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use uuid::Uuid;

/// The user, or nobody when a machine acts.
fn somebody(user: Option<UserId>) -> UserId {
    user.unwrap_or(UserId(Uuid::nil()))
}

/// Nothing at all.
fn nothing() -> Condition {
    Condition::all().add(Expr::val(false))
}

/// The subscriptions that the actor sees.
pub fn subscriptions(actor: &Actor) -> Condition {
    match actor {
        Actor::Member(Member { organization, role: Some(_), .. }) => {
            Condition::all().add(subscription::Column::OrganizationId.eq(*organization))
        }
        Actor::Member(Member { role: None, .. }) => nothing(),
        Actor::Publisher(id) => Condition::all().add(subscription::Column::PublisherId.eq(*id)),
        Actor::Partner(id) => Condition::all().add(subscription::Column::PartnerId.eq(*id)),
        Actor::Operator(_) | Actor::System => Condition::all(),
    }
}

/// Whether a subscription is one of those.
pub fn sees_subscription(actor: &Actor, row: &subscription::Model) -> bool {
    sees(actor, Some(row.organization_id), Some(row.publisher_id), row.partner_id)
}

/// Whether an event of a subscription's stream is one of theirs.
pub fn sees_event(actor: &Actor, event: &event::Model) -> bool {
    sees(actor, event.organization_id, event.publisher_id, event.partner_id)
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

/// The apps that the actor sees in the catalogue: those for sale, a publisher also its own others.
pub fn apps(actor: &Actor) -> Condition {
    let published = app::Column::Status.eq(AppStatus::Published);
    match actor {
        Actor::Publisher(id) => Condition::any().add(published).add(app::Column::PublisherId.eq(*id)),
        Actor::Operator(_) | Actor::System => Condition::all(),
        Actor::Member(_) | Actor::Partner(_) => Condition::all().add(published),
    }
}

/// The billing profiles that the actor sees: by a role in the organization, or one on the profile.
pub fn billing_profiles(actor: &Actor) -> Condition {
    match actor {
        Actor::Member(member) => {
            let own = billing_profile::Column::OrganizationId.eq(member.organization);
            match member.role {
                Some(Role::Owner | Role::Contributor | Role::Reader) => Condition::all().add(own),
                Some(Role::LicenseAdmin) | None => Condition::all().add(own).add(
                    billing_profile::Column::Id.in_subquery(
                        billing_profile_role::Entity::find()
                            .select_only()
                            .column(billing_profile_role::Column::BillingProfileId)
                            .filter(billing_profile_role::Column::UserId.eq(somebody(member.user)))
                            .into_query(),
                    ),
                ),
            }
        }
        Actor::Partner(id) => Condition::all().add(billing_profile::Column::PartnerId.eq(*id)),
        Actor::Operator(_) | Actor::System => Condition::all(),
        Actor::Publisher(_) => nothing(),
    }
}

/// The invoices that the actor sees: those of the billing profiles that they see.
pub fn invoices(actor: &Actor) -> Condition {
    match actor {
        Actor::Member(Member {
            organization,
            role: Some(Role::Owner | Role::Contributor | Role::Reader),
            ..
        }) => Condition::all().add(invoice::Column::OrganizationId.eq(*organization)),
        Actor::Member(_) => Condition::all().add(
            invoice::Column::BillingProfileId.in_subquery(
                billing_profile::Entity::find()
                    .select_only()
                    .column(billing_profile::Column::Id)
                    .filter(billing_profiles(actor))
                    .into_query(),
            ),
        ),
        Actor::Partner(id) => Condition::all().add(invoice::Column::PartnerId.eq(*id)),
        Actor::Operator(_) | Actor::System => Condition::all(),
        Actor::Publisher(_) => nothing(),
    }
}

/// The payment methods that the actor sees; what was removed nobody does. Who has no role in the organization that shows
/// them sees those of the billing profiles that they see, and those that they added.
pub fn payment_methods(actor: &Actor) -> Condition {
    let kept = Condition::all().add(payment_method::Column::RemovedAt.is_null());
    match actor {
        Actor::Member(Member { organization, role, user }) => {
            let own = kept.add(payment_method::Column::OrganizationId.eq(*organization));
            match role {
                Some(Role::Owner | Role::Contributor | Role::Reader) => own,
                Some(Role::LicenseAdmin) | None => {
                    let paying = billing_profile::Entity::find()
                        .select_only()
                        .column(billing_profile::Column::PaymentMethodId)
                        .filter(billing_profiles(actor))
                        .filter(billing_profile::Column::PaymentMethodId.is_not_null());
                    own.add(
                        Condition::any()
                            .add(payment_method::Column::Id.in_subquery(paying.into_query()))
                            .add(payment_method::Column::AddedBy.eq(somebody(*user))),
                    )
                }
            }
        }
        Actor::Partner(id) => kept.add(payment_method::Column::PartnerId.eq(*id)),
        Actor::Operator(_) | Actor::System => kept,
        Actor::Publisher(_) => nothing(),
    }
}

/// The users that the actor may list: a member with a role those of the organization, the operator all. Who was removed is
/// not listed any more.
pub fn users(actor: &Actor) -> Condition {
    let living = Condition::all().add(user::Column::RemovedAt.is_null());
    match actor {
        Actor::Member(Member { organization, role: Some(_), .. }) => {
            living.add(user::Column::OrganizationId.eq(*organization))
        }
        Actor::Member(Member { user, role: None, .. }) => living.add(user::Column::Id.eq(somebody(*user))),
        Actor::Operator(_) | Actor::System => living,
        Actor::Publisher(_) | Actor::Partner(_) => nothing(),
    }
}
