//! What a publisher sold before an import, and which row an entry of the file is about.

use super::file::{AppEntry, PlanEntry};
use crate::{Error, Input, Result, bounded::Transaction};
use entity::{
    app, app_category,
    id::{AppId, PlanId, PublisherId},
    plan, plan_country,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, sea_query::LockType,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The rows of one publisher, locked.
pub(super) struct Stored {
    apps: Vec<app::Model>,
    plans: HashMap<AppId, Vec<plan::Model>>,
    categories: HashMap<AppId, BTreeSet<String>>,
    countries: HashMap<PlanId, BTreeSet<String>>,
}

impl Stored {
    pub(super) async fn of(tx: &Transaction, publisher: PublisherId) -> Result<Self> {
        // Apps before their plans, as everybody locks them; purchases lock the plan.
        let of_publisher = || app::Entity::find().filter(app::Column::PublisherId.eq(publisher));
        let apps = of_publisher().order_by_asc(app::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
        let ids = |select: Select<app::Entity>| select.select_only().column(app::Column::Id).into_query();
        let of_apps = || plan::Entity::find().filter(plan::Column::AppId.in_subquery(ids(of_publisher())));
        let rows = of_apps().order_by_asc(plan::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
        let mut stored =
            Self { apps, plans: HashMap::new(), categories: HashMap::new(), countries: HashMap::new() };
        for row in rows {
            stored.plans.entry(row.app_id).or_default().push(row);
        }
        let categories =
            app_category::Entity::find().filter(app_category::Column::AppId.in_subquery(ids(of_publisher())));
        for row in categories.all(tx).await? {
            stored.categories.entry(row.app_id).or_default().insert(row.category);
        }
        let of_plans = of_apps().select_only().column(plan::Column::Id).into_query();
        let countries =
            plan_country::Entity::find().filter(plan_country::Column::PlanId.in_subquery(of_plans));
        for row in countries.all(tx).await? {
            stored.countries.entry(row.plan_id).or_default().insert(row.country);
        }
        Ok(stored)
    }

    pub(super) fn categories(&self, app: AppId) -> BTreeSet<String> {
        self.categories.get(&app).cloned().unwrap_or_default()
    }

    pub(super) fn countries(&self, plan: PlanId) -> BTreeSet<String> {
        self.countries.get(&plan).cloned().unwrap_or_default()
    }

    pub(super) fn plans(&self, app: AppId) -> impl Iterator<Item = &plan::Model> {
        self.plans.get(&app).into_iter().flatten()
    }

    /// The app that the entry is about; none for a new one.
    ///
    /// # Errors
    /// `Invalid` when it is another publisher's, or could be several.
    pub(super) async fn app(
        &self,
        tx: &Transaction,
        entry: &AppEntry,
        at: &Input,
    ) -> Result<Option<&app::Model>> {
        let Some(id) = entry.id else {
            return one(self.apps.iter().filter(|row| row.name == entry.name), at);
        };
        let known = self.apps.iter().find(|row| row.id.0 == id);
        if known.is_none() && app::Entity::find_by_id(AppId(id)).one(tx).await?.is_some() {
            return elsewhere("this is the id of another publisher's app: leave it out", at);
        }
        Ok(known)
    }

    /// The plan that the entry is about; none for a new one. By its name one that is for sale is found first.
    ///
    /// # Errors
    /// `Invalid` when it is another app's, or could be several.
    pub(super) async fn plan(
        &self,
        tx: &Transaction,
        app: AppId,
        entry: &PlanEntry,
        at: &Input,
    ) -> Result<Option<&plan::Model>> {
        let Some(id) = entry.id else {
            let named = |retired: bool| {
                self.plans(app)
                    .filter(move |row| row.name == entry.name && row.retired_at.is_some() == retired)
            };
            return match one(named(false), at)? {
                None if entry.retired => one(named(true), at),
                found => Ok(found),
            };
        };
        let known = self.plans(app).find(|row| row.id.0 == id);
        if known.is_none() && plan::Entity::find_by_id(PlanId(id)).one(tx).await?.is_some() {
            return elsewhere("this is the id of another app's plan: leave it out", at);
        }
        Ok(known)
    }
}

fn elsewhere<T>(message: &'static str, at: &Input) -> Result<T> {
    Err(Error::Invalid(at.below("id"), message.into()))
}

fn one<'a, R>(mut found: impl Iterator<Item = &'a R>, at: &Input) -> Result<Option<&'a R>> {
    let first = found.next();
    if found.next().is_some() {
        let message = "there are several of this name: say by its id which of them it is";
        return Err(Error::Invalid(at.below("name"), message.into()));
    }
    Ok(first)
}

/// Whether each entry without an id, which is recognized by its name, has a name of its own.
///
/// # Errors
/// `Invalid` for the first that does not.
pub(super) fn unambiguous<'a>(
    entries: impl Iterator<Item = (Option<Uuid>, &'a String)> + Clone,
    at: &Input,
) -> Result<()> {
    let mut count: HashMap<&String, usize> = HashMap::new();
    for (_, name) in entries.clone() {
        *count.entry(name).or_default() += 1;
    }
    for (index, (id, name)) in entries.enumerate() {
        if id.is_none() && count.get(name).is_some_and(|count| *count > 1) {
            let message = "another one here has the same name: tell them apart by an id each";
            return Err(Error::Invalid(at.below(index.to_string()).below("name"), message.into()));
        }
    }
    Ok(())
}
