//! What becomes of webhooks.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Why nothing is sent to an endpoint.
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
pub enum WebhookDisabledReason {
    /// It answered that it is gone.
    #[sea_orm(string_value = "GONE")]
    #[serde(rename = "GONE")]
    Gone,
    /// Every attempt failed for days.
    #[sea_orm(string_value = "FAILING")]
    #[serde(rename = "FAILING")]
    Failing,
    /// Its owner switched it off.
    #[sea_orm(string_value = "BY_ITS_OWNER")]
    #[serde(rename = "BY_ITS_OWNER")]
    ByItsOwner,
}

/// What has become of a message to an endpoint.
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
pub enum WebhookDeliveryStatus {
    /// It is to be sent, or to be tried again.
    #[sea_orm(string_value = "PENDING")]
    #[serde(rename = "PENDING")]
    Pending,
    /// The endpoint took it.
    #[sea_orm(string_value = "SUCCEEDED")]
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// The endpoint did not take it, and it is not tried again by itself.
    #[sea_orm(string_value = "FAILED")]
    #[serde(rename = "FAILED")]
    Failed,
}
