//! Subscriptions: the law, what falls due, and one operation a file, each named by the customer's verb.

pub mod lifecycle;

pub(crate) mod activate;
pub mod allowed;
pub(crate) mod announce_ending;
mod assign_licenses;
pub(crate) mod buying;
pub(crate) mod cancel;
mod change_billing_profile;
pub(crate) mod change_license_quantity;
mod complete_app_setup;
pub(crate) mod due;
mod open_publisher_portal;
mod portal_token;
mod purchase;
pub(crate) mod renew;
mod request_support;
mod resolve_purchase;
mod set_auto_renew;

pub use self::{
    activate::{Activate, activate},
    assign_licenses::{ChangeAssignments, assign_licenses, unassign_licenses},
    cancel::{Cancel, cancel},
    change_billing_profile::{ChangeBillingProfile, change_billing_profile},
    change_license_quantity::{ChangeLicenseQuantity, change_license_quantity},
    complete_app_setup::complete_app_setup,
    open_publisher_portal::{PortalLink, open_publisher_portal},
    purchase::{Purchase, purchase},
    request_support::{RequestSupport, request_support},
    resolve_purchase::resolve_purchase,
    set_auto_renew::{SetAutoRenew, set_auto_renew},
};

use crate::{Code, Error, Input, Result, calendar::Period, organization::people, work::Work};
use chrono::{DateTime, Utc};
use entity::{
    id::SubscriptionId,
    organization,
    state::{DisabledReason, Standing as StoredStanding, Status},
    subscription, subscription_end,
};
use lifecycle::{Change, Decision, Standing, State, Terms};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect};

/// A subscription as it was loaded, and its end if it has one.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) row: subscription::Model,
    end: Option<(DisabledReason, DateTime<Utc>)>,
}

impl Subscription {
    /// One that is known not to be disabled.
    ///
    /// # Errors
    /// `Internal` when it is: its end has to be loaded too then.
    pub(crate) fn living(row: subscription::Model) -> Result<Self> {
        if row.status == Status::Disabled {
            return Err(Error::internal("a disabled subscription was claimed"));
        }
        Ok(Self { row, end: None })
    }

    /// As it was loaded, together with its end.
    pub(crate) fn loaded(row: subscription::Model, end: Option<subscription_end::Model>) -> Self {
        Self { row, end: end.map(|end| (end.reason, end.at)) }
    }

    /// What the law looks at.
    ///
    /// # Errors
    /// `Internal` when the row contradicts itself, which the database's checks prevent.
    pub(crate) fn state(&self) -> Result<State> {
        let row = &self.row;
        let bought = Terms { plan: row.plan_id, quantity: row.bought_quantity };
        match (row.status, self.end, self.period()) {
            (Status::PendingActivation, None, _) => Ok(State::Pending {
                bought,
                portal_opened: row.portal_opened_at.is_some(),
                activate_by: row.activate_by,
                auto_renew: row.auto_renew,
            }),
            (Status::Active, None, Some(period)) => {
                Ok(State::Active { bought, period, auto_renew: row.auto_renew, standing: standing(row) })
            }
            (Status::Disabled, Some((reason, at)), _) => Ok(State::Disabled { reason, at }),
            _ => Err(Error::internal(format!("subscription {} contradicts itself", row.id.0))),
        }
    }

    /// The current period; none before the activation.
    pub(crate) fn period(&self) -> Option<Period> {
        Some(Period {
            number: self.row.period_number?,
            start: self.row.period_start?,
            end: self.row.period_end?,
        })
    }

    /// The period after the current one.
    ///
    /// # Errors
    /// `Internal` before the activation, or past the end of the calendar.
    pub(crate) fn next_period(&self) -> Result<Period> {
        #[cfg(feature = "failpoints")]
        if let Some(Period { number, end, .. }) = self.period()
            && crate::failpoint::planted(crate::failpoint::Mistake::PeriodFromTheLast)
        {
            let next = Period::of(end, self.row.billing_interval, 0)?;
            return Ok(Period { number: number + 1, ..next });
        }
        match (self.row.anchor_on, self.row.period_number) {
            (Some(anchor), Some(number)) => {
                Period::of(anchor, self.row.billing_interval, number.saturating_add(1))
            }
            _ => Err(Error::internal("a pending subscription has no next period")),
        }
    }

    /// What the law says of a change.
    ///
    /// # Errors
    /// The refusal, as an error.
    pub(crate) fn decide(&self, change: Change, now: DateTime<Utc>) -> Result<Option<State>> {
        match lifecycle::decide(&self.state()?, &change, now) {
            Decision::To(state) => Ok(Some(state)),
            Decision::Already => Ok(None),
            Decision::Refused(code) => Err(code.into()),
        }
    }

    /// How many licences can still be assigned; none for a flat rate.
    pub(crate) fn available(&self) -> Option<i64> {
        available(&self.row)
    }

    /// Why it ended, if it has.
    pub(crate) fn ended(&self) -> Option<DisabledReason> {
        self.end.map(|(reason, _)| reason)
    }

    pub(crate) fn enter(&mut self, period: Period) {
        self.row.period_number = Some(period.number);
        self.row.period_start = Some(period.start);
        self.row.period_end = Some(period.end);
    }

    pub(crate) fn end(&mut self, reason: DisabledReason, at: DateTime<Utc>) {
        self.row.status = Status::Disabled;
        self.row.assigned = 0;
        self.row.scheduled_quantity = None;
        // Standing is a fact about an active one.
        self.row.standing = StoredStanding::Current;
        self.row.charge_open = false;
        self.row.grace_ends_at = None;
        self.end = Some((reason, at));
    }

    /// Brings the columns up to date that follow from the others.
    pub(crate) fn settle_derived(&mut self, now: DateTime<Utc>) {
        // A row that contradicts itself is refused by the database's checks when it is written.
        if let Ok(state) = self.state() {
            let due = lifecycle::next_due(&state);
            self.row.due_at = due.map(|(at, _)| at);
            self.row.due_change = due.map(|(_, change)| change);
            self.row.ends_at = lifecycle::ends_at(&state);
            self.row.remind_at = lifecycle::next_reminder(&state, self.row.remind_at, now);
        }
    }
}

fn standing(row: &subscription::Model) -> Standing {
    match (row.standing, row.grace_ends_at) {
        (StoredStanding::PastDue, Some(grace_ends_at)) => {
            Standing::PastDue { grace_ends_at, charge_open: row.charge_open }
        }
        (StoredStanding::PastDue, None) | (StoredStanding::Current, _) => Standing::Current,
    }
}

/// How many licences can still be assigned, a scheduled decrease heeded; none for a flat rate.
pub fn available(row: &subscription::Model) -> Option<i64> {
    row.quantity.map(|quantity| row.scheduled_quantity.unwrap_or(quantity).min(quantity) - row.assigned)
}

impl Work<'_> {
    /// The subscription with this id, if the actor sees it: locked, and with what was due on it applied.
    ///
    /// # Errors
    /// `NotFound` when there is none that the actor sees.
    pub(crate) async fn subscription(
        &mut self,
        id: SubscriptionId,
        field: &'static str,
    ) -> Result<Subscription> {
        let mut subscription = self
            .locked_subscriptions(&[id], true)
            .await?
            .pop()
            .ok_or_else(|| Error::NotFound(Input::field(field)))?;
        due::apply(self, &mut subscription).await?;
        Ok(subscription)
    }

    /// The same, and before it the organization whose it is, locked: who removes people locks their organization first, then
    /// its subscriptions.
    ///
    /// # Errors
    /// `NotFound` when there is none that the actor sees.
    pub(crate) async fn subscription_of_organization(
        &mut self,
        id: SubscriptionId,
        field: &'static str,
    ) -> Result<(organization::Model, Subscription)> {
        let seen = self.reader().find_by_id::<subscription::Entity>(id).one(&self.tx).await?;
        let seen = seen.ok_or_else(|| Error::NotFound(Input::field(field)))?;
        let organization = people::locked(self, seen.organization_id).await?;
        Ok((organization, self.subscription(id, field).await?))
    }

    /// The subscriptions with these ids, locked in the order of their ids; with `scoped`, only those that the actor sees.
    pub(crate) async fn locked_subscriptions(
        &self,
        ids: &[SubscriptionId],
        scoped: bool,
    ) -> Result<Vec<Subscription>> {
        use sea_orm::{ColumnTrait, QueryOrder};
        let seen = if scoped { self.reader().find() } else { subscription::Entity::find() };
        let seen = seen
            .filter(subscription::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(subscription::Column::Id);
        #[cfg(not(feature = "failpoints"))]
        let seen = seen.lock_exclusive();
        #[cfg(feature = "failpoints")]
        let seen = if crate::failpoint::planted(crate::failpoint::Mistake::VersionIgnored) {
            seen
        } else {
            seen.lock_exclusive()
        };
        let rows = seen.all(&self.tx).await?;
        let disabled: Vec<_> =
            rows.iter().filter(|row| row.status == Status::Disabled).map(|row| row.id).collect();
        let mut ends = if disabled.is_empty() {
            Vec::new()
        } else {
            subscription_end::Entity::find()
                .filter(subscription_end::Column::SubscriptionId.is_in(disabled))
                .all(&self.tx)
                .await?
        };
        Ok(rows
            .into_iter()
            .map(|row| {
                let end = ends
                    .iter()
                    .position(|end| end.subscription_id == row.id)
                    .map(|index| ends.swap_remove(index));
                Subscription::loaded(row, end)
            })
            .collect())
    }
}

/// A short name for a subscription, as its invoices show it: the last eight digits of its id, which are random.
pub fn reference(id: SubscriptionId) -> String {
    let digits = id.0.simple().to_string().to_uppercase();
    digits.get(24..).unwrap_or(&digits).to_owned()
}

/// Refuses what only a per-licence subscription has.
pub(crate) fn licensed(row: &subscription::Model) -> Result<i64> {
    row.quantity.ok_or_else(|| Code::LicensesNotApplicable.into())
}
