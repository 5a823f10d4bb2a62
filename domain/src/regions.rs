//! Where apps are sold: countries of ISO 3166 in named regions. Data, which the operator changes.

use crate::{By, Input, Marketplace, Result, access, country, text::one_line};
use entity::supported_country::{Entity, Model};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, sea_query::OnConflict};

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
    let work = market.begin(by).await?;
    let row = Model { country, region: region.to_owned() };
    let known = OnConflict::column(entity::supported_country::Column::Country)
        .update_column(entity::supported_country::Column::Region)
        .to_owned();
    Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(known)
        .exec_without_returning(&work.tx)
        .await?;
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
    let work = market.begin(by).await?;
    Entity::delete_by_id(&country).exec(&work.tx).await?;
    work.commit().await?;
    Ok(country)
}
