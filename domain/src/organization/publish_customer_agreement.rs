//! A new version of the Customer Agreement: it has to be accepted before the next purchase. What runs goes on.

use crate::{
    By, Error, Input, Marketplace, Result, access,
    text::{one_line, web_page},
};
use entity::{
    customer_agreement::{Entity, Model},
    state::EventType,
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

/// A version of the Customer Agreement.
#[derive(Debug, Clone)]
pub struct PublishCustomerAgreement {
    /// Its name, such as `2026-07`, which no version has yet.
    pub version: String,
    /// Where its text can be read.
    pub url: String,
}

/// Publishes it: it is the current one from now on. Publishing the current one again changes nothing.
///
/// # Errors
/// `Invalid`, also for a version that there was before; `Forbidden` for everybody but operators.
pub async fn publish_customer_agreement(
    market: &Marketplace,
    by: &By,
    input: PublishCustomerAgreement,
) -> Result<Model> {
    access::operator(&by.actor)?;
    one_line(Input::field("version"), &input.version)?;
    web_page(Input::field("url"), &input.url)?;
    let mut work = market.begin(by).await?;
    let newest =
        Entity::find().order_by_desc(entity::customer_agreement::Column::PublishedAt).one(&work.tx).await?;
    if let Some(current) = &newest
        && current.version == input.version
        && current.url == input.url
    {
        return Ok(current.clone());
    }
    if Entity::find_by_id(&input.version).one(&work.tx).await?.is_some() {
        return Err(Error::invalid(
            "version",
            "there was this version before: give the new one another name",
        ));
    }
    // A clock that was set back must not make an older version the current one.
    let published_at = match newest {
        Some(newest) => work.at().max(newest.published_at + chrono::TimeDelta::microseconds(1)),
        None => work.at(),
    };
    let row = Model { version: input.version, url: input.url, published_at };
    work.insert(row.clone()).await?;
    work.record_on_marketplace(EventType::AgreementPublished, json!({ "version": row.version }));
    work.commit().await?;
    Ok(row)
}
