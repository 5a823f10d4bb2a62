//! Registering an endpoint. Its secret is shown once.

use super::{MOST, address::destination, audience, signature, stored};
use crate::{
    By, Error, Input, Marketplace, Result,
    api_key::{Holder, lock},
    feed, text,
};
use entity::{
    id::WebhookEndpointId,
    state::EventType,
    webhook_endpoint::{Column, Entity, Model},
};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter};
use secrecy::SecretString;
use serde_json::json;

/// The endpoint to register.
#[derive(Debug, Clone)]
pub struct CreateWebhookEndpoint {
    /// The address.
    pub url: String,
    /// Which events it gets.
    pub event_types: Vec<EventType>,
    /// What it is for.
    pub description: Option<String>,
}

/// An endpoint that was registered.
#[derive(Debug, Clone)]
pub struct CreatedWebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// What signs its messages: nobody can see it again.
    pub secret: SecretString,
}

/// Registers an endpoint of the actor's organization, publisher or partner. It gets what happens from now on.
///
/// # Errors
/// `Invalid`, also when there are as many as there may be; `Forbidden`.
pub async fn create_webhook_endpoint(
    market: &Marketplace,
    by: &By,
    input: CreateWebhookEndpoint,
) -> Result<CreatedWebhookEndpoint> {
    let holder = super::holder(&by.actor).ok_or_else(|| {
        Error::Forbidden("webhooks belong to publishers, partners and the owners of organizations".into())
    })?;
    url(market, &input.url)?;
    types(holder, &input.event_types)?;
    description(input.description.as_deref())?;
    // Before the transaction: what commits in between is told rather than not.
    let begins = feed::head(market).await?;
    let mut work = market.begin(by).await?;
    lock(&work, holder).await?;
    let living = Entity::find().filter(of(holder)).filter(sea_orm::ColumnTrait::is_null(&Column::RemovedAt));
    if living.count(&work.tx).await? >= MOST {
        return Err(Error::invalid("url", format!("there are {MOST} endpoints: remove some first")));
    }
    let (organization_id, publisher_id, partner_id) = match holder {
        Holder::Organization(id) => (Some(id), None, None),
        Holder::Publisher(id) => (None, Some(id), None),
        Holder::Partner(id) => (None, None, Some(id)),
    };
    let id: WebhookEndpointId = work.id();
    work.insert(Model {
        id,
        organization_id,
        publisher_id,
        partner_id,
        url: input.url,
        description: input.description,
        event_types: stored(&input.event_types),
        begins_xid: begins.xid(),
        begins_position: begins.position(),
        failing_since: None,
        disabled_at: None,
        disabled_reason: None,
        created_at: work.now.real,
        removed_at: None,
    })
    .await?;
    let secret = signature::make(&work, id, organization_id).await?;
    work.record_of_holder(holder, EventType::WebhookEndpointCreated, json!({ "webhookEndpoint": id }))
        .await?;
    work.commit().await?;
    Ok(CreatedWebhookEndpoint { id, secret })
}

/// The endpoints of this holder.
fn of(holder: Holder) -> sea_orm::Condition {
    use sea_orm::ColumnTrait;
    sea_orm::Condition::all().add(match holder {
        Holder::Organization(id) => Column::OrganizationId.eq(id),
        Holder::Publisher(id) => Column::PublisherId.eq(id),
        Holder::Partner(id) => Column::PartnerId.eq(id),
    })
}

/// Whether it is an address that webhooks may be sent to.
pub(super) fn url(market: &Marketplace, url: &str) -> Result<()> {
    text::web_address(Input::field("url"), url)?;
    let allow_loopback = market.settings().webhooks.allow_loopback;
    match destination(url, allow_loopback) {
        Ok(_) => Ok(()),
        Err(refused) => Err(Error::invalid("url", refused.to_string())),
    }
}

/// Whether there are events of these types for this holder.
pub(super) fn types(holder: Holder, types: &[EventType]) -> Result<()> {
    if types.is_empty() {
        return Err(Error::invalid("eventTypes", "name at least one type of event"));
    }
    match types.iter().position(|kind| !audience::offered(holder, *kind)) {
        None => Ok(()),
        Some(index) => Err(Error::Invalid(
            Input::element("eventTypes", index),
            "you do not see events of this type".into(),
        )),
    }
}

/// Whether it can be shown on one line.
pub(super) fn description(description: Option<&str>) -> Result<()> {
    match description {
        Some(text) => text::one_line(Input::field("description"), text),
        None => Ok(()),
    }
}
