//! What is sold.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether an app can be bought.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AppStatus {
    /// It can be bought.
    #[sea_orm(string_value = "PUBLISHED")]
    #[serde(rename = "PUBLISHED")]
    Published,
    /// It cannot; what was bought lives on.
    #[sea_orm(string_value = "WITHDRAWN")]
    #[serde(rename = "WITHDRAWN")]
    Withdrawn,
}

/// What a plan counts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum PricingModel {
    /// One price for the whole organization, any number of users.
    #[sea_orm(string_value = "FLAT_RATE")]
    #[serde(rename = "FLAT_RATE")]
    FlatRate,
    /// A price for each licence.
    #[sea_orm(string_value = "PER_LICENSE")]
    #[serde(rename = "PER_LICENSE")]
    PerLicense,
}

/// The length of a period.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    DeriveActiveEnum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum BillingInterval {
    /// A calendar month.
    #[sea_orm(string_value = "MONTH")]
    #[serde(rename = "MONTH")]
    Month,
    /// A calendar year.
    #[sea_orm(string_value = "YEAR")]
    #[serde(rename = "YEAR")]
    Year,
}
