//! Buying and managing subscriptions. The rules are the domain's; here requests become its calls.

use super::{
    AppSubscription,
    arguments::{
        ActivateSubscriptionInput, ActivateSubscriptionPayload, AssignLicensesInput, AssignLicensesPayload,
        CancelSubscriptionInput, CancelSubscriptionPayload, ChangeBillingProfileInput,
        ChangeBillingProfilePayload, ChangeLicenseQuantityInput, ChangeLicenseQuantityPayload,
        OpenPublisherPortalInput, OpenPublisherPortalPayload, PurchaseSubscriptionInput,
        PurchaseSubscriptionPayload, SetAutoRenewInput, SetAutoRenewPayload, UnassignLicensesInput,
        UnassignLicensesPayload,
    },
};
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
    types::{credit_note::CreditNote, invoice},
};
use async_graphql::{Context, ID, Object, Result};
use domain::{
    subscription,
    view::{payment::credit_notes_of, subscription::changed},
};
use entity::id::{SubscriptionId, UserId};

fn subscription_id(id: &ID) -> domain::Result<SubscriptionId> {
    input(Kind::AppSubscription, id, "subscriptionId")
}

/// A user id that names nobody is like one of somebody who does not belong to the organization.
fn users(ids: &[ID]) -> Vec<UserId> {
    ids.iter()
        .map(|id| crate::global_id::decode(Kind::User, id).unwrap_or(UserId(uuid::Uuid::nil())))
        .collect()
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
        let bought =
            async { subscription::purchase(&caller.market, &caller.by, input.parsed()?).await }.await;
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
                billing_profile: self::input(
                    Kind::BillingProfile,
                    &input.billing_profile_id,
                    "billingProfileId",
                )?,
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

    /// Cancels a subscription, at once and for good. Until 72 hours after the charge of the current period was issued, it and
    /// its seat increases are credited: first what is unpaid, the rest is given back the way it was paid. Later nothing is, and
    /// open invoices stay due. `previewCancellation` tells the amounts.
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
                credit_in_full: input.credit_in_full,
            };
            subscription::cancel(&caller.market, &caller.by, input).await
        };
        let canceled = canceled.await;
        let id = canceled.as_ref().ok().copied();
        let (subscription, user_errors) = shown(ctx, canceled).await?;
        let credit_notes = match id {
            Some(id) => credit_notes_of(&caller.market, caller.actor(), id).await.map_err(top_level)?,
            None => Vec::new(),
        };
        let credit_notes = credit_notes.into_iter().map(CreditNote).collect();
        Ok(CancelSubscriptionPayload { subscription, credit_notes, user_errors })
    }
}
