//! Exporting what publishers sell, so that it can be imported again.

use super::{
    Publication,
    file::{AppEntry, Catalog, PlanEntry, PublisherEntry},
};
use crate::{Error, Input, Marketplace, Money, Result};
use entity::{
    app, app_category,
    id::{AppId, PlanId, PublisherId},
    plan, plan_country, publisher,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use std::{collections::HashMap, hash::Hash};

/// What all publishers sell, or the one with this short name. For whoever may read the database.
///
/// # Errors
/// `Invalid` when there is no such publisher; what the database said.
pub async fn export(market: &Marketplace, slug: Option<&str>) -> Result<Catalog> {
    let tx = market.db().snapshot().await?;
    let wanted = Condition::all().add_option(slug.map(|slug| publisher::Column::Slug.eq(slug)));
    let mut publishers = publisher::Entity::find().filter(wanted).all(&tx).await?;
    if let (Some(slug), true) = (slug, publishers.is_empty()) {
        return Err(Error::Invalid(Input::default(), format!("there is no publisher {slug}").into()));
    }
    let of_one = publishers.first().filter(|_| slug.is_some()).map(|publisher| publisher.id);
    let wanted = Condition::all().add_option(of_one.map(|id| app::Column::PublisherId.eq(id)));
    let mut rows = Rows {
        apps: grouped(app::Entity::find().filter(wanted).all(&tx).await?, |row| row.publisher_id),
        categories: grouped(app_category::Entity::find().all(&tx).await?, |row| row.app_id),
        plans: grouped(plan::Entity::find().all(&tx).await?, |row| row.app_id),
        countries: grouped(plan_country::Entity::find().all(&tx).await?, |row| row.plan_id),
    };
    tx.commit().await?;
    // Sorted here, because each database has its own order of texts.
    publishers.sort_by(|one, other| one.slug.cmp(&other.slug));
    let publishers = publishers.into_iter().map(|row| rows.publisher(row)).collect::<Result<_>>()?;
    Ok(Catalog { publishers })
}

struct Rows {
    apps: HashMap<PublisherId, Vec<app::Model>>,
    categories: HashMap<AppId, Vec<app_category::Model>>,
    plans: HashMap<AppId, Vec<plan::Model>>,
    countries: HashMap<PlanId, Vec<plan_country::Model>>,
}

impl Rows {
    fn publisher(&mut self, row: publisher::Model) -> Result<PublisherEntry> {
        let mut apps = self.apps.remove(&row.id).unwrap_or_default();
        apps.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(PublisherEntry {
            slug: row.slug,
            name: Some(row.name),
            support_url: Some(row.support_url),
            portal_url: Some(row.portal_url),
            apps: apps.into_iter().map(|row| self.app(row)).collect::<Result<_>>()?,
        })
    }

    fn app(&mut self, row: app::Model) -> Result<AppEntry> {
        let categories = self.categories.remove(&row.id).unwrap_or_default();
        let mut categories: Vec<_> = categories.into_iter().map(|row| row.category).collect();
        categories.sort();
        // As they are shown: the oldest first.
        let mut plans = self.plans.remove(&row.id).unwrap_or_default();
        plans.sort_by_key(|row| (row.created_at, row.id));
        Ok(AppEntry {
            id: Some(row.id.0),
            status: Publication::of(&row),
            name: row.name,
            summary: row.summary,
            description: row.description,
            categories,
            website_url: row.website_url,
            documentation_url: row.documentation_url,
            terms_url: row.terms_url,
            privacy_url: row.privacy_url,
            support_url: row.support_url,
            support_email: row.support_email,
            plans: plans.into_iter().map(|row| self.plan(row)).collect::<Result<_>>()?,
        })
    }

    fn plan(&mut self, row: plan::Model) -> Result<PlanEntry> {
        let countries = self.countries.remove(&row.id).unwrap_or_default();
        let mut countries: Vec<_> = countries.into_iter().map(|row| row.country).collect();
        countries.sort();
        Ok(PlanEntry {
            id: Some(row.id.0),
            price: Money::stored(row.unit_price, &row.currency)?.decimal(),
            name: row.name,
            pricing_model: row.pricing_model,
            billing_interval: row.billing_interval,
            currency: row.currency,
            min_licenses: row.min_licenses,
            max_licenses: row.max_licenses,
            countries,
            retired: row.retired_at.is_some(),
        })
    }
}

fn grouped<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
