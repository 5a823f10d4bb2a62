//! Revoking an API key: from the next request on, everywhere.

use super::Holder;
use crate::{By, Error, Marketplace, Result};
use entity::{api_key::Entity, id::ApiKeyId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use serde_json::json;

/// Revokes it, for good. Revoking it again changes nothing.
///
/// # Errors
/// `NotFound` and `Forbidden`.
pub async fn revoke_api_key(market: &Marketplace, by: &By, id: ApiKeyId) -> Result<ApiKeyId> {
    let holder = Holder::of(&by.actor)?;
    let mut work = market.begin(by).await?;
    let found = Entity::find_by_id(id)
        .filter(holder.keys())
        .lock_exclusive()
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("apiKeyId"))?;
    if found.revoked_at.is_some() {
        return Ok(id);
    }
    let mut row = found.into_active_model();
    row.revoked_at = Set(Some(work.now.real));
    row.update(&work.tx).await?;
    work.record_of_holder(holder, holder.revoked(), json!({ "apiKey": id })).await?;
    work.commit().await?;
    Ok(id)
}
