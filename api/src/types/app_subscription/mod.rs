//! Subscriptions: the object, its lists, and in files of their own its queries, mutations and live updates.

mod arguments;
mod live;
mod mutation;
mod query;

pub(crate) use self::{
    live::AppSubscriptionLive, mutation::AppSubscriptionMutation, query::AppSubscriptionQuery,
};

use super::{
    app::App,
    billing_profile::BillingProfile,
    enums::{AllowedAction, AppSubscriptionStatus, DisabledReason, PaymentStanding, PurchaseChannel},
    event::AppSubscriptionEvent,
    invoice::Invoice,
    license::{LicenseAssignment, Licenses},
    money::{Date, Money, money},
    organization::Organization,
    plan::Plan,
    user::User,
};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::{Kind, encode},
    loaders::{AllowedOn, Assignments, ById, CopyOf, Events, Invoices, ListOf, Ordered},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, Lookahead, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    access, subscription,
    view::{
        self,
        billing::ProfileView,
        catalog::AppView,
        page::{Page, Slice},
        subscription::{Parts, SubscriptionView},
    },
};
use std::sync::Arc;

/// One copy of an app that an organization bought. Its status only moves forward; a disabled one stays disabled.
#[derive(Debug, Clone, Description)]
pub(crate) struct AppSubscription(Arc<SubscriptionView>);

/// Who bought a subscription: a user, or a partner.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Purchaser {
    /// Their name.
    name: String,
    /// Their e-mail address; null for a partner.
    email: Option<String>,
}

/// A billing period: calendar days in UTC, from the start, up to but not including the end.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BillingPeriod {
    /// Its number, counted from 0.
    number: i64,
    /// The first day.
    start: Date,
    /// The day after the last.
    end: Date,
}

impl AppSubscription {
    pub(crate) fn new(view: SubscriptionView) -> Self {
        Self(Arc::new(view))
    }

    /// One that was loaded for several.
    pub(crate) fn of(view: Arc<SubscriptionView>) -> Self {
        Self(view)
    }

    /// Which relations a selection of subscriptions asks for.
    pub(crate) fn wanted(selection: &Lookahead<'_>) -> Parts {
        let asks = |field: &str| selection.field(field).exists();
        Parts {
            organization: asks("organization"),
            app: asks("app"),
            plan: asks("plan"),
            billing_profile: asks("billingProfile"),
            purchaser: asks("purchasedBy"),
            set_up: asks("setUpAt"),
        }
    }

    /// The subscription with all relations, for when it was reached on a way that did not join them: one statement for all
    /// subscriptions that are resolved together.
    async fn whole(&self, ctx: &Context<'_>) -> Result<Arc<SubscriptionView>> {
        let key = ById(self.0.row.id, Parts::ALL);
        let found = Caller::of(ctx).loaders().lists.load_one(key).await.map_err(loaded)?;
        found.ok_or_else(|| {
            top_level(domain::Error::internal("a subscription that was shown is not seen any more"))
        })
    }

    fn sees_money(&self, ctx: &Context<'_>) -> bool {
        access::sees_money(Caller::of(ctx).actor(), &self.0.row)
    }

    async fn list<K, T>(&self, ctx: &Context<'_>, kind: K, slice: Slice) -> Result<Page<T>>
    where
        K: Ordered,
        crate::loaders::SubscriptionLists:
            async_graphql::dataloader::Loader<ListOf<K>, Value = Page<T>, Error = Arc<domain::Error>>,
        T: Clone + Send + Sync + 'static,
    {
        // A wrong cursor is this list's fault alone: what is loaded together fails together.
        K::order().check(&slice).map_err(top_level)?;
        let key = ListOf { subscription: self.0.row.id, slice, with_total: wants_total(ctx), kind };
        let page = Caller::of(ctx).loaders().lists.load_one(key).await.map_err(loaded)?;
        Ok(page.unwrap_or_else(Page::empty))
    }
}

#[Object(use_type_description)]
impl AppSubscription {
    /// The subscription's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::AppSubscription, self.0.row.id.0)
    }

    /// Its short name on invoices.
    async fn reference(&self) -> String {
        domain::subscription::reference(self.0.row.id)
    }

    /// Where it is in its life. It only moves forward.
    async fn status(&self) -> AppSubscriptionStatus {
        self.0.row.status.into()
    }

    /// Why it was disabled; null unless it is.
    async fn disabled_reason(&self) -> Option<DisabledReason> {
        self.0.end.as_ref().map(|end| end.reason.into())
    }

    /// Whether its payments are current.
    async fn payment_standing(&self) -> PaymentStanding {
        self.0.row.standing.into()
    }

    /// When it lapses, if it is past due and nothing is paid; null otherwise.
    async fn grace_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.grace_ends_at
    }

    /// How it was bought.
    async fn purchase_channel(&self) -> PurchaseChannel {
        self.0.row.purchase_channel.into()
    }

    /// When it was bought.
    async fn purchased_at(&self) -> DateTime<Utc> {
        self.0.row.purchased_at
    }

    /// Who bought it.
    async fn purchased_by(&self, ctx: &Context<'_>) -> Result<Option<Purchaser>> {
        let row = &self.0.row;
        let known = self.0.purchased_by.is_some() || self.0.partner.is_some();
        let asked_for = row.purchased_by.is_some() || row.partner_id.is_some();
        let whole = if known || !asked_for { self.0.clone() } else { self.whole(ctx).await? };
        let user =
            whole.purchased_by.clone().map(|user| Purchaser { name: user.name, email: Some(user.email) });
        Ok(user
            .or_else(|| whole.partner.clone().map(|partner| Purchaser { name: partner.name, email: None })))
    }

    /// When the publisher activated it.
    async fn activated_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.activated_at
    }

    /// Until when the publisher can activate it: 30 days after the purchase.
    async fn activate_by(&self) -> DateTime<Utc> {
        self.0.row.activate_by
    }

    /// When it was disabled; null unless it is.
    async fn disabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.end.as_ref().map(|end| end.at)
    }

    /// When the publisher set the app up for this organization, once for all its copies.
    async fn set_up_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(match self.0.set_up_at {
            Some(found) => found,
            None => self.whole(ctx).await?.set_up_at.flatten(),
        })
    }

    /// Pending: when it expires unless it is activated. Active: the end of the current period. Disabled: when it ended.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.row.ends_at
    }

    /// The current billing period; null before the activation. A past-due one is not renewed: its elapsed period stays.
    async fn current_period(&self) -> Option<BillingPeriod> {
        let row = &self.0.row;
        Some(BillingPeriod {
            number: row.period_number?,
            start: Date(row.period_start?),
            end: Date(row.period_end?),
        })
    }

    /// Whether the next period begins when the current one ends.
    async fn auto_renew(&self) -> bool {
        self.0.row.auto_renew
    }

    /// How many licences it has.
    async fn licenses(&self) -> Licenses {
        let row = &self.0.row;
        Licenses {
            purchased: row.quantity,
            assigned: row.assigned,
            available: subscription::available(row),
            scheduled: row.scheduled_quantity,
        }
    }

    /// The price it was bought at, for one licence, or the flat rate, and one period, without tax; null for those who may not
    /// see money.
    async fn unit_price(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let price = || money(self.0.row.unit_price, &self.0.row.currency);
        self.sees_money(ctx).then(price).transpose()
    }

    /// What you may do with it now. For what is listed there is an input that succeeds; what is left out is refused or changes
    /// nothing.
    async fn allowed_actions(&self, ctx: &Context<'_>) -> Result<Vec<AllowedAction>> {
        let caller = Caller::of(ctx);
        // A key that may only read changes nothing.
        if caller.only_reads() {
            return Ok(Vec::new());
        }
        let allowed = caller.loaders().lists.load_one(AllowedOn(self.0.clone())).await.map_err(loaded)?;
        Ok(allowed.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// The organization that uses it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        let row = match &self.0.organization {
            Some(row) => Some(row.clone()),
            None => self.whole(ctx).await?.organization.clone(),
        };
        row.map(Organization).ok_or_else(missing)
    }

    /// The app.
    async fn app(&self, ctx: &Context<'_>) -> Result<App> {
        let view = if self.0.app.is_some() { self.0.clone() } else { self.whole(ctx).await? };
        let found = view.app.clone().zip(view.publisher.clone());
        found.map(|(row, publisher)| App::alone(AppView { row, publisher })).ok_or_else(missing)
    }

    /// The plan that it was bought at.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Plan> {
        let row = match &self.0.plan {
            Some(row) => Some(row.clone()),
            None => self.whole(ctx).await?.plan.clone(),
        };
        row.map(Plan::new).ok_or_else(missing)
    }

    /// The billing profile that its future charges go to; null for those who may not see it.
    async fn billing_profile(&self, ctx: &Context<'_>) -> Result<Option<BillingProfile>> {
        if !self.sees_money(ctx) {
            return Ok(None);
        }
        let row = match &self.0.billing_profile {
            Some(row) => Some(row.clone()),
            None => self.whole(ctx).await?.billing_profile.clone(),
        };
        Ok(row.map(|row| BillingProfile(ProfileView { row, method: None })))
    }

    /// The disabled subscription that this copy replaces.
    async fn replaces(&self, ctx: &Context<'_>) -> Result<Option<AppSubscription>> {
        let Some(id) = self.0.row.replaces_id else { return Ok(None) };
        let key = ById(id, Self::wanted(&ctx.look_ahead()));
        Ok(Caller::of(ctx).loaders().lists.load_one(key).await.map_err(loaded)?.map(AppSubscription))
    }

    /// The latest copy that replaces this disabled subscription.
    async fn replaced_by(&self, ctx: &Context<'_>) -> Result<Option<AppSubscription>> {
        if self.0.end.is_none() {
            return Ok(None);
        }
        let key = CopyOf(self.0.row.id, Self::wanted(&ctx.look_ahead()));
        Ok(Caller::of(ctx).loaders().lists.load_one(key).await.map_err(loaded)?.map(AppSubscription))
    }

    /// The licences that are assigned, the earliest first.
    async fn license_assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those of users with this text in their name or e-mail address.")]
        search: Option<String>,
    ) -> Result<Connection<LicenseAssignment>> {
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = self.list(ctx, Assignments(search), slice).await?;
        Ok(page.map(LicenseAssignment).into())
    }

    /// The users to whom licences can go: those of the organization, by name. For the publisher of the app and the
    /// organization's licence admins; nobody for others.
    async fn assignable_users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those with this text in their name or e-mail address.")] search: Option<
            String,
        >,
    ) -> Result<Connection<User>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let (row, search, total) = (&self.0.row, search.as_deref(), wants_total(ctx));
        let page =
            view::license::assignable_users(&caller.market, caller.actor(), row, search, &slice, total).await;
        Ok(page.map_err(top_level)?.map(User).into())
    }

    /// The invoices that charge it and that you may see, the newest first.
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Invoice>> {
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let page = self.list(ctx, Invoices, slice).await?;
        Ok(page.map(|view| Invoice(Arc::new(view))).into())
    }

    /// What happened to it, the newest first.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AppSubscriptionEvent>> {
        let slice = slice(first, after, last, before).map_err(top_level)?;
        Ok(self.list(ctx, Events, slice).await?.map(AppSubscriptionEvent).into())
    }
}

fn missing() -> async_graphql::Error {
    top_level(domain::Error::internal("a subscription without one of its relations"))
}
