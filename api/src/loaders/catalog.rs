//! Lists below apps and plans.

use super::grouped;
use async_graphql::dataloader::Loader;
use domain::{
    Actor, Error, Marketplace,
    view::catalog::{self, AppView},
};
use entity::{
    id::{AppId, PlanId},
    plan,
};
use std::{collections::HashMap, sync::Arc};

/// What belongs to apps and their plans.
pub(crate) struct CatalogParts {
    pub(crate) market: Marketplace,
    pub(crate) actor: Actor,
}

/// The app of a plan that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AppOf(pub(crate) AppId);

/// The plans of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PlansOf(pub(crate) AppId);

/// The categories of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CategoriesOf(pub(crate) AppId);

/// Where a plan is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CountriesOf(pub(crate) PlanId);

impl Loader<AppOf> for CatalogParts {
    type Value = AppView;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[AppOf]) -> Result<HashMap<AppOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        let found = catalog::apps_of_plans(&self.market, &self.actor, &ids).await?;
        Ok(found.into_iter().map(|view| (AppOf(view.row.id), view)).collect())
    }
}

impl Loader<PlansOf> for CatalogParts {
    type Value = Vec<plan::Model>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[PlansOf]) -> Result<HashMap<PlansOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        Ok(grouped(catalog::plans(&self.market, &self.actor, &ids).await?, |plan| PlansOf(plan.app_id)))
    }
}

impl Loader<CategoriesOf> for CatalogParts {
    type Value = Vec<String>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[CategoriesOf]) -> Result<HashMap<CategoriesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in catalog::categories(&self.market, &self.actor, &ids).await? {
            found.entry(CategoriesOf(row.app_id)).or_default().push(row.category);
        }
        Ok(found)
    }
}

impl Loader<CountriesOf> for CatalogParts {
    type Value = Vec<String>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[CountriesOf]) -> Result<HashMap<CountriesOf, Self::Value>, Self::Error> {
        let ids: Vec<_> = wanted.iter().map(|of| of.0).collect();
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in catalog::countries(&self.market, &self.actor, &ids).await? {
            found.entry(CountriesOf(row.plan_id)).or_default().push(row.country);
        }
        Ok(found)
    }
}
