//! Countries: ISO 3166 codes, and where apps are sold.

use crate::{Error, Input, Result};
use entity::supported_country;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// The ISO 3166 alpha-2 code.
///
/// # Errors
/// `Invalid` when ISO 3166 has none.
pub fn parse(code: &str, path: Input) -> Result<String> {
    rust_iso3166::from_alpha2(code)
        .map(|country| country.alpha2.to_owned())
        .ok_or_else(|| Error::Invalid(path, format!("{code} is not a country of ISO 3166").into()))
}

/// The English name of a country, or the code itself when ISO 3166 has none.
pub fn name(code: &str) -> String {
    rust_iso3166::from_alpha2(code).map_or_else(|| code.to_owned(), |country| country.name.to_owned())
}

/// Whether apps are sold in all of these countries.
///
/// # Errors
/// What the database said.
pub async fn supported(db: &impl ConnectionTrait, countries: &[&str]) -> Result<bool> {
    let mut distinct = countries.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let found = supported_country::Entity::find()
        .filter(supported_country::Column::Country.is_in(distinct.iter().copied()))
        .count(db)
        .await?;
    Ok(found == distinct.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_those_of_iso_3166() {
        let code = |text: &str| parse(text, Input::field("country")).ok();
        assert_eq!(code("DE").as_deref(), Some("DE"));
        for nothing in ["", "XX", "de", "DEU", "Germany"] {
            assert_eq!(code(nothing), None, "{nothing}");
        }
        assert_eq!((name("DE"), name("XX")), ("Germany".to_owned(), "XX".to_owned()));
    }
}
