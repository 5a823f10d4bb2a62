//! Changing what an app says of itself.

use super::{details::AppDetails, own_app, rows};
use crate::{By, Input, Marketplace, Result, access};
use entity::{app_category, id::AppId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;

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

/// Changes it.
///
/// # Errors
/// `Invalid`; `NotFound`; `Forbidden` for everybody but publishers.
pub async fn update_app(market: &Marketplace, by: &By, input: UpdateApp) -> Result<AppId> {
    access::publisher(&by.actor)?;
    let work = market.begin(by).await?;
    let mut row = own_app(&work, input.app).await?;
    let old = row.clone();
    let categories = match input.categories {
        Some(categories) => categories,
        None => {
            let of_app = app_category::Entity::find().filter(app_category::Column::AppId.eq(row.id));
            of_app.all(&work.tx).await?.into_iter().map(|row| row.category).collect()
        }
    };
    let details = AppDetails {
        name: input.name.unwrap_or(old.name),
        summary: input.summary.unwrap_or(old.summary),
        description: input.description.unwrap_or(old.description),
        categories,
        links: Links {
            website_url: input.website_url.unwrap_or(old.website_url),
            documentation_url: input.documentation_url.unwrap_or(old.documentation_url),
            terms_url: input.terms_url.unwrap_or(old.terms_url),
            privacy_url: input.privacy_url.unwrap_or(old.privacy_url),
            support_url: input.support_url.unwrap_or(old.support_url),
            support_email: input.support_email.unwrap_or(old.support_email),
        },
    };
    details.check(&Input::whole())?;
    rows::set_categories(&work.tx, row.id, &details.categories).await?;
    (row.name, row.summary, row.description) = (details.name, details.summary, details.description);
    rows::set_links(&mut row, details.links);
    row.into_active_model().reset_all().update(&work.tx).await?;
    work.commit().await?;
    Ok(input.app)
}
