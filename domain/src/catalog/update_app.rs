//! Changing what an app says of itself.

use super::{changes, details::AppDetails, own_app, rows};
use crate::{By, Input, Marketplace, Result, access};
use entity::{app_category, id::AppId, state::EventType};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// Where there is more about an app, and where its customers find help.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Links {
    /// Where it is at home.
    pub website_url: Option<String>,
    /// Where its documentation is.
    pub documentation_url: Option<String>,
    /// Its terms of use.
    pub terms_url: Option<String>,
    /// What it does with personal data.
    pub privacy_url: Option<String>,
    /// Where its customers find help.
    pub support_url: Option<String>,
    /// The address at which its customers find help.
    pub support_email: Option<String>,
}

/// What to change: what is none stays, and what is none inside is cleared.
#[derive(Debug, Clone)]
pub struct UpdateApp {
    /// The app.
    pub app: AppId,
    /// Its name.
    pub name: Option<String>,
    /// What it is, in a line.
    pub summary: Option<String>,
    /// What it is, at length.
    pub description: Option<String>,
    /// The categories that it is found in, all of them.
    pub categories: Option<Vec<String>>,
    /// Where it is at home.
    pub website_url: Option<Option<String>>,
    /// Where its documentation is.
    pub documentation_url: Option<Option<String>>,
    /// Its terms of use.
    pub terms_url: Option<Option<String>>,
    /// What it does with personal data.
    pub privacy_url: Option<Option<String>>,
    /// Where its customers find help.
    pub support_url: Option<Option<String>>,
    /// The address at which its customers find help.
    pub support_email: Option<Option<String>>,
}

/// Changes it. Saying what is so already changes nothing.
///
/// # Errors
/// `Invalid`; `NotFound`; `Forbidden` for everybody but publishers.
pub async fn update_app(market: &Marketplace, by: &By, input: UpdateApp) -> Result<AppId> {
    let publisher = access::publisher(&by.actor)?;
    let mut work = market.begin(by).await?;
    let mut row = own_app(&work, input.app).await?;
    let old = row.clone();
    let of_app = app_category::Entity::find().filter(app_category::Column::AppId.eq(row.id));
    let stored: BTreeSet<_> = of_app.all(&work.tx).await?.into_iter().map(|row| row.category).collect();
    let details = AppDetails {
        name: input.name.unwrap_or_else(|| old.name.clone()),
        summary: input.summary.unwrap_or_else(|| old.summary.clone()),
        description: input.description.unwrap_or_else(|| old.description.clone()),
        categories: input.categories.unwrap_or_else(|| stored.iter().cloned().collect()),
        links: Links {
            website_url: input.website_url.unwrap_or_else(|| old.website_url.clone()),
            documentation_url: input.documentation_url.unwrap_or_else(|| old.documentation_url.clone()),
            terms_url: input.terms_url.unwrap_or_else(|| old.terms_url.clone()),
            privacy_url: input.privacy_url.unwrap_or_else(|| old.privacy_url.clone()),
            support_url: input.support_url.unwrap_or_else(|| old.support_url.clone()),
            support_email: input.support_email.unwrap_or_else(|| old.support_email.clone()),
        },
    };
    details.check(&Input::whole())?;
    let recategorized = stored != details.categories.iter().cloned().collect();
    (row.name, row.summary, row.description) = (details.name, details.summary, details.description);
    rows::set_links(&mut row, details.links);
    let changed = changes::of_app(&old, &row, recategorized);
    if changed.is_empty() {
        return Ok(input.app);
    }
    rows::set_categories(&work.tx, row.id, &details.categories).await?;
    row.into_active_model().reset_all().update(&work.tx).await?;
    let body = json!({ "app": input.app, "changed": changed });
    work.record_of_publisher(publisher, EventType::AppUpdated, body);
    work.commit().await?;
    Ok(input.app)
}
