//! Rows of the catalogue, as operations and the import write them.

use super::{details::PlanTerms, update_app::Links};
use crate::{Error, Input, Result};
use chrono::{DateTime, Utc};
use entity::{
    app, app_category,
    id::{AppId, PlanId},
    plan, plan_country,
    state::PricingModel,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// A new plan with these terms, which were checked, and its price in minor units.
pub(super) fn plan(
    id: PlanId,
    app_id: AppId,
    terms: &PlanTerms,
    unit_price: i64,
    created_at: DateTime<Utc>,
) -> plan::Model {
    plan::Model {
        id,
        app_id,
        name: terms.name.clone(),
        pricing_model: terms.pricing_model,
        billing_interval: terms.billing_interval,
        currency: terms.currency.clone(),
        unit_price,
        min_licenses: terms.min_licenses,
        max_licenses: terms.max_licenses,
        retired_at: None,
        created_at,
    }
}

/// Replaces where there is more about an app.
pub(super) fn set_links(row: &mut app::Model, links: Links) {
    row.website_url = links.website_url;
    row.documentation_url = links.documentation_url;
    row.terms_url = links.terms_url;
    row.privacy_url = links.privacy_url;
    row.support_url = links.support_url;
    row.support_email = links.support_email;
}

/// Replaces the categories of an app.
pub(super) async fn set_categories(
    db: &impl ConnectionTrait,
    app: AppId,
    categories: &[String],
) -> Result<()> {
    app_category::Entity::delete_many().filter(app_category::Column::AppId.eq(app)).exec(db).await?;
    let rows =
        categories.iter().map(|category| app_category::Model { app_id: app, category: category.clone() });
    let rows: Vec<_> = rows.map(IntoActiveModel::into_active_model).collect();
    if !rows.is_empty() {
        app_category::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Replaces the countries where a plan is sold.
pub(super) async fn set_countries(
    db: &impl ConnectionTrait,
    plan: PlanId,
    countries: &[String],
) -> Result<()> {
    plan_country::Entity::delete_many().filter(plan_country::Column::PlanId.eq(plan)).exec(db).await?;
    let rows =
        countries.iter().map(|country| plan_country::Model { plan_id: plan, country: country.clone() });
    let rows: Vec<_> = rows.map(IntoActiveModel::into_active_model).collect();
    plan_country::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Whether a plan counts what the app's others count.
///
/// # Errors
/// `Invalid` with what they do.
pub(super) fn one_pricing_model(others: PricingModel, own: PricingModel, at: &Input) -> Result<()> {
    if others == own {
        return Ok(());
    }
    let (others, write) = match others {
        PricingModel::FlatRate => ("a flat rate", "FLAT_RATE"),
        PricingModel::PerLicense => ("per licence", "PER_LICENSE"),
    };
    let message = format!(
        "the other plans of this app are {others}, and all plans of an app count the same: write {write}"
    );
    Err(Error::Invalid(at.below("pricingModel"), message.into()))
}
