//! The catalogue: apps and their plans, and in a file of its own how publishers change them.

mod mutation;

pub(crate) use self::mutation::AppMutation;

use super::{
    enums::{AppStatus, BillingInterval, PricingModel},
    plan::Plan,
    publisher::Publisher,
};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::{Kind, decode, encode, input},
    loaders::{CategoriesOf, PlansOf},
    relay::{Connection, slice, wants_total},
};
use async_graphql::{Context, Description, ID, InputObject, Object, Result};
use domain::{
    catalog::Publication,
    view::catalog::{self, AppView},
};
use entity::plan;
use std::sync::Arc;

/// An app that a publisher sells.
#[derive(Debug, Clone, Description)]
pub(crate) struct App {
    view: Arc<AppView>,
    /// What belongs to all apps of a page was loaded together, if it was asked for.
    plans: Option<Arc<Vec<plan::Model>>>,
    available: Option<Option<bool>>,
}

impl App {
    /// An app by itself: what belongs to it is loaded when it is asked for.
    pub(crate) fn alone(view: AppView) -> Self {
        Self { view: Arc::new(view), plans: None, available: None }
    }

    async fn sold_here(caller: &Caller, views: &[&AppView]) -> domain::Result<Vec<Option<bool>>> {
        let Some(country) = domain::view::organization::country(&caller.market, caller.actor()).await? else {
            return Ok(views.iter().map(|_| None).collect());
        };
        let ids: Vec<_> = views.iter().map(|view| view.row.id).collect();
        let available = catalog::available_in(&caller.market, caller.actor(), &ids, &country).await?;
        Ok(ids.iter().map(|id| Some(available.contains(id))).collect())
    }
}

#[Object(use_type_description)]
impl App {
    /// The app's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::App, self.view.row.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.view.row.name
    }

    /// What it is, in a line.
    async fn summary(&self) -> &str {
        &self.view.row.summary
    }

    /// What it is, at length.
    async fn description(&self) -> &str {
        &self.view.row.description
    }

    /// Whether it can be bought. What is not for sale is shown to its publisher alone, and to whoever bought it.
    async fn status(&self) -> AppStatus {
        Publication::of(&self.view.row).into()
    }

    /// The categories that it is found in.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let found = Caller::of(ctx).loaders().catalog.load_one(CategoriesOf(self.view.row.id)).await;
        Ok(found.map_err(loaded)?.unwrap_or_default())
    }

    /// Where it is at home.
    async fn website_url(&self) -> Option<&str> {
        self.view.row.website_url.as_deref()
    }

    /// Where its documentation is.
    async fn documentation_url(&self) -> Option<&str> {
        self.view.row.documentation_url.as_deref()
    }

    /// Its terms of use.
    async fn terms_url(&self) -> Option<&str> {
        self.view.row.terms_url.as_deref()
    }

    /// What it does with personal data.
    async fn privacy_url(&self) -> Option<&str> {
        self.view.row.privacy_url.as_deref()
    }

    /// Where its customers find help; null when that is where its publisher gives support: `publisher { supportUrl }`.
    async fn support_url(&self) -> Option<&str> {
        self.view.row.support_url.as_deref()
    }

    /// The e-mail address at which its customers find help.
    async fn support_email(&self) -> Option<&str> {
        self.view.row.support_email.as_deref()
    }

    /// Whether a plan of it is sold in your organization's country; null for viewers without an organization.
    async fn available_in_my_region(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        match self.available {
            Some(known) => Ok(known),
            None => {
                let known = Self::sold_here(Caller::of(ctx), &[&self.view]).await.map_err(top_level)?;
                Ok(known.into_iter().next().flatten())
            }
        }
    }

    /// Who sells it.
    async fn publisher(&self) -> Publisher {
        Publisher(self.view.publisher.clone())
    }

    /// Its plans that are for sale, the oldest first; its publisher sees those that were retired too. In which countries each
    /// is sold it says itself.
    async fn plans(&self, ctx: &Context<'_>) -> Result<Vec<Plan>> {
        let rows = match &self.plans {
            Some(rows) => rows.as_ref().clone(),
            None => {
                let found = Caller::of(ctx).loaders().catalog.load_one(PlansOf(self.view.row.id)).await;
                found.map_err(loaded)?.unwrap_or_default()
            }
        };
        Ok(rows.into_iter().map(|row| Plan::of_app(row, self.view.clone())).collect())
    }
}

/// Which apps to list. All conditions have to hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct AppFilter {
    /// With this text in the name or summary, in any case of letters.
    text: Option<String>,
    /// Of this publisher.
    publisher_id: Option<ID>,
    /// In this category.
    category: Option<String>,
    /// With a plan of this pricing model.
    pricing_model: Option<PricingModel>,
    /// With a plan of this interval.
    billing_interval: Option<BillingInterval>,
    /// Sold, or not sold, in your organization's country. Ignored for viewers without an organization.
    available_in_my_region: Option<bool>,
}

impl AppFilter {
    async fn parsed(self, caller: &Caller) -> domain::Result<catalog::AppFilter> {
        let publisher = self.publisher_id.map(|id| input(Kind::Publisher, &id, "publisherId")).transpose()?;
        let available = match self.available_in_my_region {
            Some(wanted) => domain::view::organization::country(&caller.market, caller.actor())
                .await?
                .map(|country| (wanted, country)),
            None => None,
        };
        Ok(catalog::AppFilter {
            text: self.text,
            publisher,
            category: self.category,
            pricing_model: self.pricing_model.map(Into::into),
            billing_interval: self.billing_interval.map(Into::into),
            available,
        })
    }
}

#[derive(Default)]
pub(crate) struct AppQuery;

#[Object]
impl AppQuery {
    /// The catalogue: apps that can be bought, by name. A publisher sees its others too.
    async fn apps(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only these.")] filter: Option<AppFilter>,
    ) -> Result<Connection<App>> {
        let caller = Caller::of(ctx);
        let slice = slice(first, after, last, before).map_err(top_level)?;
        let filter = match filter.unwrap_or_default().parsed(caller).await {
            // What names nothing finds nothing.
            Err(domain::Error::NotFound(_)) => return Ok(domain::view::page::Page::empty().into()),
            filter => filter.map_err(top_level)?,
        };
        let page = catalog::apps(&caller.market, caller.actor(), &filter, &slice, wants_total(ctx)).await;
        let page = page.map_err(top_level)?;
        let views: Vec<_> = page.rows.iter().map(|(_, view)| view).collect();
        let look_ahead = ctx.look_ahead();
        let asks = |field: &str| {
            look_ahead.field("nodes").field(field).exists()
                || look_ahead.field("edges").field("node").field(field).exists()
        };
        let available = if asks("availableInMyRegion") {
            App::sold_here(caller, &views).await.map_err(top_level)?.into_iter().map(Some).collect()
        } else {
            vec![None; views.len()]
        };
        let plans = if asks("plans") {
            let ids: Vec<_> = views.iter().map(|view| view.row.id).collect();
            Some(catalog::plans(&caller.market, caller.actor(), &ids).await.map_err(top_level)?)
        } else {
            None
        };
        let mut available = available.into_iter();
        Ok(page
            .map(|view| App {
                plans: plans.as_ref().map(|plans| {
                    Arc::new(plans.iter().filter(|plan| plan.app_id == view.row.id).cloned().collect())
                }),
                available: available.next().flatten(),
                view: Arc::new(view),
            })
            .into())
    }

    /// An app of the catalogue, or a publisher's own.
    async fn app(&self, ctx: &Context<'_>, #[graphql(desc = "The app's id.")] id: ID) -> Result<Option<App>> {
        let caller = Caller::of(ctx);
        let Some(id) = decode(Kind::App, &id) else { return Ok(None) };
        Ok(catalog::app(&caller.market, caller.actor(), id).await.map_err(top_level)?.map(App::alone))
    }
}
