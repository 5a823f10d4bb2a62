//! Retiring a plan: it cannot be bought any more; what was bought at it lives on at its price.

use super::own_plan;
use crate::{By, Marketplace, Result, access};
use entity::{id::PlanId, state::EventType};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

/// Retires it, for good. One that is retired already stays as it is.
///
/// # Errors
/// `NotFound`; `Forbidden` for everybody but publishers.
pub async fn retire_plan(market: &Marketplace, by: &By, id: PlanId) -> Result<()> {
    let publisher = access::publisher(&by.actor)?;
    let mut work = market.begin(by).await?;
    let row = own_plan(&work, id).await?;
    if row.retired_at.is_some() {
        return Ok(());
    }
    let body = json!({ "app": row.app_id, "plan": id });
    let mut row = row.into_active_model();
    row.retired_at = Set(Some(work.at()));
    row.update(&work.tx).await?;
    work.record_of_publisher(publisher, EventType::PlanRetired, body);
    work.commit().await
}
