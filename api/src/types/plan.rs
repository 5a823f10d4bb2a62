//! Plans: what apps cost.

use super::{
    app::App,
    enums::{BillingInterval, PricingModel},
    money::{Money, money},
};
use crate::{
    caller::Caller,
    error::{loaded, top_level},
    global_id::{Kind, encode},
    loaders::{AppOf, CountriesOf},
};
use async_graphql::{Context, Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use domain::view::catalog::AppView;
use entity::plan;
use std::sync::Arc;

/// What an app costs. It never changes: another price is another plan.
#[derive(Debug, Clone, Description)]
pub(crate) struct Plan {
    row: plan::Model,
    /// Its app, when it was reached from there.
    app: Option<Arc<AppView>>,
}

impl Plan {
    /// A plan by itself: its app is loaded when it is asked for.
    pub(crate) fn new(row: plan::Model) -> Self {
        Self { row, app: None }
    }

    /// A plan of an app that is at hand.
    pub(crate) fn of_app(row: plan::Model, app: Arc<AppView>) -> Self {
        Self { row, app: Some(app) }
    }
}

#[Object(use_type_description)]
impl Plan {
    /// The plan's id.
    pub(crate) async fn id(&self) -> ID {
        encode(Kind::Plan, self.row.id.0)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it is a plan of.
    async fn app(&self, ctx: &Context<'_>) -> Result<App> {
        let view = match &self.app {
            Some(view) => Some(view.as_ref().clone()),
            None => {
                Caller::of(ctx).loaders().catalog.load_one(AppOf(self.row.app_id)).await.map_err(loaded)?
            }
        };
        view.map(App::alone).ok_or_else(|| top_level(domain::Error::internal("a plan without its app")))
    }

    /// What it counts.
    async fn pricing_model(&self) -> PricingModel {
        self.row.pricing_model.into()
    }

    /// How long a period is.
    async fn billing_interval(&self) -> BillingInterval {
        self.row.billing_interval.into()
    }

    /// The price of one licence, or of the flat rate, for one period, without tax.
    async fn price(&self) -> Result<Money> {
        money(self.row.unit_price, &self.row.currency)
    }

    /// The fewest licences that can be bought; null for a flat rate.
    async fn min_licenses(&self) -> Option<i64> {
        self.row.min_licenses
    }

    /// The most licences that can be bought; null for a flat rate.
    async fn max_licenses(&self) -> Option<i64> {
        self.row.max_licenses
    }

    /// The countries where it is sold: ISO 3166 alpha-2 codes.
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let found = Caller::of(ctx).loaders().catalog.load_one(CountriesOf(self.row.id)).await;
        Ok(found.map_err(loaded)?.unwrap_or_default())
    }

    /// Since when it is not sold any more; null while it is. What was bought at it lives on at its price.
    async fn retired_at(&self) -> Option<DateTime<Utc>> {
        self.row.retired_at
    }
}
