//! How publishers change what they sell.

use super::App;
use crate::{
    caller::Caller,
    change::{filled, given},
    error::{UserError, answered, top_level},
    global_id::{Kind, input},
    types::{
        enums::{BillingInterval, PricingModel},
        plan::Plan,
    },
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::{catalog, view};
use entity::id::{AppId, PlanId};

/// An app to create.
#[derive(Debug, InputObject)]
pub(crate) struct CreateAppInput {
    /// Its name: 1 to 200 characters, on one line.
    name: String,
    /// What it is, in a line: 1 to 200 characters.
    summary: String,
    /// What it is, at length: 1 to 10,000 characters.
    description: String,
    /// The categories that it is found in: at most 10, each of at most 50 characters.
    #[graphql(default)]
    categories: Vec<String>,
    /// Where it is at home: https://…
    website_url: Option<String>,
    /// Where its documentation is: https://…
    documentation_url: Option<String>,
    /// Its terms of use: https://…
    terms_url: Option<String>,
    /// What it does with personal data: https://…
    privacy_url: Option<String>,
    /// Where its customers find help: https://… Left out, it is where you give support for all your apps.
    support_url: Option<String>,
    /// The e-mail address at which its customers find help.
    support_email: Option<String>,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl From<CreateAppInput> for catalog::CreateApp {
    fn from(input: CreateAppInput) -> Self {
        let links = catalog::Links {
            website_url: input.website_url,
            documentation_url: input.documentation_url,
            terms_url: input.terms_url,
            privacy_url: input.privacy_url,
            support_url: input.support_url,
            support_email: input.support_email,
        };
        let details = catalog::AppDetails {
            name: input.name,
            summary: input.summary,
            description: input.description,
            categories: input.categories,
            links,
        };
        Self { details, idempotency_key: input.idempotency_key }
    }
}

/// What came of creating an app.
#[derive(SimpleObject)]
pub(crate) struct CreateAppPayload {
    /// The app, unless it was refused.
    app: Option<App>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What to change of an app: what is left out stays, and `null` clears what may be empty.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateAppInput {
    /// The app.
    app_id: ID,
    /// Its name: 1 to 200 characters, on one line.
    name: MaybeUndefined<String>,
    /// What it is, in a line: 1 to 200 characters.
    summary: MaybeUndefined<String>,
    /// What it is, at length: 1 to 10,000 characters.
    description: MaybeUndefined<String>,
    /// The categories that it is found in, all of them: at most 10, each of at most 50 characters.
    categories: MaybeUndefined<Vec<String>>,
    /// Where it is at home: https://…
    website_url: MaybeUndefined<String>,
    /// Where its documentation is: https://…
    documentation_url: MaybeUndefined<String>,
    /// Its terms of use: https://…
    terms_url: MaybeUndefined<String>,
    /// What it does with personal data: https://…
    privacy_url: MaybeUndefined<String>,
    /// Where its customers find help: https://…
    support_url: MaybeUndefined<String>,
    /// The e-mail address at which its customers find help.
    support_email: MaybeUndefined<String>,
}

impl UpdateAppInput {
    fn parsed(self) -> domain::Result<catalog::UpdateApp> {
        Ok(catalog::UpdateApp {
            app: input(Kind::App, &self.app_id, "appId")?,
            name: filled(self.name, "name")?,
            summary: filled(self.summary, "summary")?,
            description: filled(self.description, "description")?,
            categories: given(self.categories).map(Option::unwrap_or_default),
            website_url: given(self.website_url),
            documentation_url: given(self.documentation_url),
            terms_url: given(self.terms_url),
            privacy_url: given(self.privacy_url),
            support_url: given(self.support_url),
            support_email: given(self.support_email),
        })
    }
}

/// What came of changing an app.
#[derive(SimpleObject)]
pub(crate) struct UpdateAppPayload {
    /// The app, unless it was refused.
    app: Option<App>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which app to publish.
#[derive(Debug, InputObject)]
pub(crate) struct PublishAppInput {
    /// The app.
    app_id: ID,
}

/// What came of publishing an app.
#[derive(SimpleObject)]
pub(crate) struct PublishAppPayload {
    /// The app, unless it was refused.
    app: Option<App>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which app to withdraw.
#[derive(Debug, InputObject)]
pub(crate) struct WithdrawAppInput {
    /// The app.
    app_id: ID,
}

/// What came of withdrawing an app.
#[derive(SimpleObject)]
pub(crate) struct WithdrawAppPayload {
    /// The app, unless it was refused.
    app: Option<App>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A plan to add to an app.
#[derive(Debug, InputObject)]
pub(crate) struct CreatePlanInput {
    /// The app.
    app_id: ID,
    /// Its name: 1 to 200 characters, on one line.
    name: String,
    /// What it counts: the same for all plans of an app.
    pricing_model: PricingModel,
    /// How long a period is.
    billing_interval: BillingInterval,
    /// The price of one licence, or of the flat rate, for one period, without tax: an exact decimal such as `12.50`.
    price: String,
    /// ISO 4217 code of the price's currency, such as `USD`.
    currency: String,
    /// The fewest licences that can be bought, from 1; left out for a flat rate.
    min_licenses: Option<i64>,
    /// The most licences that can be bought, to 1,000,000; left out for a flat rate.
    max_licenses: Option<i64>,
    /// The countries where it is sold: ISO 3166 alpha-2 codes such as `US`. Apps are not sold in every country of the list.
    countries: Vec<String>,
    /// Sent again with the same key, the request does nothing and gives the same answer.
    idempotency_key: Option<String>,
}

impl CreatePlanInput {
    fn parsed(self) -> domain::Result<catalog::CreatePlan> {
        Ok(catalog::CreatePlan {
            app: input(Kind::App, &self.app_id, "appId")?,
            terms: catalog::PlanTerms {
                name: self.name,
                pricing_model: self.pricing_model.into(),
                billing_interval: self.billing_interval.into(),
                currency: self.currency,
                price: self.price,
                min_licenses: self.min_licenses,
                max_licenses: self.max_licenses,
                countries: self.countries,
            },
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What came of adding a plan.
#[derive(SimpleObject)]
pub(crate) struct CreatePlanPayload {
    /// The plan, unless it was refused.
    plan: Option<Plan>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which plan to retire.
#[derive(Debug, InputObject)]
pub(crate) struct RetirePlanInput {
    /// The plan.
    plan_id: ID,
}

/// What came of retiring a plan.
#[derive(SimpleObject)]
pub(crate) struct RetirePlanPayload {
    /// The plan, unless it was refused.
    plan: Option<Plan>,
    /// Why it was refused; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The app that an operation was about, as it is now, or why it was refused.
async fn app(caller: &Caller, done: domain::Result<AppId>) -> Result<(Option<App>, Vec<UserError>)> {
    Ok(match answered(done)? {
        Ok(id) => {
            let found = view::catalog::app(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            (found.map(App::alone), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}

/// The plan that an operation was about, as it is now, or why it was refused.
async fn plan(caller: &Caller, done: domain::Result<PlanId>) -> Result<(Option<Plan>, Vec<UserError>)> {
    Ok(match answered(done)? {
        Ok(id) => {
            let found = view::catalog::plan(&caller.market, caller.actor(), id).await.map_err(top_level)?;
            (found.map(Plan::new), Vec::new())
        }
        Err(user_errors) => (None, user_errors),
    })
}

#[derive(Default)]
pub(crate) struct AppMutation;

#[Object]
impl AppMutation {
    /// Creates an app, as a draft that only you see: for publishers. Add plans, and publish it.
    async fn create_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to create.")] input: CreateAppInput,
    ) -> Result<CreateAppPayload> {
        let caller = Caller::of(ctx);
        let done = catalog::create_app(&caller.market, &caller.by, input.into()).await;
        let (app, user_errors) = app(caller, done).await?;
        Ok(CreateAppPayload { app, user_errors })
    }

    /// Changes what an app says of itself: for its publisher.
    async fn update_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateAppInput,
    ) -> Result<UpdateAppPayload> {
        let caller = Caller::of(ctx);
        let done = async { catalog::update_app(&caller.market, &caller.by, input.parsed()?).await };
        let (app, user_errors) = app(caller, done.await).await?;
        Ok(UpdateAppPayload { app, user_errors })
    }

    /// Publishes an app, for the first time or again: its plans can be bought from then on. For its publisher.
    async fn publish_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app.")] input: PublishAppInput,
    ) -> Result<PublishAppPayload> {
        let caller = Caller::of(ctx);
        let done = async {
            let id = self::input(Kind::App, &input.app_id, "appId")?;
            catalog::publish_app(&caller.market, &caller.by, id).await.map(|()| id)
        };
        let (app, user_errors) = app(caller, done.await).await?;
        Ok(PublishAppPayload { app, user_errors })
    }

    /// Withdraws an app: it cannot be bought any more, and leaves the catalogue. What was bought lives on at its price. For its
    /// publisher, who can publish it again.
    async fn withdraw_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app.")] input: WithdrawAppInput,
    ) -> Result<WithdrawAppPayload> {
        let caller = Caller::of(ctx);
        let done = async {
            let id = self::input(Kind::App, &input.app_id, "appId")?;
            catalog::withdraw_app(&caller.market, &caller.by, id).await.map(|()| id)
        };
        let (app, user_errors) = app(caller, done.await).await?;
        Ok(WithdrawAppPayload { app, user_errors })
    }

    /// Adds a plan to an app: for its publisher. What it costs never changes: another price is another plan.
    async fn create_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: CreatePlanInput,
    ) -> Result<CreatePlanPayload> {
        let caller = Caller::of(ctx);
        let done = async { catalog::create_plan(&caller.market, &caller.by, input.parsed()?).await };
        let (plan, user_errors) = plan(caller, done.await).await?;
        Ok(CreatePlanPayload { plan, user_errors })
    }

    /// Retires a plan, for good: it cannot be bought any more. What was bought at it lives on at its price. For the publisher of
    /// its app.
    async fn retire_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which plan.")] input: RetirePlanInput,
    ) -> Result<RetirePlanPayload> {
        let caller = Caller::of(ctx);
        let done = async {
            let id = self::input(Kind::Plan, &input.plan_id, "planId")?;
            catalog::retire_plan(&caller.market, &caller.by, id).await.map(|()| id)
        };
        let (plan, user_errors) = plan(caller, done.await).await?;
        Ok(RetirePlanPayload { plan, user_errors })
    }
}
