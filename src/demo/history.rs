//! Woodgrove's history: one subscription in each status and of each end, one past due, one that a partner bought. It was
//! not written into the tables: it happened, operation by operation, on a clock that was set back.

use super::data::{by, days_before};
use crate::program::{Failure, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    By, Clock, ManualClock, Marketplace,
    proposal::{CreateProposal, ProposedLine, create_proposal},
    sandbox::{Kept, walk},
    subscription::{
        Activate, Cancel, ChangeAssignments, Purchase, activate, assign_licenses, cancel,
        open_publisher_portal, purchase,
    },
};
use entity::{
    app, billing_profile,
    id::{BillingProfileId, OrganizationId, PlanId, SubscriptionId},
    organization, plan,
    state::BillingInterval,
    user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// How long the operator's offer stands.
const OFFER_TIME: TimeDelta = TimeDelta::days(30);

/// The demo's cast in this play.
struct Woodgrove<'a> {
    market: &'a Marketplace,
    clock: &'a ManualClock,
    today: DateTime<Utc>,
    wendy: By,
    northwind: By,
}

/// What is bought.
#[derive(Clone, Copy)]
struct Order<'a> {
    app: &'a str,
    interval: BillingInterval,
    quantity: Option<i64>,
    auto_renew: bool,
    profile: &'a str,
}

/// Lets it happen.
pub(super) async fn woodgrove(market: &Marketplace, clock: &ManualClock, today: DateTime<Utc>) -> Result<()> {
    let play = Woodgrove {
        market,
        clock,
        today,
        wendy: by(market, "email:wendy@woodgrove.example").await?,
        northwind: by(market, "publisher:northwind").await?,
    };
    let monthly = |quantity, auto_renew, profile| Order {
        app: "Northwind Boards",
        interval: BillingInterval::Month,
        quantity: Some(quantity),
        auto_renew,
        profile,
    };
    let vault = Order {
        app: "Northwind Vault",
        interval: BillingInterval::Year,
        quantity: None,
        auto_renew: true,
        profile: "Woodgrove Main",
    };

    play.days_ago(95).await?;
    let active = play
        .buy(&play.wendy, Order { interval: BillingInterval::Year, ..monthly(5, true, "Woodgrove Main") })
        .await?;
    play.activate(&play.wendy, active, 5).await?;
    play.assign(active, 3).await?;

    play.days_ago(80).await?;
    let expires = play.buy(&play.wendy, monthly(2, false, "Woodgrove Main")).await?;
    play.activate(&play.wendy, expires, 2).await?;

    play.days_ago(60).await?;
    let canceled = play.buy(&play.wendy, vault).await?;
    play.activate_flat(&play.wendy, canceled).await?;

    // Within 72 hours: what was charged is credited and given back.
    play.days_ago(58).await?;
    let cancel_it = Cancel {
        subscription: canceled,
        reason: Some("moved to another product".into()),
        credit_in_full: false,
    };
    cancel(market, &play.wendy, cancel_it).await?;

    // Both are bought before the first decline: with an overdue invoice a profile buys nothing.
    play.days_ago(45).await?;
    let lapses = play.buy(&play.wendy, monthly(4, true, "Woodgrove Arrears")).await?;
    let past_due = play.buy(&play.wendy, monthly(3, true, "Woodgrove Arrears")).await?;
    play.activate(&play.wendy, lapses, 4).await?;

    play.days_ago(20).await?;
    play.activate(&play.wendy, past_due, 3).await?;

    play.days_ago(10).await?;
    let tailspin = by(market, "partner:tailspin").await?;
    let of_partner = play.buy(&tailspin, monthly(6, true, "Tailspin USD")).await?;
    play.activate(&tailspin, of_partner, 6).await?;

    play.days_ago(1).await?;
    play.buy(&play.wendy, monthly(1, true, "Woodgrove Main")).await?;
    play.days_ago(0).await?;
    play.is_offered().await
}

impl Woodgrove<'_> {
    /// Time passes, and everything happens that falls due meanwhile.
    async fn days_ago(&self, days: i64) -> Result<()> {
        let to = days_before(self.today, days);
        walk(self.market, self.clock.now(), to, Kept::Elsewhere).await?;
        self.clock.set(to);
        Ok(())
    }

    /// What the operator offers today, for a month.
    async fn is_offered(&self) -> Result<()> {
        let lines = [
            (BillingInterval::Year, "Northwind Boards", Some(20), "108.00"),
            (BillingInterval::Year, "Northwind Vault", None, "810.00"),
        ];
        let mut offered = Vec::new();
        for (interval, app, license_quantity, price) in lines {
            let plan = self.plan(app, interval).await?;
            offered.push(ProposedLine { plan, license_quantity, unit_price: Some(price.into()) });
        }
        let proposal = CreateProposal {
            organization: self.customer().await?,
            message: Some("Ten percent less for twenty seats and the vault, if you take both.".into()),
            expires_at: self.today + OFFER_TIME,
            send: true,
            lines: offered,
        };
        let operator = by(self.market, "operator").await?;
        create_proposal(self.market, &operator, proposal).await?;
        Ok(())
    }

    async fn plan(&self, app: &str, interval: BillingInterval) -> Result<PlanId> {
        let (plan, _) = plan::Entity::find()
            .find_also_related(app::Entity)
            .filter(app::Column::Name.eq(app))
            .filter(plan::Column::BillingInterval.eq(interval))
            .filter(plan::Column::Currency.eq("USD"))
            .one(self.market.db().read())
            .await?
            .ok_or_else(|| Failure::new("the demo's catalogue is incomplete"))?;
        Ok(plan.id)
    }

    async fn customer(&self) -> Result<OrganizationId> {
        let found = organization::Entity::find()
            .filter(organization::Column::Name.eq("Woodgrove"))
            .one(self.market.db().read())
            .await?;
        Ok(found.ok_or_else(|| Failure::new("the demo has no Woodgrove"))?.id)
    }

    async fn buy(&self, buyer: &By, order: Order<'_>) -> Result<SubscriptionId> {
        let input = Purchase {
            plan: self.plan(order.app, order.interval).await?,
            billing_profile: self.profile(order.profile).await?,
            license_quantity: order.quantity,
            auto_renew: order.auto_renew,
            replaces: None,
            organization: Some(self.customer().await?),
            idempotency_key: None,
        };
        Ok(purchase(self.market, buyer, input).await?)
    }

    async fn profile(&self, name: &str) -> Result<BillingProfileId> {
        let found = billing_profile::Entity::find()
            .filter(billing_profile::Column::Name.eq(name))
            .one(self.market.db().read())
            .await?;
        Ok(found.ok_or_else(|| Failure::new("the demo's profiles are incomplete"))?.id)
    }

    async fn activate(&self, customer: &By, id: SubscriptionId, quantity: i64) -> Result<()> {
        self.activate_as(customer, id, Some(quantity)).await
    }

    async fn activate_flat(&self, customer: &By, id: SubscriptionId) -> Result<()> {
        self.activate_as(customer, id, None).await
    }

    async fn activate_as(
        &self,
        customer: &By,
        id: SubscriptionId,
        license_quantity: Option<i64>,
    ) -> Result<()> {
        open_publisher_portal(self.market, customer, id).await?;
        let row = entity::subscription::Entity::find_by_id(id).one(self.market.db().read()).await?;
        let plan = row.ok_or_else(|| Failure::new("a purchase of the demo is gone"))?.plan_id;
        activate(self.market, &self.northwind, Activate { subscription: id, plan, license_quantity }).await?;
        Ok(())
    }

    async fn assign(&self, id: SubscriptionId, count: usize) -> Result<()> {
        let users = user::Entity::find()
            .filter(user::Column::Email.like("user%@woodgrove.example"))
            .all(self.market.db().read())
            .await?;
        let users = users.into_iter().take(count).map(|user| user.id).collect();
        assign_licenses(self.market, &self.wendy, ChangeAssignments { subscription: id, users }).await?;
        Ok(())
    }
}
