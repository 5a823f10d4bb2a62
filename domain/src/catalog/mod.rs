//! What publishers sell: one operation a file, and the whole of it as a file that is exported and imported.

mod changes;
mod create_app;
mod create_plan;
mod details;
mod export;
mod file;
mod import;
mod publish_app;
mod retire_plan;
mod rows;
mod stored;
mod update_app;
mod update_publisher;
mod withdraw_app;

pub(crate) use self::details::HIGHEST_PRICE;
pub use self::{
    create_app::{CreateApp, create_app},
    create_plan::{CreatePlan, create_plan},
    details::{AppDetails, PlanTerms},
    export::export,
    file::{AppEntry, Catalog, PlanEntry, PublisherEntry},
    import::{Imported, import},
    publish_app::publish_app,
    retire_plan::retire_plan,
    update_app::{Links, UpdateApp, update_app},
    update_publisher::{UpdatePublisher, update_publisher},
    withdraw_app::withdraw_app,
};

use crate::{Error, Result, access, work::Work};
use entity::{
    app,
    id::{AppId, PlanId},
    plan,
    state::AppStatus,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::LockType};
use serde::{Deserialize, Serialize};

/// Where an app is between its publisher and those who buy it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Publication {
    /// It was never published: only its publisher knows of it.
    Draft,
    /// It can be bought.
    Published,
    /// It cannot be bought any more; what was bought lives on.
    Withdrawn,
}

impl Publication {
    /// Where this app is.
    pub fn of(row: &app::Model) -> Self {
        match (row.status, row.published_at) {
            (AppStatus::Published, _) => Self::Published,
            (AppStatus::Withdrawn, Some(_)) => Self::Withdrawn,
            (AppStatus::Withdrawn, None) => Self::Draft,
        }
    }
}

/// The publisher's own app, locked: whoever else changes it or its plans waits. A purchase, which only refers to it, need not.
///
/// # Errors
/// `Forbidden` for everybody but publishers; `NotFound`, also for an app of another publisher.
async fn own_app(work: &Work<'_>, id: AppId) -> Result<app::Model> {
    let publisher = access::publisher(&work.by.actor)?;
    work.reader()
        .find_by_id::<app::Entity>(id)
        .filter(app::Column::PublisherId.eq(publisher))
        .lock(LockType::NoKeyUpdate)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("appId"))
}

/// A plan of the publisher's own apps, locked: purchases that have found it for sale are waited for.
///
/// # Errors
/// `Forbidden` for everybody but publishers; `NotFound`, also for a plan of another publisher.
async fn own_plan(work: &Work<'_>, id: PlanId) -> Result<plan::Model> {
    let publisher = access::publisher(&work.by.actor)?;
    let own = app::Entity::find()
        .select_only()
        .column(app::Column::Id)
        .filter(app::Column::PublisherId.eq(publisher))
        .into_query();
    work.reader()
        .find_by_id::<plan::Entity>(id)
        .filter(plan::Column::AppId.in_subquery(own))
        .lock(LockType::NoKeyUpdate)
        .one(&work.tx)
        .await?
        .ok_or_else(|| Error::not_found("planId"))
}
