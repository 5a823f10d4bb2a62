//! What each actor sees: for every entity that actors read, which of its rows. What is outside does not exist for the actor.
//!
//! This is the one place. What is shown to an actor is found by a `Reader`, which finds no entity
//! that does not say here who sees it.

mod customers;
mod proposals;
mod row;
mod webhook;

pub(crate) use self::customers::customers_of;
pub use self::row::{
    may_see_invoice_event, sees_event, sees_invoices_like, sees_subscription, sees_subscriptions_like,
};

use crate::{Actor, actor::Member, store::same};
use entity::{
    agreement_acceptance, api_key, app, app_setup, billing_profile, billing_profile_role, credit_note,
    credit_note_line, customer_agreement, event,
    id::UserId,
    invoice, invoice_line, job_run, license_assignment, operator, organization, partner, partnership,
    payment, payment_method, plan, plan_country, publisher, refund,
    state::{AppStatus, Role, StreamKind},
    subscription, supported_country, user,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use uuid::Uuid;

/// An entity that actors read.
pub trait Scoped: EntityTrait {
    /// Which of its rows the actor sees.
    fn seen_by(actor: &Actor) -> Condition;
}

/// The user, or nobody when a machine acts.
fn somebody(user: Option<UserId>) -> UserId {
    user.unwrap_or(UserId(Uuid::nil()))
}

fn everything() -> Condition {
    Condition::all()
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(false))
}

/// Where the actor sees a row of another entity whose column is the same as this one's. Asked of each row, so that it costs
/// as much as the rows that are looked at, whatever else the actor sees.
fn where_seen<E: Scoped, C: ColumnTrait>(actor: &Actor, column: E::Column, here: C) -> Condition {
    let there = E::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(same((E::default(), column), here.as_column_ref()))
        .filter(E::seen_by(actor));
    everything().add(Expr::exists(there.into_query()))
}

/// The rows in which a column names a member's organization, a publisher or a partner; all for whoever runs the marketplace.
fn named<C: ColumnTrait>(
    actor: &Actor,
    organization: C,
    publisher: Option<C>,
    partner: Option<C>,
) -> Condition {
    match actor {
        Actor::Member(Member { organization: own, role: Some(_), .. }) => {
            everything().add(organization.eq(*own))
        }
        Actor::Member(Member { role: None, .. }) => nothing(),
        Actor::Publisher(id) => publisher.map_or_else(nothing, |column| everything().add(column.eq(*id))),
        Actor::Partner(id) => partner.map_or_else(nothing, |column| everything().add(column.eq(*id))),
        Actor::Operator(_) | Actor::System => everything(),
    }
}

/// What belongs to invoices, which the column names: whoever sees the invoice sees it.
fn of_invoice<C: ColumnTrait>(actor: &Actor, invoice: C) -> Condition {
    match actor {
        Actor::Operator(_) | Actor::System => everything(),
        Actor::Publisher(_) => nothing(),
        Actor::Member(_) | Actor::Partner(_) => {
            where_seen::<invoice::Entity, _>(actor, invoice::Column::Id, invoice)
        }
    }
}

impl Scoped for subscription::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use subscription::Column;
        named(actor, Column::OrganizationId, Some(Column::PublisherId), Some(Column::PartnerId))
    }
}

/// The events of the subscriptions that the actor sees; whoever runs the marketplace sees those of all streams.
impl Scoped for event::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use event::Column;
        let named = named(actor, Column::OrganizationId, Some(Column::PublisherId), Some(Column::PartnerId));
        match actor {
            Actor::Operator(_) | Actor::System => named,
            Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) => {
                named.add(Column::StreamKind.eq(StreamKind::Subscription))
            }
        }
    }
}

/// Members with a role see who has which licence, others their own; publishers those of their apps. A partner pays for them,
/// and knows how many there are.
impl Scoped for license_assignment::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use license_assignment::Column;
        match actor {
            Actor::Member(Member { organization, role: None, user }) => everything()
                .add(Column::OrganizationId.eq(*organization))
                .add(Column::UserId.eq(somebody(*user))),
            Actor::Member(_)
            | Actor::Publisher(_)
            | Actor::Partner(_)
            | Actor::Operator(_)
            | Actor::System => named(actor, Column::OrganizationId, Some(Column::PublisherId), None),
        }
    }
}

/// The apps in the catalogue: those for sale, for a publisher also its own others.
impl Scoped for app::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        let published = app::Column::Status.eq(AppStatus::Published);
        match actor {
            Actor::Publisher(id) => Condition::any().add(published).add(app::Column::PublisherId.eq(*id)),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Member(_) | Actor::Partner(_) => everything().add(published),
        }
    }
}

/// The plans that are for sale; for a publisher also those of its own apps that are not, or not any more.
impl Scoped for plan::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use plan::Column;
        let app_is_seen = where_seen::<app::Entity, _>(actor, app::Column::Id, Column::AppId);
        let for_sale = app_is_seen.add(Column::RetiredAt.is_null());
        match actor {
            Actor::Publisher(id) => {
                let own = app::Entity::find()
                    .select_only()
                    .column(app::Column::Id)
                    .filter(app::Column::PublisherId.eq(*id));
                Condition::any().add(for_sale).add(Column::AppId.in_subquery(own.into_query()))
            }
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Member(_) | Actor::Partner(_) => for_sale,
        }
    }
}

/// What everybody may know: who sells plans where, and the Customer Agreement.
macro_rules! public {
    ($($entity:ident),*) => {$(
        impl Scoped for $entity::Entity {
            fn seen_by(_: &Actor) -> Condition {
                everything()
            }
        }
    )*};
}
public!(plan_country, publisher, supported_country, customer_agreement);

/// A member sees their organization, a partner its customers, a publisher those who bought its apps, whoever runs the
/// marketplace all.
impl Scoped for organization::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use organization::Column;
        match actor {
            Actor::Member(member) => everything().add(Column::Id.eq(member.organization)),
            Actor::Publisher(_) => {
                where_seen::<subscription::Entity, _>(actor, subscription::Column::OrganizationId, Column::Id)
            }
            Actor::Partner(id) => {
                Condition::any().add(Column::Id.in_subquery(customers_of(*id))).add(where_seen::<
                    subscription::Entity,
                    _,
                >(
                    actor,
                    subscription::Column::OrganizationId,
                    Column::Id,
                ))
            }
            Actor::Operator(_) | Actor::System => everything(),
        }
    }
}

/// The users of their organization, for members with a role; for others themselves. Publishers see those of the
/// organizations that bought their apps, to whom they assign licences.
impl Scoped for user::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use user::Column;
        match actor {
            Actor::Member(Member { organization, role: Some(_), .. }) => {
                everything().add(Column::OrganizationId.eq(*organization))
            }
            Actor::Member(Member { user, role: None, .. }) => {
                everything().add(Column::Id.eq(somebody(*user)))
            }
            Actor::Publisher(_) => where_seen::<subscription::Entity, _>(
                actor,
                subscription::Column::OrganizationId,
                Column::OrganizationId,
            ),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Partner(_) => nothing(),
        }
    }
}

/// A partner sees itself, whoever runs the marketplace all. To others subscriptions show which partner bought them.
impl Scoped for partner::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        match actor {
            Actor::Partner(id) => everything().add(partner::Column::Id.eq(*id)),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Member(_) | Actor::Publisher(_) => nothing(),
        }
    }
}

/// Whoever sees subscriptions of the app in the organization sees that it was set up.
impl Scoped for app_setup::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use app_setup::Column;
        named(actor, Column::OrganizationId, Some(Column::PublisherId), None)
    }
}

impl Scoped for partnership::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use partnership::Column;
        named(actor, Column::OrganizationId, None, Some(Column::PartnerId))
    }
}

/// An operator sees the operators; to others events show which of them did it.
impl Scoped for operator::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        for_operators(actor)
    }
}

impl Scoped for job_run::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        for_operators(actor)
    }
}

fn for_operators(actor: &Actor) -> Condition {
    match actor {
        Actor::Operator(_) | Actor::System => everything(),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) => nothing(),
    }
}

/// What an organization accepted, for its members; partners may know it of those for whom they buy.
impl Scoped for agreement_acceptance::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use agreement_acceptance::Column;
        match actor {
            Actor::Member(member) => everything().add(Column::OrganizationId.eq(member.organization)),
            Actor::Partner(id) => everything().add(Column::OrganizationId.in_subquery(customers_of(*id))),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Publisher(_) => nothing(),
        }
    }
}

/// The keys of whom the actor acts for, for those who may make them.
impl Scoped for api_key::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use api_key::Column;
        match actor {
            Actor::Member(Member { organization, role: Some(Role::Owner), .. }) => {
                everything().add(Column::OrganizationId.eq(*organization))
            }
            Actor::Publisher(id) => everything().add(Column::PublisherId.eq(*id)),
            Actor::Partner(id) => everything().add(Column::PartnerId.eq(*id)),
            Actor::Member(_) | Actor::Operator(_) => nothing(),
            Actor::System => everything(),
        }
    }
}

/// By a role in the organization, or one on the profile.
impl Scoped for billing_profile::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use billing_profile::Column;
        match actor {
            Actor::Member(member) => {
                let own = everything().add(Column::OrganizationId.eq(member.organization));
                match member.role {
                    Some(Role::Owner | Role::Contributor | Role::Reader) => own,
                    Some(Role::LicenseAdmin) | None => {
                        let held = billing_profile_role::Entity::find()
                            .select_only()
                            .column(billing_profile_role::Column::BillingProfileId)
                            .filter(billing_profile_role::Column::UserId.eq(somebody(member.user)));
                        own.add(Column::Id.in_subquery(held.into_query()))
                    }
                }
            }
            Actor::Partner(id) => everything().add(Column::PartnerId.eq(*id)),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Publisher(_) => nothing(),
        }
    }
}

/// Whoever sees a billing profile sees who has a role on it.
impl Scoped for billing_profile_role::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use billing_profile_role::Column;
        match actor {
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Publisher(_) => nothing(),
            Actor::Member(_) | Actor::Partner(_) => where_seen::<billing_profile::Entity, _>(
                actor,
                billing_profile::Column::Id,
                Column::BillingProfileId,
            ),
        }
    }
}

/// The invoices of the billing profiles that the actor sees.
impl Scoped for invoice::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use invoice::Column;
        match actor {
            Actor::Member(Member {
                organization,
                role: Some(Role::Owner | Role::Contributor | Role::Reader),
                ..
            }) => everything().add(Column::OrganizationId.eq(*organization)),
            Actor::Member(_) => where_seen::<billing_profile::Entity, _>(
                actor,
                billing_profile::Column::Id,
                Column::BillingProfileId,
            ),
            Actor::Partner(id) => everything().add(Column::PartnerId.eq(*id)),
            Actor::Operator(_) | Actor::System => everything(),
            Actor::Publisher(_) => nothing(),
        }
    }
}

macro_rules! of_invoices {
    ($($entity:ident),*) => {$(
        impl Scoped for $entity::Entity {
            fn seen_by(actor: &Actor) -> Condition {
                of_invoice(actor, $entity::Column::InvoiceId)
            }
        }
    )*};
}
of_invoices!(invoice_line, payment, credit_note, credit_note_line, refund);

/// What was removed nobody sees. Who has no role in the organization that shows them sees those of the billing profiles that
/// they see, and those that they added.
impl Scoped for payment_method::Entity {
    fn seen_by(actor: &Actor) -> Condition {
        use payment_method::Column;
        let kept = everything().add(Column::RemovedAt.is_null());
        match actor {
            Actor::Member(Member { organization, role, user }) => {
                let own = kept.add(Column::OrganizationId.eq(*organization));
                match role {
                    Some(Role::Owner | Role::Contributor | Role::Reader) => own,
                    Some(Role::LicenseAdmin) | None => {
                        let paying = billing_profile::Entity::find()
                            .select_only()
                            .column(billing_profile::Column::PaymentMethodId)
                            .filter(billing_profile::Entity::seen_by(actor))
                            .filter(billing_profile::Column::PaymentMethodId.is_not_null());
                        own.add(
                            Condition::any()
                                .add(Column::Id.in_subquery(paying.into_query()))
                                .add(Column::AddedBy.eq(somebody(*user))),
                        )
                    }
                }
            }
            Actor::Partner(id) => kept.add(Column::PartnerId.eq(*id)),
            Actor::Operator(_) | Actor::System => kept,
            Actor::Publisher(_) => nothing(),
        }
    }
}
