//! What the mutations of subscriptions take, and what they answer.

use super::AppSubscription;
use crate::{
    error::UserError,
    global_id::{Kind, input},
    types::{credit_note::CreditNote, invoice::Invoice},
};
use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use domain::subscription;

/// What to buy, and who is billed.
#[derive(Debug, InputObject)]
pub(crate) struct PurchaseSubscriptionInput {
    /// The plan.
    pub(super) plan_id: ID,
    /// The billing profile that is charged: in the plan's currency, with a usable payment method and no overdue invoice.
    pub(super) billing_profile_id: ID,
    /// How many licences; none for a flat rate.
    pub(super) license_quantity: Option<i32>,
    /// Whether the next period begins when one ends.
    #[graphql(default = true)]
    pub(super) auto_renew: bool,
    /// The disabled subscription that this copy replaces.
    pub(super) replaces_subscription_id: Option<ID>,
    /// For whom you buy, as a partner. A member buys for their own organization.
    pub(super) organization_id: Option<ID>,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    pub(super) idempotency_key: Option<String>,
}

impl PurchaseSubscriptionInput {
    pub(super) fn parsed(self) -> domain::Result<subscription::Purchase> {
        let (replaces, organization) = (self.replaces_subscription_id, self.organization_id);
        Ok(subscription::Purchase {
            plan: input(Kind::Plan, &self.plan_id, "planId")?,
            billing_profile: input(Kind::BillingProfile, &self.billing_profile_id, "billingProfileId")?,
            license_quantity: self.license_quantity.map(i64::from),
            auto_renew: self.auto_renew,
            replaces: replaces
                .map(|id| input(Kind::AppSubscription, &id, "replacesSubscriptionId"))
                .transpose()?,
            organization: organization
                .map(|id| input(Kind::Organization, &id, "organizationId"))
                .transpose()?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which subscription's portal to open.
#[derive(Debug, InputObject)]
pub(crate) struct OpenPublisherPortalInput {
    /// The subscription.
    pub(super) subscription_id: ID,
}

/// What the publisher says was bought.
#[derive(Debug, InputObject)]
pub(crate) struct ActivateSubscriptionInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// The plan that was bought.
    pub(super) plan_id: ID,
    /// The number of licences that were bought; none for a flat rate.
    pub(super) license_quantity: Option<i32>,
}

/// To whom to assign licences.
#[derive(Debug, InputObject)]
pub(crate) struct AssignLicensesInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// The users, 1 to 500. Who has a licence already keeps it.
    pub(super) user_ids: Vec<ID>,
}

/// From whom to take licences back.
#[derive(Debug, InputObject)]
pub(crate) struct UnassignLicensesInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// The users, 1 to 500. Who has no licence is passed over.
    pub(super) user_ids: Vec<ID>,
}

/// How many licences there shall be.
#[derive(Debug, InputObject)]
pub(crate) struct ChangeLicenseQuantityInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// The number: a higher one at once, charged for the rest of the period; a lower one at the next renewal. The present one
    /// withdraws a scheduled decrease.
    pub(super) quantity: i32,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    pub(super) idempotency_key: Option<String>,
}

/// Where future charges go.
#[derive(Debug, InputObject)]
pub(crate) struct ChangeBillingProfileInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// The billing profile: in the same currency, with a usable payment method and no overdue invoice.
    pub(super) billing_profile_id: ID,
}

/// Whether it shall renew itself.
#[derive(Debug, InputObject)]
pub(crate) struct SetAutoRenewInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// On or off. Off withdraws a scheduled decrease of licences.
    pub(super) auto_renew: bool,
}

/// What to cancel.
#[derive(Debug, InputObject)]
pub(crate) struct CancelSubscriptionInput {
    /// The subscription.
    pub(super) subscription_id: ID,
    /// Why, for the record: at most 1,000 characters.
    pub(super) reason: Option<String>,
    /// Whether everything that was charged for the current period is credited, however long ago, also when it was cancelled
    /// before. For the operator.
    #[graphql(default)]
    pub(super) credit_in_full: bool,
}

/// What came of a purchase.
#[derive(SimpleObject)]
pub(crate) struct PurchaseSubscriptionPayload {
    /// The subscription, waiting for its activation, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was bought.
    pub(super) user_errors: Vec<UserError>,
}

/// A link to the publisher's portal.
#[derive(Default, SimpleObject)]
pub(crate) struct OpenPublisherPortalPayload {
    /// The address, with a token that is for this subscription alone.
    pub(super) url: Option<String>,
    /// Until when the token is valid.
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of an activation.
#[derive(SimpleObject)]
pub(crate) struct ActivateSubscriptionPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of assigning licences.
#[derive(SimpleObject)]
pub(crate) struct AssignLicensesPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of taking licences back.
#[derive(SimpleObject)]
pub(crate) struct UnassignLicensesPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of changing the number of licences.
#[derive(SimpleObject)]
pub(crate) struct ChangeLicenseQuantityPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// The invoice of what is charged now; null when nothing is.
    pub(super) invoice: Option<Invoice>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of changing the billing profile.
#[derive(SimpleObject)]
pub(crate) struct ChangeBillingProfilePayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of switching auto-renewal.
#[derive(SimpleObject)]
pub(crate) struct SetAutoRenewPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of cancelling.
#[derive(SimpleObject)]
pub(crate) struct CancelSubscriptionPayload {
    /// The subscription, unless it was refused.
    pub(super) subscription: Option<AppSubscription>,
    /// The credit notes over what was charged for it, if you may see them.
    pub(super) credit_notes: Vec<CreditNote>,
    /// Why it was refused; empty when it was done.
    pub(super) user_errors: Vec<UserError>,
}
