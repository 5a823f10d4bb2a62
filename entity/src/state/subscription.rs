//! The life of a subscription.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How a subscription was bought.
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
pub enum PurchaseChannel {
    /// By the organization.
    #[sea_orm(string_value = "DIRECT")]
    #[serde(rename = "DIRECT")]
    Direct,
    /// By a partner for the organization.
    #[sea_orm(string_value = "PARTNER")]
    #[serde(rename = "PARTNER")]
    Partner,
    /// By accepting a proposal.
    #[sea_orm(string_value = "PROPOSAL")]
    #[serde(rename = "PROPOSAL")]
    Proposal,
}

/// Where a subscription is in its life. It only moves forward.
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
pub enum Status {
    /// Bought, not yet activated.
    #[sea_orm(string_value = "PENDING_ACTIVATION")]
    #[serde(rename = "PENDING_ACTIVATION")]
    PendingActivation,
    /// Activated.
    #[sea_orm(string_value = "ACTIVE")]
    #[serde(rename = "ACTIVE")]
    Active,
    /// Ended, for good.
    #[sea_orm(string_value = "DISABLED")]
    #[serde(rename = "DISABLED")]
    Disabled,
}

/// Whether the payments of an active subscription are current. Never a status.
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
pub enum Standing {
    /// Nothing is past due.
    #[sea_orm(string_value = "CURRENT")]
    #[serde(rename = "CURRENT")]
    Current,
    /// An invoice is past due.
    #[sea_orm(string_value = "PAST_DUE")]
    #[serde(rename = "PAST_DUE")]
    PastDue,
}

/// What falls due on a subscription. In this order at one instant.
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
pub enum DueChange {
    /// Grace ends unpaid.
    #[sea_orm(string_value = "LAPSE")]
    #[serde(rename = "LAPSE")]
    Lapse,
    /// Its time ends.
    #[sea_orm(string_value = "EXPIRE")]
    #[serde(rename = "EXPIRE")]
    Expire,
    /// The next period begins.
    #[sea_orm(string_value = "RENEW")]
    #[serde(rename = "RENEW")]
    Renew,
}

/// Why a subscription was disabled.
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
pub enum DisabledReason {
    /// Somebody cancelled it.
    #[sea_orm(string_value = "CANCELED")]
    #[serde(rename = "CANCELED")]
    Canceled,
    /// It was not activated or not renewed in time.
    #[sea_orm(string_value = "EXPIRED")]
    #[serde(rename = "EXPIRED")]
    Expired,
    /// It was not paid until grace ended.
    #[sea_orm(string_value = "PAYMENT_LAPSED")]
    #[serde(rename = "PAYMENT_LAPSED")]
    PaymentLapsed,
}
