//! Who pays: a billing profile and its payment method.

use crate::{Result, work::Work};
use chrono::{DateTime, Datelike, Utc};
use entity::{
    billing_profile,
    id::BillingProfileId,
    payment_method,
    state::{PaymentMethodKind, PaymentMethodStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use std::collections::BTreeSet;

/// A billing profile, locked, and its payment method if it has one.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The profile.
    pub profile: billing_profile::Model,
    /// How it pays.
    pub method: Option<payment_method::Model>,
}

/// What a payment method is good for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usability {
    /// The operator has to approve it first.
    PendingApproval,
    /// It can be used.
    Usable,
    /// The operator refused it.
    Refused,
    /// The card's last month is over.
    Expired,
}

/// What the method is good for at this time. A card is good to the end of its last month, UTC.
pub fn usability(method: &payment_method::Model, now: DateTime<Utc>) -> Usability {
    match method.status {
        PaymentMethodStatus::PendingApproval => Usability::PendingApproval,
        PaymentMethodStatus::Refused => Usability::Refused,
        PaymentMethodStatus::Usable => {
            let this_month = (i64::from(now.year()), i64::from(now.month()));
            match (method.expiry_year, method.expiry_month) {
                (Some(year), Some(month)) if (year, month) < this_month => Usability::Expired,
                (Some(_) | None, Some(_) | None) => Usability::Usable,
            }
        }
    }
}

/// Whether it is a check or wire that was approved.
pub(crate) fn approved_wire(method: &payment_method::Model) -> bool {
    method.kind == PaymentMethodKind::CheckOrWire && method.status == PaymentMethodStatus::Usable
}

impl Payer {
    /// Whether its invoices are due at once: all but those to a check or wire that the operator approved.
    pub(crate) fn pays_at_once(&self) -> bool {
        self.method.as_ref().is_none_or(|method| !approved_wire(method))
    }
}

impl Work<'_> {
    /// The profile, locked, with its payment method. For whoever has decided already that the actor may use it.
    pub(crate) async fn payer(&self, id: BillingProfileId) -> Result<Payer> {
        let profile = self.profile(id).await?;
        let method = match profile.payment_method_id {
            Some(method) => payment_method::Entity::find_by_id(method).one(&self.tx).await?,
            None => None,
        };
        Ok(Payer { profile, method })
    }

    /// Some profiles, locked in the order of their ids, with their payment methods: two statements.
    pub(crate) async fn payers(&self, ids: BTreeSet<BillingProfileId>) -> Result<Vec<Payer>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let profiles = billing_profile::Entity::find()
            .filter(billing_profile::Column::Id.is_in(ids))
            .order_by_asc(billing_profile::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(&self.tx)
            .await?;
        self.with_methods(profiles).await
    }

    async fn with_methods(&self, profiles: Vec<billing_profile::Model>) -> Result<Vec<Payer>> {
        let methods = payment_method::Entity::find()
            .filter(
                payment_method::Column::Id
                    .is_in(profiles.iter().filter_map(|profile| profile.payment_method_id)),
            )
            .all(&self.tx)
            .await?;
        let method_of = |profile: &billing_profile::Model| {
            methods.iter().find(|method| Some(method.id) == profile.payment_method_id).cloned()
        };
        Ok(profiles.into_iter().map(|profile| Payer { method: method_of(&profile), profile }).collect())
    }
}
