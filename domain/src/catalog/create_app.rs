//! Creating an app. It begins as a draft, which only its publisher sees.

use super::{details::AppDetails, rows};
use crate::{By, Input, Marketplace, Result, access, idempotency::Operation};
use entity::{
    app,
    id::AppId,
    state::{AppStatus, EventType},
};
use serde_json::json;

/// The app to create.
#[derive(Debug, Clone)]
pub struct CreateApp {
    /// What it says of itself.
    pub details: AppDetails,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
}

/// Creates it.
///
/// # Errors
/// `Invalid`; `Forbidden` for everybody but publishers.
pub async fn create_app(market: &Marketplace, by: &By, input: CreateApp) -> Result<AppId> {
    let publisher_id = access::publisher(&by.actor)?;
    input.details.check(&Input::whole())?;
    let mut work = market.begin(by).await?;
    let id: AppId = work.id();
    let key = input.idempotency_key.as_deref();
    if let Some(first) = work.repeated(Operation::CreateApp, key, &input.details, id.0).await? {
        return Ok(AppId(first));
    }
    let AppDetails { name, summary, description, categories, links } = input.details;
    let row = app::Model {
        id,
        publisher_id,
        name,
        summary,
        description,
        status: AppStatus::Withdrawn,
        published_at: None,
        website_url: links.website_url,
        documentation_url: links.documentation_url,
        terms_url: links.terms_url,
        privacy_url: links.privacy_url,
        support_url: links.support_url,
        support_email: links.support_email,
        created_at: work.at(),
    };
    work.insert(row).await?;
    rows::set_categories(&work.tx, id, &categories).await?;
    work.record_of_publisher(publisher_id, EventType::AppCreated, json!({ "app": id }));
    work.commit().await?;
    Ok(id)
}
