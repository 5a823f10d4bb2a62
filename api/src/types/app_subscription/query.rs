//! Finding subscriptions.

use super::AppSubscription;
use crate::{
    caller::Caller,
    error::{UserError, answered, top_level},
    global_id::{Kind, decode, input},
    relay::{Connection, slice, wants_total},
    types::enums::{AppSubscriptionStatus, OrderDirection, PaymentStanding, PricingModel, PurchaseChannel},
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    subscription,
    view::{
        page::Page,
        subscription::{self as list, SubscriptionFilter, SubscriptionOrder},
    },
};

/// Which subscriptions to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct AppSubscriptionFilter {
    /// In one of these statuses.
    statuses: Option<Vec<AppSubscriptionStatus>>,
    /// With one of these payment standings.
    payment_standings: Option<Vec<PaymentStanding>>,
    /// Bought through one of these channels.
    purchase_channels: Option<Vec<PurchaseChannel>>,
    /// Of this app.
    app_id: Option<ID>,
    /// Of this publisher.
    publisher_id: Option<ID>,
    /// Of this organization.
    organization_id: Option<ID>,
    /// With this pricing model.
    pricing_model: Option<PricingModel>,
    /// Billed to this profile.
    billing_profile_id: Option<ID>,
    /// Ending at or after this instant.
    ends_from: Option<DateTime<Utc>>,
    /// Ending before this instant.
    ends_before: Option<DateTime<Utc>>,
    /// With this text in the app's name, in any case of letters.
    text: Option<String>,
}

impl AppSubscriptionFilter {
    fn parsed(self) -> domain::Result<SubscriptionFilter> {
        Ok(SubscriptionFilter {
            statuses: self.statuses.map(|among| among.into_iter().map(Into::into).collect()),
            payment_standings: self
                .payment_standings
                .map(|among| among.into_iter().map(Into::into).collect()),
            purchase_channels: self
                .purchase_channels
                .map(|among| among.into_iter().map(Into::into).collect()),
            app: self.app_id.map(|id| input(Kind::App, &id, "appId")).transpose()?,
            publisher: self.publisher_id.map(|id| input(Kind::Publisher, &id, "publisherId")).transpose()?,
            organization: self
                .organization_id
                .map(|id| input(Kind::Organization, &id, "organizationId"))
                .transpose()?,
            pricing_model: self.pricing_model.map(Into::into),
            billing_profile: self
                .billing_profile_id
                .map(|id| input(Kind::BillingProfile, &id, "billingProfileId"))
                .transpose()?,
            ends_from: self.ends_from,
            ends_before: self.ends_before,
            text: self.text,
        })
    }
}

/// What subscriptions are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "SubscriptionOrder")]
pub(crate) enum AppSubscriptionOrderField {
    /// The app's name.
    Name,
    /// The time of the purchase.
    PurchasedAt,
    /// When it ends or ended.
    EndsAt,
    /// The status, in alphabetical order.
    Status,
}

/// How subscriptions are ordered.
#[derive(Debug, InputObject)]
pub(crate) struct AppSubscriptionOrder {
    /// By what.
    field: AppSubscriptionOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

/// What a portal token is for.
#[derive(SimpleObject)]
pub(crate) struct ResolvePurchasePayload {
    /// The subscription, unless it was refused.
    subscription: Option<AppSubscription>,
    /// Why it was refused; empty when it was found.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(crate) struct AppSubscriptionQuery;

#[Object]
impl AppSubscriptionQuery {
    /// The subscriptions that you may see ("Your products > Apps"). Without an order the newest purchase comes first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn app_subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<AppSubscriptionFilter>,
        #[graphql(desc = "In this order.")] order_by: Option<AppSubscriptionOrder>,
    ) -> Result<Connection<AppSubscription>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let filter = match filter.unwrap_or_default().parsed() {
            // What names nothing finds nothing.
            Err(domain::Error::NotFound(_)) => return Ok(Page::empty().into()),
            filter => filter.map_err(top_level)?,
        };
        let order = order_by.map_or((SubscriptionOrder::PurchasedAt, true), |order| {
            (order.field.into(), order.direction == OrderDirection::Desc)
        });
        let look_ahead = ctx.look_ahead();
        let parts = AppSubscription::wanted(&look_ahead.field("nodes"))
            .or(AppSubscription::wanted(&look_ahead.field("edges").field("node")));
        let total = wants_total(ctx);
        let page =
            list::subscriptions(&caller.market, caller.actor(), &filter, order, &slice, parts, total).await;
        Ok(page.map_err(top_level)?.map(AppSubscription::new).into())
    }

    /// A subscription, if you may see it.
    async fn app_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription's id.")] id: ID,
    ) -> Result<Option<AppSubscription>> {
        let caller = Caller::of(ctx);
        let Some(id) = decode(Kind::AppSubscription, &id) else { return Ok(None) };
        let parts = AppSubscription::wanted(&ctx.look_ahead());
        let found = list::subscription(&caller.market, caller.actor(), id, parts).await.map_err(top_level)?;
        Ok(found.map(AppSubscription::new))
    }

    /// The subscription that a portal token is for: what a publisher's portal asks first. For the publisher of the app, any
    /// number of times.
    async fn resolve_purchase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token from the portal's address.")] token: String,
    ) -> Result<ResolvePurchasePayload> {
        let caller = Caller::of(ctx);
        let resolved = subscription::resolve_purchase(&caller.market, &caller.by, &token).await;
        Ok(match answered(resolved)? {
            Ok(id) => {
                let parts = AppSubscription::wanted(&ctx.look_ahead().field("subscription"));
                let view =
                    list::changed(&caller.market, caller.actor(), id, parts).await.map_err(top_level)?;
                ResolvePurchasePayload {
                    subscription: Some(AppSubscription::new(view)),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => ResolvePurchasePayload { subscription: None, user_errors },
        })
    }
}
