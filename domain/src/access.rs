//! What each actor may do with what they see: the table of roles, and nothing beside it.
//!
//! Whether an actor sees an object at all is [`crate::scope`]'s answer. What they see but may not do is `Forbidden`, and
//! what a partner manages is `MANAGED_BY_PARTNER` to the organization that it was bought for.

use crate::{Actor, Code, Error, Result};
use entity::{
    id::PublisherId,
    state::{BillingProfileRole, Role},
    subscription,
};

/// What can be done with a subscription; a front end shows a button for each that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::EnumIter)]
pub enum Action {
    /// Activate it, as its publisher.
    Activate,
    /// Open the publisher's portal.
    OpenPublisherPortal,
    /// Change the number of licences.
    ChangeLicenseQuantity,
    /// Assign licences to users, or take them back.
    AssignLicenses,
    /// Move its future charges to another billing profile.
    ChangeBillingProfile,
    /// Switch auto-renewal.
    SetAutoRenew,
    /// Cancel it.
    Cancel,
    /// Buy another copy that replaces it.
    BuyAgain,
    /// Ask the publisher for support.
    RequestSupport,
}

/// Whether the actor, who sees the subscription, may do this with it.
///
/// # Errors
/// `Forbidden` without the role; `MANAGED_BY_PARTNER` when only the partner may.
pub fn may(actor: &Actor, action: Action, subscription: &subscription::Model) -> Result<()> {
    use Action::*;
    let allowed = match actor {
        Actor::Member(member) => match (member.role, action) {
            (_, Activate) | (None, _) => false,
            (Some(Role::Owner | Role::Contributor), _) => true,
            (Some(Role::LicenseAdmin), OpenPublisherPortal | AssignLicenses | RequestSupport) => true,
            (
                Some(Role::LicenseAdmin),
                ChangeLicenseQuantity | ChangeBillingProfile | SetAutoRenew | Cancel | BuyAgain,
            ) => false,
            (Some(Role::Reader), RequestSupport) => true,
            (
                Some(Role::Reader),
                OpenPublisherPortal
                | ChangeLicenseQuantity
                | AssignLicenses
                | ChangeBillingProfile
                | SetAutoRenew
                | Cancel
                | BuyAgain,
            ) => false,
        },
        Actor::Publisher(_) => match action {
            Activate | AssignLicenses => true,
            OpenPublisherPortal
            | ChangeLicenseQuantity
            | ChangeBillingProfile
            | SetAutoRenew
            | Cancel
            | BuyAgain
            | RequestSupport => false,
        },
        Actor::Partner(_) => match action {
            Activate | AssignLicenses => false,
            OpenPublisherPortal
            | ChangeLicenseQuantity
            | ChangeBillingProfile
            | SetAutoRenew
            | Cancel
            | BuyAgain
            | RequestSupport => true,
        },
        Actor::Operator(_) | Actor::System => matches!(action, Cancel),
    };
    if !allowed {
        return Err(Error::Forbidden(
            "your role does not allow this; ask an owner of your organization".into(),
        ));
    }
    let of_partner = matches!(actor, Actor::Member(_)) && subscription.partner_id.is_some();
    match action {
        ChangeLicenseQuantity | ChangeBillingProfile | SetAutoRenew | Cancel | BuyAgain if of_partner => {
            Err(Code::ManagedByPartner.into())
        }
        Activate
        | OpenPublisherPortal
        | AssignLicenses
        | RequestSupport
        | ChangeLicenseQuantity
        | ChangeBillingProfile
        | SetAutoRenew
        | Cancel
        | BuyAgain => Ok(()),
    }
}

/// Whether the actor may see the money of a subscription that they see: its price, profile and invoices.
pub fn sees_money(actor: &Actor, subscription: &subscription::Model) -> bool {
    match actor {
        Actor::Member(member) => {
            subscription.partner_id.is_none() && member.role.is_some_and(|role| role != Role::LicenseAdmin)
        }
        Actor::Publisher(_) => false,
        Actor::Partner(_) | Actor::Operator(_) | Actor::System => true,
    }
}

/// Whether the actor may look at what a change of a subscription that they see would cost.
///
/// # Errors
/// `MANAGED_BY_PARTNER` when it is the partner's money; `Forbidden` when it is not theirs to see.
pub fn may_preview(actor: &Actor, subscription: &subscription::Model) -> Result<()> {
    if sees_money(actor, subscription) {
        return Ok(());
    }
    match actor {
        Actor::Member(member)
            if subscription.partner_id.is_some() && member.role != Some(Role::LicenseAdmin) =>
        {
            Err(Code::ManagedByPartner.into())
        }
        _ => Err(Error::Forbidden("your role does not show what subscriptions cost".into())),
    }
}

/// Whether the actor may see which people have licences of a subscription that they see. A partner pays for them, and knows
/// how many there are.
pub fn sees_license_holders(actor: &Actor) -> bool {
    match actor {
        Actor::Member(member) => member.role.is_some(),
        Actor::Publisher(_) | Actor::Operator(_) | Actor::System => true,
        Actor::Partner(_) => false,
    }
}

/// Whether the actor may buy at all: subscriptions, billing profiles, payment methods, the Customer Agreement.
///
/// # Errors
/// `Forbidden` without the role.
pub fn may_buy(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Partner(_) => Ok(()),
        Actor::Member(member) if matches!(member.role, Some(Role::Owner | Role::Contributor)) => Ok(()),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Operator(_) | Actor::System => Err(Error::Forbidden(
            "buying needs the role of an owner or contributor of the organization".into(),
        )),
    }
}

/// Whether the actor, who sees a proposal, may answer it.
///
/// # Errors
/// `Forbidden` without the role.
pub fn may_answer(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Member(member) if matches!(member.role, Some(Role::Owner | Role::Contributor)) => Ok(()),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => {
            Err(Error::Forbidden(
                "a proposal is answered by an owner or contributor of the organization".into(),
            ))
        }
    }
}

/// Whether a role on a billing profile lets its holder buy with it.
pub fn buys_with(role: Option<BillingProfileRole>) -> bool {
    matches!(role, Some(BillingProfileRole::Owner | BillingProfileRole::Contributor))
}

/// Whether a role on a billing profile lets its holder edit it.
pub fn edits(role: Option<BillingProfileRole>) -> bool {
    buys_with(role)
}

/// Whether a role on a billing profile lets its holder give others roles on it.
pub fn grants(role: Option<BillingProfileRole>) -> bool {
    matches!(role, Some(BillingProfileRole::Owner))
}

/// Whether a role on a billing profile lets its holder pay its invoices.
pub fn pays_for(role: Option<BillingProfileRole>) -> bool {
    buys_with(role) || matches!(role, Some(BillingProfileRole::InvoiceManager))
}

/// Which publisher the actor is: only publishers change what is sold, each its own.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn publisher(actor: &Actor) -> Result<PublisherId> {
    match actor {
        Actor::Publisher(id) => Ok(*id),
        Actor::Member(_) | Actor::Partner(_) | Actor::Operator(_) | Actor::System => {
            Err(Error::Forbidden("only the publisher of an app changes what is sold".into()))
        }
    }
}

/// Whether the actor is an operator.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn operator(actor: &Actor) -> Result<()> {
    match actor {
        Actor::Operator(_) => Ok(()),
        Actor::Member(_) | Actor::Publisher(_) | Actor::Partner(_) | Actor::System => {
            Err(Error::Forbidden("only the operator of the marketplace may do this".into()))
        }
    }
}
