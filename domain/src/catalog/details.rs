//! What apps and plans say of themselves, and whether a catalogue can show it.

use super::update_app::Links;
use crate::{
    Error, Input, Money, Result, country,
    money::Currency,
    organization::people,
    text::{lines, one_line, web_page},
};
use entity::state::{BillingInterval, PricingModel};
use serde::Serialize;
use std::collections::BTreeSet;

/// The longest description of an app, in characters.
const LONGEST_DESCRIPTION: usize = 10_000;

/// The most categories of an app.
const MOST_CATEGORIES: usize = 10;

/// The longest category, in characters.
const LONGEST_CATEGORY: usize = 50;

/// The highest price of one unit, in minor units: what an invoice adds up stays far below what can be counted.
pub(crate) const HIGHEST_PRICE: i64 = 100_000_000_000;

/// The most licences that a plan allows.
const MOST_LICENSES: i64 = 1_000_000;

/// What an app says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppDetails {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub summary: String,
    /// What it is, at length.
    pub description: String,
    /// The categories that it is found in.
    pub categories: Vec<String>,
    /// Where there is more about it.
    pub links: Links,
}

impl AppDetails {
    /// Whether the catalogue can show all of it. The input is the one that the details lie below.
    ///
    /// # Errors
    /// `Invalid` for the first that it cannot.
    pub(crate) fn check(&self, at: &Input) -> Result<()> {
        one_line(at.below("name"), &self.name)?;
        one_line(at.below("summary"), &self.summary)?;
        lines(at.below("description"), &self.description, LONGEST_DESCRIPTION)?;
        let path = at.below("categories");
        if self.categories.len() > MOST_CATEGORIES {
            return Err(Error::Invalid(path, format!("name at most {MOST_CATEGORIES} categories").into()));
        }
        let mut seen = BTreeSet::new();
        for (index, category) in self.categories.iter().enumerate() {
            let path = path.below(index.to_string());
            one_line(path.clone(), category)?;
            if category.chars().count() > LONGEST_CATEGORY || category.trim() != category {
                let message =
                    format!("write 1 to {LONGEST_CATEGORY} characters, without blanks at either end");
                return Err(Error::Invalid(path, message.into()));
            }
            if !seen.insert(category.to_lowercase()) {
                return Err(Error::Invalid(path, "this category is named twice: name it once".into()));
            }
        }
        self.links.check(at)
    }
}

impl Links {
    fn check(&self, at: &Input) -> Result<()> {
        for (field, url) in [
            ("websiteUrl", &self.website_url),
            ("documentationUrl", &self.documentation_url),
            ("termsUrl", &self.terms_url),
            ("privacyUrl", &self.privacy_url),
            ("supportUrl", &self.support_url),
        ] {
            url.as_deref().map_or(Ok(()), |url| web_page(at.below(field), url))?;
        }
        self.support_email.as_deref().map_or(Ok(()), |email| people::email(at.below("supportEmail"), email))
    }
}

/// What a plan costs and where it is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanTerms {
    /// Its name.
    pub name: String,
    /// What is counted.
    pub pricing_model: PricingModel,
    /// The length of a period.
    pub billing_interval: BillingInterval,
    /// ISO 4217 code.
    pub currency: String,
    /// Price of one unit for one period, without tax, as a decimal.
    pub price: String,
    /// The fewest licences that can be bought; none for a flat rate.
    pub min_licenses: Option<i64>,
    /// The most licences that can be bought; none for a flat rate.
    pub max_licenses: Option<i64>,
    /// The countries where it is sold, ISO 3166 alpha-2 codes.
    pub countries: Vec<String>,
}

impl PlanTerms {
    /// Whether it can be sold, and what it costs. The input is the one that the terms lie below.
    ///
    /// # Errors
    /// `Invalid` for the first that cannot be.
    pub(crate) fn check(&self, at: &Input) -> Result<Money> {
        one_line(at.below("name"), &self.name)?;
        let currency =
            Currency::parse(&self.currency).map_err(|error| error.about(at.below("currency")))?.code();
        let price = at.below("price");
        let money =
            Money::parse(&self.price, currency, "price").map_err(|error| error.about(price.clone()))?;
        if money.minor > HIGHEST_PRICE {
            let most = Money { minor: HIGHEST_PRICE, ..money };
            return Err(Error::Invalid(price, format!("write a price of at most {most}").into()));
        }
        self.check_licenses(at)?;
        self.check_countries(&at.below("countries"))?;
        Ok(money)
    }

    fn check_licenses(&self, at: &Input) -> Result<()> {
        let (min, max) = (at.below("minLicenses"), at.below("maxLicenses"));
        let invalid = |path, message: String| Err(Error::Invalid(path, message.into()));
        match (self.pricing_model, self.min_licenses, self.max_licenses) {
            (PricingModel::FlatRate, None, None) => Ok(()),
            (PricingModel::FlatRate, Some(_), _) => {
                invalid(min, "a flat rate has no licences to count: leave it out".into())
            }
            (PricingModel::FlatRate, None, Some(_)) => {
                invalid(max, "a flat rate has no licences to count: leave it out".into())
            }
            (PricingModel::PerLicense, None, _) => {
                invalid(min, "the plan is per licence: say how few can be bought, such as 1".into())
            }
            (PricingModel::PerLicense, Some(fewest), _) if !(1..=MOST_LICENSES).contains(&fewest) => {
                invalid(min, format!("write 1 to {MOST_LICENSES}"))
            }
            (PricingModel::PerLicense, Some(_), None) => {
                invalid(max, "the plan is per licence: say how many can be bought at most".into())
            }
            (PricingModel::PerLicense, Some(fewest), Some(most))
                if !(fewest..=MOST_LICENSES).contains(&most) =>
            {
                invalid(max, format!("write {fewest} to {MOST_LICENSES}: no fewer than minLicenses"))
            }
            (PricingModel::PerLicense, Some(_), Some(_)) => Ok(()),
        }
    }

    fn check_countries(&self, path: &Input) -> Result<()> {
        if self.countries.is_empty() {
            let message = "name the countries where it is sold: one at least, such as US";
            return Err(Error::Invalid(path.clone(), message.into()));
        }
        let mut seen = BTreeSet::new();
        for (index, country) in self.countries.iter().enumerate() {
            let path = path.below(index.to_string());
            country::parse(country, path.clone())?;
            if !seen.insert(country) {
                return Err(Error::Invalid(path, "this country is named twice: name it once".into()));
            }
        }
        Ok(())
    }
}
