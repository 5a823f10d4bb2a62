//! What there is in the plain model.

use super::{
    dates::{DAY, Day, HOUR, Second},
    till::CardDoes,
};
use std::collections::{BTreeMap, BTreeSet};

/// Until when a purchase can be activated, and for how long a late payment is waited for.
pub(crate) const ACTIVATION: Second = 30 * DAY;
pub(crate) const GRACE: Second = 30 * DAY;
/// When an invoice to a check or wire payer is due.
pub(crate) const WIRE: Second = 30 * DAY;
/// Until when a cancellation is credited.
pub(crate) const FULL_REFUND: Second = 72 * HOUR;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// Owner of Contoso.
    Ada,
    /// Contributor of Contoso, and of its first profile alone.
    Carl,
    /// Licence admin of Contoso.
    Lena,
    /// Reader of Contoso.
    Rui,
    /// Owner of Fabrikam, to whom nothing here belongs.
    Finn,
    /// Owner of Woodgrove, for which Tailspin buys.
    Wendy,
    /// The partner.
    Tailspin,
    /// The publisher of everything here.
    Northwind,
    /// Another publisher.
    Litware,
    /// The operator.
    Operator,
}

/// Whose a subscription is, or a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tenant {
    /// Contoso's.
    Contoso,
    /// The subscription is Woodgrove's and managed by Tailspin, the profile Tailspin's.
    Tailspin,
}

/// What is sold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) app: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price: i64,
    pub(crate) currency: &'static str,
    pub(crate) months: i64,
    pub(crate) per_license: bool,
}

/// Who pays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) tenant: Tenant,
    pub(crate) currency: &'static str,
    /// How its card behaves; none pays by check or wire.
    pub(crate) card: Option<CardDoes>,
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reason {
    Canceled,
    Expired,
    Lapsed,
}

/// Where it is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Pending,
    Active,
    Disabled(Reason, Second),
}

/// What falls due; at one instant in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Lapse,
    Expire,
    Renew,
}

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Sub {
    pub(crate) tenant: Tenant,
    pub(crate) plan: usize,
    pub(crate) profile: usize,
    pub(crate) replaces: Option<usize>,
    pub(crate) bought: Option<i64>,
    pub(crate) quantity: Option<i64>,
    pub(crate) scheduled: Option<i64>,
    pub(crate) holders: BTreeSet<usize>,
    pub(crate) auto_renew: bool,
    pub(crate) life: Life,
    pub(crate) portal_opened: bool,
    pub(crate) activate_by: Second,
    /// The day of activation.
    pub(crate) anchor: Day,
    /// The current period; none before the activation.
    pub(crate) period: Option<(i64, Day, Day)>,
    pub(crate) grace_ends: Option<Second>,
    pub(crate) charge_open: bool,
    pub(crate) due: Option<(Second, Due)>,
    pub(crate) remind: Option<Second>,
    pub(crate) events: Vec<&'static str>,
    pub(crate) invoices: Vec<usize>,
}

/// What a line charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Period,
    Proration,
    UsedDays,
}

/// A charge of one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) sub: usize,
    pub(crate) kind: Kind,
    pub(crate) number: i64,
    pub(crate) start: Day,
    pub(crate) end: Day,
    pub(crate) quantity: i64,
    pub(crate) amount: i64,
    pub(crate) credited: bool,
}

/// What became of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InvoiceStatus {
    Due,
    Overdue,
    Paid,
    Void,
}

/// A charge whose answer was lost: how much, and when the gateway is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) ask_at: Second,
    pub(crate) amount: i64,
}

/// An invoice.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) profile: usize,
    pub(crate) lines: Vec<Line>,
    pub(crate) issued: Second,
    pub(crate) due: Second,
    pub(crate) total: i64,
    pub(crate) left: i64,
    pub(crate) status: InvoiceStatus,
    pub(crate) collect: Option<Second>,
    pub(crate) open: Option<Open>,
    /// Money that came, and money that is owed back.
    pub(crate) received: i64,
    pub(crate) given_back: i64,
    pub(crate) credited: i64,
    /// How often the gateway was asked for the money.
    pub(crate) attempts: usize,
}

impl Invoice {
    pub(crate) fn unpaid(&self) -> bool {
        matches!(self.status, InvoiceStatus::Due | InvoiceStatus::Overdue)
    }
}

/// Everything.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Second,
    pub(crate) plans: Vec<Plan>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) subs: Vec<Sub>,
    pub(crate) invoices: Vec<Invoice>,
    pub(crate) partnership_ended: bool,
    /// Which subscription has something due when, which is to be reminded, which invoice collected, which charge asked about.
    pub(super) falling_due: BTreeSet<(Second, Due, usize)>,
    pub(super) reminders: BTreeSet<(Second, usize)>,
    pub(super) collecting: BTreeSet<(Second, usize)>,
    pub(super) asking: BTreeSet<(Second, usize)>,
    /// What was reached, by name: a history that was never in danger proves nothing.
    pub(crate) reached: BTreeMap<&'static str, u64>,
}

impl World {
    pub(crate) fn new(now: Second, plans: &[Plan], profiles: &[Profile]) -> Self {
        Self {
            now,
            plans: plans.to_vec(),
            profiles: profiles.to_vec(),
            subs: Vec::new(),
            invoices: Vec::new(),
            partnership_ended: false,
            falling_due: BTreeSet::new(),
            reminders: BTreeSet::new(),
            collecting: BTreeSet::new(),
            asking: BTreeSet::new(),
            reached: BTreeMap::new(),
        }
    }

    pub(crate) fn plan(&self, sub: usize) -> Plan {
        self.plans[self.subs[sub].plan]
    }

    pub(crate) fn reach(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    pub(super) fn tell(&mut self, sub: usize, event: &'static str) {
        self.subs[sub].events.push(event);
        self.settle(sub);
    }
}
