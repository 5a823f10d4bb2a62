//! Publishing an app: it can be bought from then on.

use super::own_app;
use crate::{By, Marketplace, Result, access};
use entity::{
    id::AppId,
    state::{AppStatus, EventType},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

/// Publishes it, for the first time or again. One that is published already stays so.
///
/// # Errors
/// `NotFound`; `Forbidden` for everybody but publishers.
pub async fn publish_app(market: &Marketplace, by: &By, id: AppId) -> Result<()> {
    let publisher = access::publisher(&by.actor)?;
    let mut work = market.begin(by).await?;
    let row = own_app(&work, id).await?;
    if row.status == AppStatus::Published {
        return Ok(());
    }
    let first = row.published_at.unwrap_or(work.at());
    let mut row = row.into_active_model();
    (row.status, row.published_at) = (Set(AppStatus::Published), Set(Some(first)));
    row.update(&work.tx).await?;
    work.record_of_publisher(publisher, EventType::AppPublished, json!({ "app": id }));
    work.commit().await
}
