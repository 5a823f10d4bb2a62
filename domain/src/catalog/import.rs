//! Importing what publishers sell, all of it or nothing.
//!
//! Each entry is held against the row that it is about: what differs is changed, what is new is added, and what is not named
//! stays. What an entry may not change is refused with its place.

use super::{
    Publication, changes,
    file::{AppEntry, Catalog, PlanEntry, PublisherEntry},
    rows,
    stored::{Stored, unambiguous},
};
use crate::{
    By, Error, Input, Marketplace, Money, Result,
    api_key::{CreatedApiKey, Holder, first_key},
    operator::slug,
    text::{one_line, web_address},
    work::Work,
};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    app,
    id::{AppId, PublisherId},
    plan, publisher,
    state::{AppStatus, EventType},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What an import did, counted in publishers, apps and plans.
#[derive(Debug, Default)]
pub struct Imported {
    /// How many are new.
    pub new: usize,
    /// How many were changed.
    pub changed: usize,
    /// How many were there already, just so.
    pub unchanged: usize,
    /// The publishers that are new, by their short names, each with its first API key.
    pub publishers: Vec<(String, CreatedApiKey)>,
}

/// Imports it. For whoever may write to the database.
///
/// # Errors
/// `Invalid` with the path of the first entry that cannot be imported; what the database said. Nothing is written then.
pub async fn import(market: &Marketplace, catalog: &Catalog) -> Result<Imported> {
    let work = market.begin(&By::command("import catalog")).await?;
    let mut import = Import { work, done: Imported::default(), named: BTreeSet::new(), places: 0 };
    let mut slugs = BTreeSet::new();
    for (index, entry) in catalog.publishers.iter().enumerate() {
        let at = Input::default().below("publishers").below(index.to_string());
        if !slugs.insert(&entry.slug) {
            return refused(at.below("slug"), "this publisher is there twice: put its apps together");
        }
        import.publisher(entry, &at).await?;
    }
    import.work.commit().await?;
    Ok(import.done)
}

fn refused<T>(path: Input, message: impl Into<String>) -> Result<T> {
    Err(Error::Invalid(path, message.into().into()))
}

struct Import<'m> {
    work: Work<'m>,
    done: Imported,
    /// The rows that an entry was about.
    named: BTreeSet<Uuid>,
    /// How many rows are new: those of one file keep their order.
    places: i64,
}

impl Import<'_> {
    /// When a new row was created.
    fn created_at(&mut self) -> DateTime<Utc> {
        self.places += 1;
        self.work.at() + TimeDelta::microseconds(self.places)
    }

    /// Says in the history what the import did: one event for each thing that it changed.
    fn record(&mut self, publisher: PublisherId, kind: EventType, body: Json) {
        self.work.record_of_publisher(publisher, kind, body);
    }

    /// Counts a row that was there, and says whether it has to be written.
    fn differs(&mut self, differs: bool) -> bool {
        *(if differs { &mut self.done.changed } else { &mut self.done.unchanged }) += 1;
        differs
    }

    async fn publisher(&mut self, entry: &PublisherEntry, at: &Input) -> Result<()> {
        for (field, url) in [("supportUrl", &entry.support_url), ("portalUrl", &entry.portal_url)] {
            url.as_deref().map_or(Ok(()), |url| web_address(at.below(field), url))?;
        }
        entry.name.as_deref().map_or(Ok(()), |name| one_line(at.below("name"), name))?;
        let known = publisher::Entity::find()
            .filter(publisher::Column::Slug.eq(&entry.slug))
            .lock(LockType::NoKeyUpdate)
            .one(&self.work.tx)
            .await?;
        let id = match known {
            Some(row) => {
                let mut wanted = row.clone();
                wanted.name = entry.name.clone().unwrap_or(wanted.name);
                wanted.support_url = entry.support_url.clone().unwrap_or(wanted.support_url);
                wanted.portal_url = entry.portal_url.clone().unwrap_or(wanted.portal_url);
                if self.differs(wanted != row) {
                    let changed = changes::of_publisher(&row, &wanted);
                    self.record(
                        row.id,
                        EventType::PublisherUpdated,
                        json!({ "publisher": row.id, "changed": changed }),
                    );
                    wanted.into_active_model().reset_all().update(&self.work.tx).await?;
                }
                row.id
            }
            None => self.new_publisher(entry, at).await?,
        };
        unambiguous(entry.apps.iter().map(|app| (app.id, &app.name)), &at.below("apps"))?;
        let stored = Stored::of(&self.work.tx, id).await?;
        for (index, app) in entry.apps.iter().enumerate() {
            self.app(&stored, id, app, &at.below("apps").below(index.to_string())).await?;
        }
        Ok(())
    }

    async fn new_publisher(&mut self, entry: &PublisherEntry, at: &Input) -> Result<PublisherId> {
        slug(at.below("slug"), &entry.slug)?;
        let said = |field: &'static str, value: &Option<String>| match value {
            Some(value) => Ok(value.clone()),
            None => refused(at.below(field), "the publisher is new: say this of it"),
        };
        let id: PublisherId = self.work.id();
        let row = publisher::Model {
            id,
            slug: entry.slug.clone(),
            name: said("name", &entry.name)?,
            support_url: said("supportUrl", &entry.support_url)?,
            portal_url: said("portalUrl", &entry.portal_url)?,
            created_at: self.work.at(),
        };
        self.work.insert(row).await?;
        self.record(id, EventType::PublisherCreated, json!({ "publisher": id }));
        let key = first_key(&mut self.work, Holder::Publisher(id)).await?;
        self.done.new += 1;
        self.done.publishers.push((entry.slug.clone(), key));
        Ok(id)
    }

    async fn app(
        &mut self,
        stored: &Stored,
        publisher_id: PublisherId,
        entry: &AppEntry,
        at: &Input,
    ) -> Result<()> {
        let details = entry.details();
        details.check(at)?;
        let known = stored.app(&self.work.tx, entry, at).await?;
        let (id, created_at) = match known {
            Some(row) => (row.id, row.created_at),
            None => (entry.id.map_or_else(|| self.work.id(), AppId), self.created_at()),
        };
        if !self.named.insert(id.0) {
            return refused(at.clone(), "this app is there twice: name it once");
        }
        let mut row = app::Model {
            id,
            publisher_id,
            name: details.name,
            summary: details.summary,
            description: details.description,
            status: AppStatus::Withdrawn,
            published_at: known.and_then(|row| row.published_at),
            website_url: None,
            documentation_url: None,
            terms_url: None,
            privacy_url: None,
            support_url: None,
            support_email: None,
            created_at,
        };
        rows::set_links(&mut row, details.links);
        self.status(&mut row, entry.status, at)?;
        match known {
            Some(old) => {
                let categories = details.categories.iter().cloned().collect();
                let recategorized = stored.categories(id) != categories;
                if self.differs(row != *old || recategorized) {
                    let changed = changes::of_app(old, &row, recategorized);
                    if !changed.is_empty() {
                        self.record(
                            publisher_id,
                            EventType::AppUpdated,
                            json!({ "app": id, "changed": changed }),
                        );
                    }
                    if old.status != row.status || old.published_at != row.published_at {
                        self.record(publisher_id, moved_to(row.status), json!({ "app": id }));
                    }
                    row.into_active_model().reset_all().update(&self.work.tx).await?;
                    rows::set_categories(&self.work.tx, id, &details.categories).await?;
                }
            }
            None => {
                self.done.new += 1;
                self.record(publisher_id, EventType::AppCreated, json!({ "app": id }));
                if row.published_at.is_some() {
                    self.record(publisher_id, moved_to(row.status), json!({ "app": id }));
                }
                self.work.insert(row).await?;
                rows::set_categories(&self.work.tx, id, &details.categories).await?;
            }
        }
        let at = at.below("plans");
        unambiguous(entry.plans.iter().map(|plan| (plan.id, &plan.name)), &at)?;
        let others = stored.plans(id).next().map(|row| row.pricing_model);
        let others = others.or(entry.plans.first().map(|plan| plan.pricing_model));
        for (index, plan) in entry.plans.iter().enumerate() {
            let at = at.below(index.to_string());
            self.plan(stored, (publisher_id, id), plan, &at).await?;
            others.map_or(Ok(()), |others| rows::one_pricing_model(others, plan.pricing_model, &at))?;
        }
        Ok(())
    }

    fn status(&self, row: &mut app::Model, wanted: Publication, at: &Input) -> Result<()> {
        let first = row.published_at.unwrap_or(self.work.at());
        (row.status, row.published_at) = match wanted {
            Publication::Draft if row.published_at.is_some() => {
                let message = "the app was published before, and is no draft any more: write WITHDRAWN";
                return refused(at.below("status"), message);
            }
            Publication::Draft => (AppStatus::Withdrawn, None),
            Publication::Published => (AppStatus::Published, Some(first)),
            Publication::Withdrawn => (AppStatus::Withdrawn, Some(first)),
        };
        Ok(())
    }

    async fn plan(
        &mut self,
        stored: &Stored,
        (publisher, app): (PublisherId, AppId),
        entry: &PlanEntry,
        at: &Input,
    ) -> Result<()> {
        let terms = entry.terms();
        let price = terms.check(at)?;
        let known = stored.plan(&self.work.tx, app, entry, at).await?;
        let (id, created_at) = match known {
            Some(row) => (row.id, row.created_at),
            None => (entry.id.map_or_else(|| self.work.id(), Into::into), self.created_at()),
        };
        if !self.named.insert(id.0) {
            return refused(at.clone(), "this plan is there twice: name it once");
        }
        let mut row = rows::plan(id, app, &terms, price.minor, created_at);
        row.retired_at = entry.retired.then(|| self.work.at());
        match known {
            Some(old) => {
                keeps_its_terms(old, &row, at)?;
                row.retired_at = old.retired_at.or(row.retired_at);
                let countries = terms.countries.iter().cloned().collect();
                let moved = stored.countries(id) != countries;
                if self.differs(row != *old || moved) {
                    let changed = changes::of_plan(old, &row, moved);
                    if !changed.is_empty() {
                        let body = json!({ "app": app, "plan": id, "changed": changed });
                        self.record(publisher, EventType::PlanUpdated, body);
                    }
                    if old.retired_at != row.retired_at {
                        self.record(publisher, EventType::PlanRetired, json!({ "app": app, "plan": id }));
                    }
                    row.into_active_model().reset_all().update(&self.work.tx).await?;
                    rows::set_countries(&self.work.tx, id, &terms.countries).await?;
                }
            }
            None => {
                self.done.new += 1;
                self.record(publisher, EventType::PlanCreated, changes::new_plan(&row));
                if row.retired_at.is_some() {
                    self.record(publisher, EventType::PlanRetired, json!({ "app": app, "plan": id }));
                }
                self.work.insert(row).await?;
                rows::set_countries(&self.work.tx, id, &terms.countries).await?;
            }
        }
        Ok(())
    }
}

/// That an app can be bought from now on, or not any more.
fn moved_to(status: AppStatus) -> EventType {
    match status {
        AppStatus::Published => EventType::AppPublished,
        AppStatus::Withdrawn => EventType::AppWithdrawn,
    }
}

/// Whether a plan costs what it did, and stays retired if it was.
fn keeps_its_terms(old: &plan::Model, new: &plan::Model, at: &Input) -> Result<()> {
    let cost = Money::stored(old.unit_price, &old.currency)?;
    let fixed = |field: &'static str, kept: bool| {
        let message = format!(
            "the plan costs {cost} {}, which never changes: leave it as it was, retire it, and add another plan",
            per(old)
        );
        if kept { Ok(()) } else { refused(at.below(field), message) }
    };
    fixed("pricingModel", old.pricing_model == new.pricing_model)?;
    fixed("billingInterval", old.billing_interval == new.billing_interval)?;
    fixed("currency", old.currency == new.currency)?;
    fixed("price", old.unit_price == new.unit_price)?;
    if old.retired_at.is_some() && new.retired_at.is_none() {
        let message = "the plan was retired, and stays so: write true, and add another plan";
        return refused(at.below("retired"), message);
    }
    Ok(())
}

/// What a plan's price is for.
fn per(plan: &plan::Model) -> &'static str {
    use entity::state::{BillingInterval::*, PricingModel::*};
    match (plan.pricing_model, plan.billing_interval) {
        (FlatRate, Month) => "a month",
        (FlatRate, Year) => "a year",
        (PerLicense, Month) => "a licence and month",
        (PerLicense, Year) => "a licence and year",
    }
}
