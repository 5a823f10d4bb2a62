//! Where apps are sold: countries of ISO 3166 in named regions. Data, which the operator changes.

use crate::{By, Error, Input, Marketplace, Result, access, country, text::one_line};
use entity::{
    state::EventType,
    supported_country::{Entity, Model},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect, sea_query::OnConflict};
use serde_json::json;

/// From now on apps are sold in the country. Its region can be changed the same way.
///
/// # Errors
/// `Invalid` for what is no country; `Forbidden` for everybody but operators.
pub async fn add_supported_country(
    market: &Marketplace,
    by: &By,
    country: &str,
    region: &str,
) -> Result<Model> {
    access::operator(&by.actor)?;
    let country = country::parse(country, Input::field("country"))?;
    one_line(Input::field("region"), region)?;
    let mut work = market.begin(by).await?;
    let row = Model { country, region: region.to_owned() };
    let new = row.clone().into_active_model().reset_all();
    let added = Entity::insert(new.clone())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&work.tx)
        .await?;
    if added > 0 {
        let body = json!({ "country": row.country, "region": row.region });
        work.record_on_marketplace(EventType::CountryAdded, body);
    } else {
        let known = Entity::find_by_id(&row.country).lock_exclusive().one(&work.tx).await?;
        // Whoever takes it out in this moment comes after.
        let known = known.ok_or(Error::Conflict)?;
        if known.region == row.region {
            return Ok(row);
        }
        let body = json!({ "country": row.country, "from": known.region, "region": row.region });
        new.update(&work.tx).await?;
        work.record_on_marketplace(EventType::CountryMoved, body);
    }
    work.commit().await?;
    Ok(row)
}

/// From now on apps are not sold in the country any more. What was bought lives on. Taking out one that is not there changes
/// nothing.
///
/// # Errors
/// `Invalid` for what is no country; `Forbidden` for everybody but operators.
pub async fn remove_supported_country(market: &Marketplace, by: &By, country: &str) -> Result<String> {
    access::operator(&by.actor)?;
    let country = country::parse(country, Input::field("country"))?;
    let mut work = market.begin(by).await?;
    let removed = Entity::delete_by_id(&country).exec(&work.tx).await?;
    if removed.rows_affected > 0 {
        work.record_on_marketplace(EventType::CountryRemoved, json!({ "country": country }));
        work.commit().await?;
    }
    Ok(country)
}
