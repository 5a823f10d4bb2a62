//! A catalogue as a file: JSON, as it is exported, imported, and written by hand.

use super::{
    Publication,
    details::{AppDetails, PlanTerms},
    update_app::Links,
};
use crate::{Error, Input, Result};
use entity::state::{BillingInterval, PricingModel};
use serde::{Deserialize, Serialize};
use serde_path_to_error::Segment;
use uuid::Uuid;

/// What publishers sell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The publishers.
    pub publishers: Vec<PublisherEntry>,
}

/// A publisher, recognized by its short name, and what it sells. What it does not say of itself stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublisherEntry {
    /// Its short name.
    pub slug: String,
    /// Its name; a new one has to say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where its customers find support; a new one has to say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_url: Option<String>,
    /// Its portal, to whose address a token is appended; a new one has to say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub portal_url: Option<String>,
    /// Its apps. Those that are not named stay as they are.
    #[serde(default)]
    pub apps: Vec<AppEntry>,
}

/// An app, recognized by its id, or without one by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppEntry {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub summary: String,
    /// What it is, at length.
    pub description: String,
    /// Whether it can be bought.
    pub status: Publication,
    /// The categories that it is found in.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Where it is at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
    /// Where its documentation is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_url: Option<String>,
    /// Its terms of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_url: Option<String>,
    /// What it does with personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
    /// Where its customers find help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_url: Option<String>,
    /// The address at which its customers find help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_email: Option<String>,
    /// Its plans. Those that are not named stay as they are.
    #[serde(default)]
    pub plans: Vec<PlanEntry>,
}

impl AppEntry {
    pub(super) fn details(&self) -> AppDetails {
        AppDetails {
            name: self.name.clone(),
            summary: self.summary.clone(),
            description: self.description.clone(),
            categories: self.categories.clone(),
            links: Links {
                website_url: self.website_url.clone(),
                documentation_url: self.documentation_url.clone(),
                terms_url: self.terms_url.clone(),
                privacy_url: self.privacy_url.clone(),
                support_url: self.support_url.clone(),
                support_email: self.support_email.clone(),
            },
        }
    }
}

/// A plan, recognized by its id, or without one by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanEntry {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_licenses: Option<i64>,
    /// The most licences that can be bought; none for a flat rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_licenses: Option<i64>,
    /// The countries where it is sold.
    pub countries: Vec<String>,
    /// Whether it is not sold any more.
    #[serde(default)]
    pub retired: bool,
}

impl PlanEntry {
    pub(super) fn terms(&self) -> PlanTerms {
        PlanTerms {
            name: self.name.clone(),
            pricing_model: self.pricing_model,
            billing_interval: self.billing_interval,
            currency: self.currency.clone(),
            price: self.price.clone(),
            min_licenses: self.min_licenses,
            max_licenses: self.max_licenses,
            countries: self.countries.clone(),
        }
    }
}

impl Catalog {
    /// The catalogue that a text says.
    ///
    /// # Errors
    /// `Invalid` with the place, as a path, and as a line and column of the text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let catalog = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = Input(error.path().iter().filter_map(part).map(Into::into).collect());
            Error::Invalid(path, error.into_inner().to_string().into())
        })?;
        json.end().map_err(|error| Error::Invalid(Input::default(), error.to_string().into()))?;
        Ok(catalog)
    }
}

fn part(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    }
}
