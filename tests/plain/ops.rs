//! What somebody asks in the plain model, and what they are answered.

use super::{
    dates::day_of,
    rights::{Right, buys_with, may, sees, sees_profile},
    till::CardDoes,
    world::{
        ACTIVATION, FULL_REFUND, InvoiceStatus, Kind, Life, Line, Profile, Reason, Sub, Tenant, Who, World,
    },
};
use std::collections::BTreeSet;

/// What somebody asks.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Buy {
        who: Who,
        plan: usize,
        quantity: Option<i64>,
        profile: usize,
        auto_renew: bool,
        replaces: Option<usize>,
    },
    OpenPortal {
        who: Who,
        sub: usize,
    },
    /// A publisher who is mistaken names another plan than was bought.
    Activate {
        who: Who,
        sub: usize,
        mistaken: bool,
    },
    Quantity {
        who: Who,
        sub: usize,
        to: i64,
    },
    Assign {
        who: Who,
        sub: usize,
        users: Vec<usize>,
    },
    Unassign {
        who: Who,
        sub: usize,
        users: Vec<usize>,
    },
    AutoRenew {
        who: Who,
        sub: usize,
        on: bool,
    },
    Cancel {
        who: Who,
        sub: usize,
    },
    Move {
        who: Who,
        sub: usize,
        profile: usize,
    },
    Pay {
        who: Who,
        invoice: usize,
    },
    /// The operator books what came by check or wire: all of it.
    Record {
        invoice: usize,
    },
    /// Ada, or Tailspin, gives a profile another card.
    NewCard {
        profile: usize,
    },
    EndPartnership {
        who: Who,
    },
}

/// From this number on a user belongs to somebody else's organization.
pub(crate) const STRANGERS: usize = 9;

/// Why not, and whether what was met on the way stays nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) stays: bool,
}

pub(crate) type Answer = Result<(), Refusal>;

pub(super) fn no(code: &'static str) -> Refusal {
    Refusal { code, stays: false }
}

pub(super) fn refuse(code: &'static str) -> Answer {
    Err(no(code))
}

impl World {
    /// Does it, or says why not. What a refusal left half done has to be thrown away, unless it stays.
    pub(crate) fn answer(&mut self, op: &Op) -> Answer {
        match *op {
            Op::Buy { who, plan, quantity, profile, auto_renew, replaces } => {
                self.buy(who, plan, quantity, profile, auto_renew, replaces)
            }
            Op::OpenPortal { who, sub } => self.open_portal(who, sub),
            Op::Activate { who, sub, mistaken } => self.activate(who, sub, mistaken),
            Op::Quantity { who, sub, to } => self.change_quantity(who, sub, to),
            Op::Assign { who, sub, ref users } => self.assign(who, sub, users),
            Op::Unassign { who, sub, ref users } => self.unassign(who, sub, users),
            Op::AutoRenew { who, sub, on } => self.set_auto_renew(who, sub, on),
            Op::Cancel { who, sub } => self.cancel(who, sub),
            Op::Move { who, sub, profile } => self.change_profile(who, sub, profile),
            Op::Pay { who, invoice } => self.pay(who, invoice),
            Op::Record { invoice } => self.record(invoice),
            Op::NewCard { profile } => {
                self.profiles[profile].card.get_or_insert(CardDoes::Pay);
                self.try_at_once(profile);
                Ok(())
            }
            Op::EndPartnership { who } => self.end_partnership(who),
        }
    }

    /// The subscription, if they see it, with what is due on it done.
    pub(super) fn seen(&mut self, who: Who, sub: usize, right: Right) -> Answer {
        if !sees(who, self.subs[sub].tenant) {
            return refuse("NOT_FOUND");
        }
        self.apply_due(sub);
        may(who, right, self.subs[sub].tenant)
    }

    fn living(&self, sub: usize) -> Answer {
        match self.subs[sub].life {
            Life::Disabled(..) => refuse("DISABLED_IS_TERMINAL"),
            Life::Pending | Life::Active => Ok(()),
        }
    }

    pub(super) fn active(&self, sub: usize) -> Answer {
        self.living(sub)?;
        if self.subs[sub].life == Life::Pending { refuse("NOT_ACTIVE") } else { Ok(()) }
    }

    pub(super) fn profile_overdue(&self, profile: usize) -> bool {
        self.invoices.iter().any(|i| i.profile == profile && i.status == InvoiceStatus::Overdue)
    }

    /// Whether they can buy with a profile, in a currency.
    fn usable(&self, who: Who, profile: usize, currency: &str) -> Answer {
        let Profile { tenant, currency: of_profile, .. } = self.profiles[profile];
        if !sees_profile(who, tenant) {
            return refuse("NOT_FOUND");
        }
        if !buys_with(who, profile, tenant) || self.profile_overdue(profile) {
            return refuse("BILLING_PROFILE_NOT_USABLE");
        }
        if of_profile == currency { Ok(()) } else { refuse("CURRENCY_MISMATCH") }
    }

    fn buy(
        &mut self,
        who: Who,
        plan: usize,
        quantity: Option<i64>,
        profile: usize,
        auto_renew: bool,
        replaces: Option<usize>,
    ) -> Answer {
        let tenant = match who {
            Who::Ada | Who::Carl => Tenant::Contoso,
            Who::Tailspin => Tenant::Tailspin,
            _ => return refuse("FORBIDDEN"),
        };
        if let Some(old) = replaces {
            if !sees(who, self.subs[old].tenant) {
                return refuse("NOT_FOUND");
            }
            self.apply_due(old);
        }
        if tenant == Tenant::Tailspin && self.partnership_ended {
            return refuse("NOT_FOUND");
        }
        match (self.plans[plan].per_license, quantity) {
            (true, Some(1..=1000)) | (false, None) => {}
            (true, None) => return refuse("INVALID_INPUT"),
            (true, Some(_)) => return refuse("LICENSE_QUANTITY_OUT_OF_RANGE"),
            (false, Some(_)) => return refuse("LICENSES_NOT_APPLICABLE"),
        }
        self.usable(who, profile, self.plans[plan].currency)?;
        if let Some(old) = replaces {
            let copies: Vec<_> =
                (0..self.subs.len()).filter(|copy| self.subs[*copy].replaces == Some(old)).collect();
            for copy in &copies {
                self.apply_due(*copy);
            }
            let ended = |sub: usize| matches!(self.subs[sub].life, Life::Disabled(..));
            let same_app = self.plan(old).app == self.plans[plan].app;
            if !same_app || !ended(old) || !copies.into_iter().all(ended) {
                return refuse("NOT_REPLACEABLE");
            }
            self.reach("bought again");
        }
        self.subs.push(Sub {
            tenant,
            plan,
            profile,
            replaces,
            bought: quantity,
            quantity,
            scheduled: None,
            holders: BTreeSet::new(),
            auto_renew,
            life: Life::Pending,
            portal_opened: false,
            activate_by: self.now + ACTIVATION,
            anchor: 0,
            period: None,
            grace_ends: None,
            charge_open: false,
            due: None,
            remind: None,
            events: Vec::new(),
            invoices: Vec::new(),
        });
        self.tell(self.subs.len() - 1, "PURCHASED");
        Ok(())
    }

    fn open_portal(&mut self, who: Who, sub: usize) -> Answer {
        self.seen(who, sub, Right::OpenPortal)?;
        self.living(sub)?;
        self.subs[sub].portal_opened = true;
        Ok(())
    }

    fn activate(&mut self, who: Who, sub: usize, mistaken: bool) -> Answer {
        self.seen(who, sub, Right::Activate)?;
        self.living(sub)?;
        if mistaken {
            return refuse("PURCHASE_MISMATCH");
        }
        if self.subs[sub].life == Life::Active {
            return Ok(());
        }
        if !self.subs[sub].portal_opened {
            return refuse("PORTAL_NOT_OPENED");
        }
        self.subs[sub].life = Life::Active;
        self.subs[sub].anchor = day_of(self.now);
        let line = self.begin(sub, 0);
        self.issue(self.subs[sub].profile, vec![line]);
        self.tell(sub, "ACTIVATED");
        self.reach("activated");
        Ok(())
    }

    fn set_auto_renew(&mut self, who: Who, sub: usize, on: bool) -> Answer {
        self.seen(who, sub, Right::Manage)?;
        self.living(sub)?;
        if self.subs[sub].auto_renew == on {
            return Ok(());
        }
        if on && self.subs[sub].tenant == Tenant::Tailspin && self.partnership_ended {
            return refuse("PARTNERSHIP_ENDED");
        }
        self.switch(sub, on);
        Ok(())
    }

    fn switch(&mut self, sub: usize, on: bool) {
        self.subs[sub].auto_renew = on;
        if !on {
            self.subs[sub].scheduled = None;
        }
        self.tell(sub, "AUTO_RENEW_CHANGED");
    }

    fn cancel(&mut self, who: Who, sub: usize) -> Answer {
        if !sees(who, self.subs[sub].tenant) {
            return refuse("NOT_FOUND");
        }
        may(who, Right::Cancel, self.subs[sub].tenant)?;
        // What was charged on the way is committed before: it is credited like any other charge.
        let stays = self.apply_due(sub);
        match self.subs[sub].life {
            Life::Disabled(Reason::Canceled, _) => return Ok(()),
            Life::Disabled(..) => return Err(Refusal { code: "DISABLED_IS_TERMINAL", stays }),
            Life::Pending | Life::Active => {}
        }
        let s = &self.subs[sub];
        let number = s.period.map(|(number, ..)| number);
        let charged = s.invoices.iter().find(|invoice| {
            let of_period =
                |line: &Line| line.sub == sub && line.kind == Kind::Period && Some(line.number) == number;
            self.invoices[**invoice].lines.iter().any(of_period)
        });
        let credited = charged.is_some_and(|i| self.now < self.invoices[*i].issued + FULL_REFUND);
        self.disable(sub, Reason::Canceled, self.now);
        if credited {
            self.credit_current_period(sub);
        }
        Ok(())
    }

    fn change_profile(&mut self, who: Who, sub: usize, profile: usize) -> Answer {
        self.seen(who, sub, Right::Manage)?;
        self.living(sub)?;
        if !sees_profile(who, self.profiles[profile].tenant) {
            return refuse("NOT_FOUND");
        }
        if self.subs[sub].profile != profile {
            self.usable(who, profile, self.plan(sub).currency)?;
            self.subs[sub].profile = profile;
            self.tell(sub, "BILLING_PROFILE_CHANGED");
        }
        Ok(())
    }

    fn pay(&mut self, who: Who, invoice: usize) -> Answer {
        let profile = self.invoices[invoice].profile;
        let tenant = self.profiles[profile].tenant;
        if !sees_profile(who, tenant) && who != Who::Operator {
            return refuse("NOT_FOUND");
        }
        self.apply_due_on(invoice);
        if !buys_with(who, profile, tenant) {
            return refuse("FORBIDDEN");
        }
        if self.invoices[invoice].open.is_some() {
            return Err(Refusal { code: "PAYMENT_PENDING", stays: true });
        }
        if !self.invoices[invoice].unpaid() {
            return refuse("INVOICE_NOT_PAYABLE");
        }
        let does = self.profiles[profile].card.ok_or(no("PAYMENT_METHOD_NOT_USABLE"))?;
        self.attempt(invoice);
        self.charge(invoice, does);
        match does {
            CardDoes::Pay => Ok(()),
            CardDoes::Decline => Err(Refusal { code: "PAYMENT_DECLINED", stays: true }),
            CardDoes::LoseTheAnswer => Err(Refusal { code: "PAYMENT_PENDING", stays: true }),
        }
    }

    fn record(&mut self, invoice: usize) -> Answer {
        self.apply_due_on(invoice);
        if !self.invoices[invoice].unpaid() {
            return refuse("INVOICE_NOT_PAYABLE");
        }
        if self.invoices[invoice].open.is_some() {
            return refuse("PAYMENT_PENDING");
        }
        self.book(invoice, self.invoices[invoice].left);
        Ok(())
    }

    fn end_partnership(&mut self, who: Who) -> Answer {
        match who {
            Who::Wendy | Who::Tailspin => {}
            Who::Operator => return refuse("FORBIDDEN"),
            _ => return refuse("NOT_FOUND"),
        }
        if self.partnership_ended {
            return Ok(());
        }
        for sub in 0..self.subs.len() {
            let managed = self.subs[sub].tenant == Tenant::Tailspin;
            if managed && !matches!(self.subs[sub].life, Life::Disabled(..)) {
                self.apply_due(sub);
                if !matches!(self.subs[sub].life, Life::Disabled(..)) && self.subs[sub].auto_renew {
                    self.switch(sub, false);
                }
            }
        }
        self.partnership_ended = true;
        Ok(())
    }
}
