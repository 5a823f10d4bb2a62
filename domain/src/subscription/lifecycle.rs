//! The law: what may become of a subscription.
//!
//! Status only moves forward, from pending to active to disabled, and nothing brings a disabled one back. The function
//! [`decide`] is the whole of it; everything that changes a status goes through it, in the API and in the worker.

use crate::{Code, calendar::Period};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    id::PlanId,
    state::{DisabledReason, DueChange},
};

/// What was bought: a plan and, unless it is a flat rate, a number of licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The plan.
    pub plan: PlanId,
    /// The licences; none for a flat rate.
    pub quantity: Option<i64>,
}

/// Whether the payments of an active subscription are current. A fact beside its status, never a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is past due.
    Current,
    /// Something is.
    PastDue {
        /// When it lapses, unless it is paid.
        grace_ends_at: DateTime<Utc>,
        /// Whether the outcome of a charge is awaited: nothing lapses meanwhile.
        charge_open: bool,
    },
}

/// Where a subscription is in its life, and what the law has to know of it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Bought, not yet activated.
    Pending {
        /// What was bought.
        bought: Terms,
        /// Whether the publisher's portal was opened for it.
        portal_opened: bool,
        /// Until when it can be activated, exclusive.
        activate_by: DateTime<Utc>,
        /// Whether it will renew itself once it is active.
        auto_renew: bool,
    },
    /// Activated.
    Active {
        /// What was bought.
        bought: Terms,
        /// The current period.
        period: Period,
        /// Whether the next period begins when it ends.
        auto_renew: bool,
        /// Whether its payments are current.
        standing: Standing,
    },
    /// Ended, for good.
    Disabled {
        /// Why.
        reason: DisabledReason,
        /// When.
        at: DateTime<Utc>,
    },
}

/// What somebody, or time, wants to do with a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The customer opens the publisher's portal.
    OpenPortal,
    /// The publisher activates what it says was bought; its first period is this one.
    Activate(Terms, Period),
    /// The number of licences changes, or a user gets or loses one.
    ChangeLicenses,
    /// Future charges go to another billing profile.
    ChangeBillingProfile,
    /// Auto-renewal is switched.
    SetAutoRenew(bool),
    /// Somebody cancels it.
    Cancel,
    /// Its time ends.
    Expire,
    /// This next period begins.
    Renew(Period),
    /// Grace ends unpaid.
    Lapse,
}

/// What the law says of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It happens, and this is the state then.
    To(State),
    /// It is so already: success without an event.
    Already,
    /// It does not happen.
    Refused(Code),
}

/// The law. Pure and total: every state, every change, no wildcard.
#[rustfmt::skip]
pub fn decide(state: &State, change: &Change, now: DateTime<Utc>) -> Decision {
    use {Change::*, Decision::*, DisabledReason::*, State::*};
    let disabled = |reason, at| To(Disabled { reason, at });
    match (*state, *change) {
        (Pending { bought, .. }, Activate(terms, _)) if terms != bought => Refused(Code::PurchaseMismatch),
        (Pending { portal_opened: false, .. }, Activate(..)) => Refused(Code::PortalNotOpened),
        (Pending { activate_by, .. }, Activate(..) | OpenPortal) if now >= activate_by => Refused(Code::DisabledIsTerminal),
        (Pending { bought, auto_renew, .. }, Activate(_, period)) => To(Active { bought, period, auto_renew, standing: Standing::Current }),
        (Pending { portal_opened: true, .. }, OpenPortal) => Already,
        (Pending { bought, activate_by, auto_renew, .. }, OpenPortal) => To(Pending { bought, portal_opened: true, activate_by, auto_renew }),
        (Pending { .. }, ChangeLicenses | Renew(_) | Lapse) => Refused(Code::NotActive),
        (Pending { .. }, ChangeBillingProfile) => To(*state),
        (Pending { auto_renew, .. }, SetAutoRenew(on)) if on == auto_renew => Already,
        (Pending { bought, portal_opened, activate_by, .. }, SetAutoRenew(auto_renew)) => To(Pending { bought, portal_opened, activate_by, auto_renew }),
        (Pending { .. }, Cancel) => disabled(Canceled, now),
        (Pending { activate_by, .. }, Expire) if now < activate_by => Refused(Code::NotDue),
        (Pending { activate_by, .. }, Expire) => disabled(Expired, activate_by),

        (Active { bought, .. }, Activate(terms, _)) if terms != bought => Refused(Code::PurchaseMismatch),
        (Active { .. }, Activate(..)) => Already,
        (Active { .. }, OpenPortal | ChangeLicenses | ChangeBillingProfile) => To(*state),
        (Active { auto_renew, .. }, SetAutoRenew(on)) if on == auto_renew => Already,
        (Active { bought, period, standing, .. }, SetAutoRenew(auto_renew)) => To(Active { bought, period, auto_renew, standing }),
        (Active { .. }, Cancel) => disabled(Canceled, now),
        (Active { auto_renew: true, .. }, Expire) => Refused(Code::NotDue),
        (Active { period, .. }, Expire) if now < period.ends_at() => Refused(Code::NotDue),
        (Active { period, .. }, Expire) => disabled(Expired, period.ends_at()),
        (Active { bought, period, auto_renew: true, standing: Standing::Current }, Renew(next))
            if now >= period.ends_at() && next.start == period.end && next.number == period.number + 1
            => To(Active { bought, period: next, auto_renew: true, standing: Standing::Current }),
        (Active { .. }, Renew(_)) => Refused(Code::NotDue),
        (Active { standing: Standing::PastDue { grace_ends_at, charge_open: false }, .. }, Lapse) if now >= grace_ends_at => disabled(PaymentLapsed, now),
        (Active { .. }, Lapse) => Refused(Code::NotDue),

        (Disabled { reason: Canceled, .. }, Cancel) => Already,
        (Disabled { .. }, OpenPortal | Activate(..) | ChangeLicenses | ChangeBillingProfile | SetAutoRenew(_) | Cancel | Expire | Renew(_) | Lapse)
            => Refused(Code::DisabledIsTerminal),
    }
}

/// What falls due next, and when: at one instant a lapse comes before an expiry, and an expiry before a renewal.
///
/// A past-due subscription is not renewed until it is paid: its elapsed period stays the current one.
pub fn next_due(state: &State) -> Option<(DateTime<Utc>, DueChange)> {
    match *state {
        State::Pending { activate_by, .. } => Some((activate_by, DueChange::Expire)),
        State::Active { period, auto_renew, standing, .. } => {
            let lapse = match standing {
                Standing::PastDue { grace_ends_at, charge_open: false } => {
                    Some((grace_ends_at, DueChange::Lapse))
                }
                Standing::PastDue { charge_open: true, .. } | Standing::Current => None,
            };
            let term = match (auto_renew, standing) {
                (false, _) => Some((period.ends_at(), DueChange::Expire)),
                (true, Standing::Current) => Some((period.ends_at(), DueChange::Renew)),
                (true, Standing::PastDue { .. }) => None,
            };
            lapse.into_iter().chain(term).min()
        }
        State::Disabled { .. } => None,
    }
}

/// When it ends as things stand: pending, the last moment for its activation; active, the end of the period.
pub fn ends_at(state: &State) -> DateTime<Utc> {
    match *state {
        State::Pending { activate_by, .. } => activate_by,
        State::Active { period, .. } => period.ends_at(),
        State::Disabled { at, .. } => at,
    }
}

/// How long before an expiry the customer is told that it comes, the earliest first.
pub const REMINDERS: [TimeDelta; 2] = [TimeDelta::days(30), TimeDelta::days(7)];

/// When the customer is told next that it ends soon. What was set for the same end stays set, however late it is; what has
/// passed when the end is decided is not told. What renews itself does not end.
pub fn next_reminder(state: &State, set: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let expires_at = match *state {
        State::Pending { activate_by, .. } => activate_by,
        State::Active { period, auto_renew: false, .. } => period.ends_at(),
        State::Active { auto_renew: true, .. } | State::Disabled { .. } => return None,
    };
    let reminders = REMINDERS.map(|before| expires_at - before);
    set.filter(|set| reminders.contains(set)).or_else(|| reminders.into_iter().find(|at| *at > now))
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
