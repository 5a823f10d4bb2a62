//! That a publisher has set an app up for an organization: once for all its copies.

use super::lifecycle::State;
use crate::{Actor, By, Code, Error, Marketplace, Result};
use entity::{
    app_setup,
    id::{AppId, OrganizationId, SubscriptionId},
    state::EventType,
};
use sea_orm::EntityTrait;
use serde_json::json;

/// Records it, by one of the subscriptions. Later copies of the app need none, and doing it again changes nothing.
///
/// # Errors
/// `DISABLED_IS_TERMINAL` by a disabled subscription whose app was not set up; `NotFound`; `Forbidden` for everybody but the
/// publisher.
pub async fn complete_app_setup(
    market: &Marketplace,
    by: &By,
    subscription: SubscriptionId,
) -> Result<(OrganizationId, AppId)> {
    let mut work = market.begin(by).await?;
    // Another copy of the app may be set up in this moment: the second waits here, and finds the first's.
    let (mut organization, subscription) =
        work.subscription_of_organization(subscription, "subscriptionId").await?;
    let Actor::Publisher(publisher) = by.actor else {
        return Err(Error::Forbidden("only the publisher sets an app up".into()));
    };
    let key = (subscription.row.organization_id, subscription.row.app_id);
    if app_setup::Entity::find_by_id(key).one(&work.tx).await?.is_some() {
        return Ok(key);
    }
    if matches!(subscription.state()?, State::Disabled { .. }) {
        return Err(Code::DisabledIsTerminal.into());
    }
    work.insert(app_setup::Model {
        organization_id: key.0,
        app_id: key.1,
        publisher_id: publisher,
        completed_at: work.at(),
    })
    .await?;
    let body = json!({ "app": key.1, "subscription": subscription.row.id });
    work.record_on_organization(&mut organization, EventType::AppSetUp, body);
    work.commit().await?;
    Ok(key)
}
