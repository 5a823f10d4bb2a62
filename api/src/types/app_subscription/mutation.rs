//! Buying and managing subscriptions. The rules are the domain's; here requests become its calls.

use super::AppSubscription;
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
    types::invoice::{self, CreditNote, Invoice},
};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{subscription, view::subscription::changed};
use entity::id::{SubscriptionId, UserId};

/// What to buy, and who is billed.
#[derive(Debug, InputObject)]
pub(crate) struct PurchaseSubscriptionInput {
    /// The plan.
    plan_id: ID,
    /// The billing profile that is charged: in the plan's currency, with a usable payment method and no overdue invoice.
    billing_profile_id: ID,
    /// How many licences; none for a flat rate.
    license_quantity: Option<i32>,
    /// Whether the next period begins when one ends.
    #[graphql(default = true)]
    auto_renew: bool,
    /// The disabled subscription that this copy replaces.
    replaces_subscription_id: Option<ID>,
    /// For whom you buy, as a partner. A member buys for their own organization.
    organization_id: Option<ID>,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl PurchaseSubscriptionInput {
    fn parsed(self) -> domain::Result<subscription::Purchase> {
        let (replaces, organization) = (self.replaces_subscription_id, self.organization_id);
        Ok(subscription::Purchase {
            plan: input(Kind::Plan, &self.plan_id, "planId")?,
            billing_profile: input(Kind::BillingProfile, &self.billing_profile_id, "billingProfileId")?,
            license_quantity: self.license_quantity.map(i64::from),
            auto_renew: self.auto_renew,
            replaces: replaces.map(|id| input(Kind::AppSubscription, &id, "replacesSubscriptionId")).transpose()?,
            organization: organization.map(|id| input(Kind::Organization, &id, "organizationId")).transpose()?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which subscription's portal to open.
#[derive(Debug, InputObject)]
pub(crate) struct OpenPublisherPortalInput {
    /// The subscription.
    subscription_id: ID,
}

/// What the publisher says was bought.
#[derive(Debug, InputObject)]
pub(crate) struct ActivateSubscriptionInput {
    /// The subscription.
    subscription_id: ID,
    /// The plan that was bought.
    plan_id: ID,
    /// The number of licences that were bought; none for a flat rate.
    license_quantity: Option<i32>,
}

/// To whom to assign licences.
#[derive(Debug, InputObject)]
pub(crate) struct AssignLicensesInput {
    /// The subscription.
    subscription_id: ID,
    /// The users, 1 to 500. Who has a licence already keeps it.
    user_ids: Vec<ID>,
}

/// From whom to take licences back.
#[derive(Debug, InputObject)]
pub(crate) struct UnassignLicensesInput {
    /// The subscription.
    subscription_id: ID,
    /// The users, 1 to 500. Who has no licence is passed over.
    user_ids: Vec<ID>,
}

/// How many licences there shall be.
#[derive(Debug, InputObject)]
pub(crate) struct ChangeLicenseQuantityInput {
    /// The subscription.
    subscription_id: ID,
    /// The number: a higher one at once, charged for the rest of the period; a lower one at the next renewal. The present one
    /// withdraws a scheduled decrease.
    quantity: i32,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

/// Where future charges go.
#[derive(Debug, InputObject)]
pub(crate) struct ChangeBillingProfileInput {
    /// The subscription.
    subscription_id: ID,
    /// The billing profile: in the same currency, with a usable payment method and no overdue invoice.
    billing_profile_id: ID,
}

/// Whether it shall renew itself.
#[derive(Debug, InputObject)]
pub(crate) struct SetAutoRenewInput {
    /// The subscription.
    subscription_id: ID,
    /// On or off. Off withdraws a scheduled decrease of licences.
    auto_renew: bool,
}

/// What to cancel.
#[derive(Debug, InputObject)]
pub(crate) struct CancelSubscriptionInput {
    /// The subscription.
    subscription_id: ID,
    /// Why, for the record: at most 1,000 characters.
    reason: Option<String>,
}

/// What came of a purchase.
#[derive(SimpleObject)]
pub(crate) struct PurchaseSubscriptionPayload {
    /// The subscription, waiting for its activation, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was bought.
    user_errors: Vec<UserError>,
}

/// A link to the publisher's portal.
#[derive(Default, SimpleObject)]
pub(crate) struct OpenPublisherPortalPayload {
    /// The address, with a token that is for this subscription alone.
    url: Option<String>,
    /// Until when the token is valid.
    expires_at: Option<DateTime<Utc>>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of an activation.
#[derive(SimpleObject)]
pub(crate) struct ActivateSubscriptionPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of assigning licences.
#[derive(SimpleObject)]
pub(crate) struct AssignLicensesPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of taking licences back.
#[derive(SimpleObject)]
pub(crate) struct UnassignLicensesPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of changing the number of licences.
#[derive(SimpleObject)]
pub(crate) struct ChangeLicenseQuantityPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// The invoice of what is charged now; null when nothing is.
    invoice: Option<Invoice>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of changing the billing profile.
#[derive(SimpleObject)]
pub(crate) struct ChangeBillingProfilePayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of switching auto-renewal.
#[derive(SimpleObject)]
pub(crate) struct SetAutoRenewPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What came of cancelling.
#[derive(SimpleObject)]
pub(crate) struct CancelSubscriptionPayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// The credit notes that the cancellation issued.
    credit_notes: Vec<CreditNote>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

fn subscription_id(id: &ID) -> domain::Result<SubscriptionId> {
    input(Kind::AppSubscription, id, "subscriptionId")
}

/// A user id that names nobody is like one of somebody who does not belong to the organization.
fn users(ids: &[ID]) -> Vec<UserId> {
    ids.iter().map(|id| crate::global_id::decode(Kind::User, id).unwrap_or(UserId(uuid::Uuid::nil()))).collect()
}

/// The subscription after the change, or why there was none.
async fn shown(
    ctx: &Context<'_>,
    outcome: domain::Result<SubscriptionId>,
) -> Result<(Option<AppSubscription>, Vec<UserError>)> {
    match answered(outcome)? {
        Ok(id) => {
            let caller = Caller::of(ctx);
            let parts = AppSubscription::wanted(&ctx.look_ahead().field("subscription"));
            let view = changed(&caller.market, caller.actor(), id, parts).await.map_err(top_level)?;
            Ok((Some(AppSubscription::new(view)), Vec::new()))
        }
        Err(user_errors) => Ok((None, user_errors)),
    }
}

#[derive(Default)]
pub(crate) struct AppSubscriptionMutation;

#[Object]
impl AppSubscriptionMutation {
    /// Buys an app, or another copy of one that ended. It waits for its activation by the publisher, and nothing is billed
    /// before that.
    async fn purchase_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to buy.")] input: PurchaseSubscriptionInput,
    ) -> Result<PurchaseSubscriptionPayload> {
        let caller = Caller::of(ctx);
        let bought = async { subscription::purchase(&caller.market, &caller.by, input.parsed()?).await }.await;
        let (subscription, user_errors) = shown(ctx, bought).await?;
        Ok(PurchaseSubscriptionPayload { subscription, user_errors })
    }

    /// Makes a link to the publisher's portal, valid 24 hours. Earlier links stay valid.
    async fn open_publisher_portal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which subscription's.")] input: OpenPublisherPortalInput,
    ) -> Result<OpenPublisherPortalPayload> {
        let caller = Caller::of(ctx);
        let opened = async {
            let id = subscription_id(&input.subscription_id)?;
            subscription::open_publisher_portal(&caller.market, &caller.by, id).await
        };
        Ok(match answered(opened.await)? {
            Ok(link) => OpenPublisherPortalPayload {
                url: Some(link.url),
                expires_at: Some(link.expires_at),
                user_errors: Vec::new(),
            },
            Err(user_errors) => OpenPublisherPortalPayload { user_errors, ..Default::default() },
        })
    }

    /// Activates a subscription, as the publisher of its app. The first period starts today and its invoice is issued.
    async fn activate_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was bought.")] input: ActivateSubscriptionInput,
    ) -> Result<ActivateSubscriptionPayload> {
        let caller = Caller::of(ctx);
        let activated = async {
            let input = subscription::Activate {
                subscription: subscription_id(&input.subscription_id)?,
                plan: self::input(Kind::Plan, &input.plan_id, "planId")?,
                license_quantity: input.license_quantity.map(i64::from),
            };
            subscription::activate(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, activated.await).await?;
        Ok(ActivateSubscriptionPayload { subscription, user_errors })
    }

    /// Assigns a licence to each user who has none yet: to all of them, or to nobody.
    async fn assign_licenses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: AssignLicensesInput,
    ) -> Result<AssignLicensesPayload> {
        let caller = Caller::of(ctx);
        let assigned = async {
            let subscription = subscription_id(&input.subscription_id)?;
            let input = subscription::ChangeAssignments { subscription, users: users(&input.user_ids) };
            subscription::assign_licenses(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, assigned.await).await?;
        Ok(AssignLicensesPayload { subscription, user_errors })
    }

    /// Takes the licence back from each user who has one.
    async fn unassign_licenses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From whom.")] input: UnassignLicensesInput,
    ) -> Result<UnassignLicensesPayload> {
        let caller = Caller::of(ctx);
        let unassigned = async {
            let subscription = subscription_id(&input.subscription_id)?;
            let input = subscription::ChangeAssignments { subscription, users: users(&input.user_ids) };
            subscription::unassign_licenses(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, unassigned.await).await?;
        Ok(UnassignLicensesPayload { subscription, user_errors })
    }

    /// Changes the number of licences: up at once, charged for today and the rest of the period; down at the next renewal.
    async fn change_license_quantity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many there shall be.")] input: ChangeLicenseQuantityInput,
    ) -> Result<ChangeLicenseQuantityPayload> {
        let caller = Caller::of(ctx);
        let done = async {
            let input = subscription::ChangeLicenseQuantity {
                subscription: subscription_id(&input.subscription_id)?,
                quantity: i64::from(input.quantity),
                idempotency_key: input.idempotency_key,
            };
            subscription::change_license_quantity(&caller.market, &caller.by, input).await
        };
        let done = done.await;
        let charged = done.as_ref().ok().and_then(|(_, invoice)| *invoice);
        let (subscription, user_errors) = shown(ctx, done.map(|(id, _)| id)).await?;
        let invoice = match charged {
            Some(id) => invoice::find(caller, id).await?,
            None => None,
        };
        Ok(ChangeLicenseQuantityPayload { subscription, invoice, user_errors })
    }

    /// Moves future charges to another billing profile. Issued invoices stay where they are.
    async fn change_billing_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: ChangeBillingProfileInput,
    ) -> Result<ChangeBillingProfilePayload> {
        let caller = Caller::of(ctx);
        let moved = async {
            let input = subscription::ChangeBillingProfile {
                subscription: subscription_id(&input.subscription_id)?,
                billing_profile: self::input(Kind::BillingProfile, &input.billing_profile_id, "billingProfileId")?,
            };
            subscription::change_billing_profile(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, moved.await).await?;
        Ok(ChangeBillingProfilePayload { subscription, user_errors })
    }

    /// Switches auto-renewal. Without it, the subscription expires at the end of its period.
    async fn set_auto_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On or off.")] input: SetAutoRenewInput,
    ) -> Result<SetAutoRenewPayload> {
        let caller = Caller::of(ctx);
        let set = async {
            let subscription = subscription_id(&input.subscription_id)?;
            let input = subscription::SetAutoRenew { subscription, auto_renew: input.auto_renew };
            subscription::set_auto_renew(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, set.await).await?;
        Ok(SetAutoRenewPayload { subscription, user_errors })
    }

    /// Cancels a subscription, at once and for good. Open invoices stay due.
    async fn cancel_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to cancel.")] input: CancelSubscriptionInput,
    ) -> Result<CancelSubscriptionPayload> {
        let caller = Caller::of(ctx);
        let canceled = async {
            let input = subscription::Cancel {
                subscription: subscription_id(&input.subscription_id)?,
                reason: input.reason,
            };
            subscription::cancel(&caller.market, &caller.by, input).await
        };
        let (subscription, user_errors) = shown(ctx, canceled.await).await?;
        Ok(CancelSubscriptionPayload { subscription, credit_notes: Vec::new(), user_errors })
    }
}
