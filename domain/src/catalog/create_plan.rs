//! Adding a plan to an app. Its price, currency, interval and pricing model never change: another price is another plan.

use super::{changes, details::PlanTerms, own_app, rows};
use crate::{By, Input, Marketplace, Result, access, idempotency::Operation};
use entity::{
    id::{AppId, PlanId},
    plan,
    state::EventType,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// The plan to add.
#[derive(Debug, Clone)]
pub struct CreatePlan {
    /// The app.
    pub app: AppId,
    /// What it costs and where it is sold.
    pub terms: PlanTerms,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
}

/// Adds it. It is for sale at once if the app is published.
///
/// # Errors
/// `Invalid`, also for another pricing model than the app's other plans have; `NotFound`; `Forbidden` for everybody but
/// publishers.
pub async fn create_plan(market: &Marketplace, by: &By, input: CreatePlan) -> Result<PlanId> {
    let publisher = access::publisher(&by.actor)?;
    let price = input.terms.check(&Input::whole())?;
    let mut work = market.begin(by).await?;
    let id: PlanId = work.id();
    let (key, asked) = (input.idempotency_key.as_deref(), (input.app, &input.terms));
    if let Some(first) = work.repeated(Operation::CreatePlan, key, &asked, id.0).await? {
        return Ok(PlanId(first));
    }
    let app = own_app(&work, input.app).await?;
    // The retired ones too: what was bought at them goes on.
    let other = plan::Entity::find().filter(plan::Column::AppId.eq(app.id)).one(&work.tx).await?;
    if let Some(other) = other {
        rows::one_pricing_model(other.pricing_model, input.terms.pricing_model, &Input::whole())?;
    }
    let row = rows::plan(id, app.id, &input.terms, price.minor, work.at());
    work.insert(row.clone()).await?;
    rows::set_countries(&work.tx, id, &input.terms.countries).await?;
    work.record_of_publisher(publisher, EventType::PlanCreated, changes::new_plan(&row));
    work.commit().await?;
    Ok(id)
}
