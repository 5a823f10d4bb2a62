//! Withdrawing an app: it cannot be bought any more; what was bought lives on at its price.

use super::own_app;
use crate::{By, Marketplace, Result, access, bounded::Transaction};
use entity::{
    app,
    id::AppId,
    plan,
    state::{AppStatus, EventType},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::LockType,
};
use serde_json::json;

/// Withdraws it. One that is withdrawn already, or was never published, stays so.
///
/// # Errors
/// `NotFound`; `Forbidden` for everybody but publishers.
pub async fn withdraw_app(market: &Marketplace, by: &By, id: AppId) -> Result<()> {
    let publisher = access::publisher(&by.actor)?;
    let mut work = market.begin(by).await?;
    let row = own_app(&work, id).await?;
    if row.status == AppStatus::Withdrawn {
        return Ok(());
    }
    keep_from_being_bought(&work.tx, &row).await?;
    let mut row = row.into_active_model();
    row.status = Set(AppStatus::Withdrawn);
    row.update(&work.tx).await?;
    work.record_of_publisher(publisher, EventType::AppWithdrawn, json!({ "app": id }));
    work.commit().await
}

/// Waits for the purchases that have found one of the app's plans for sale, and lets no other find one before this
/// transaction ends. A purchase locks its plan, not the app.
pub(super) async fn keep_from_being_bought(tx: &Transaction, row: &app::Model) -> crate::Result<()> {
    plan::Entity::find()
        .filter(plan::Column::AppId.eq(row.id))
        .order_by_asc(plan::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(tx)
        .await?;
    Ok(())
}
