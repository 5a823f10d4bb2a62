//! Who may what.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A user's role in their organization.
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
pub enum Role {
    /// Everything in the organization.
    #[sea_orm(string_value = "OWNER")]
    #[serde(rename = "OWNER")]
    Owner,
    /// Buys and manages.
    #[sea_orm(string_value = "CONTRIBUTOR")]
    #[serde(rename = "CONTRIBUTOR")]
    Contributor,
    /// Assigns licences and opens portals.
    #[sea_orm(string_value = "LICENSE_ADMIN")]
    #[serde(rename = "LICENSE_ADMIN")]
    LicenseAdmin,
    /// Looks.
    #[sea_orm(string_value = "READER")]
    #[serde(rename = "READER")]
    Reader,
}

/// How far a partnership has come.
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
pub enum PartnershipStatus {
    /// The partner asked for it.
    #[sea_orm(string_value = "REQUESTED")]
    #[serde(rename = "REQUESTED")]
    Requested,
    /// The organization approved it.
    #[sea_orm(string_value = "APPROVED")]
    #[serde(rename = "APPROVED")]
    Approved,
    /// Either side ended it.
    #[sea_orm(string_value = "ENDED")]
    #[serde(rename = "ENDED")]
    Ended,
}

/// What a user may do with a billing profile.
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
pub enum BillingProfileRole {
    /// Roles, edit, buy, pay, view.
    #[sea_orm(string_value = "OWNER")]
    #[serde(rename = "OWNER")]
    Owner,
    /// Edit, buy, pay, view.
    #[sea_orm(string_value = "CONTRIBUTOR")]
    #[serde(rename = "CONTRIBUTOR")]
    Contributor,
    /// Pay, view.
    #[sea_orm(string_value = "INVOICE_MANAGER")]
    #[serde(rename = "INVOICE_MANAGER")]
    InvoiceManager,
    /// View.
    #[sea_orm(string_value = "READER")]
    #[serde(rename = "READER")]
    Reader,
}

/// What an API key may do.
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
pub enum ApiKeyScope {
    /// Read what its holder sees.
    #[sea_orm(string_value = "READ")]
    #[serde(rename = "READ")]
    Read,
    /// Do what its holder may do, too.
    #[sea_orm(string_value = "WRITE")]
    #[serde(rename = "WRITE")]
    Write,
}

/// The kinds of actors.
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
pub enum ActorKind {
    /// A user of an organization.
    #[sea_orm(string_value = "MEMBER")]
    #[serde(rename = "MEMBER")]
    Member,
    /// A publisher.
    #[sea_orm(string_value = "PUBLISHER")]
    #[serde(rename = "PUBLISHER")]
    Publisher,
    /// A partner.
    #[sea_orm(string_value = "PARTNER")]
    #[serde(rename = "PARTNER")]
    Partner,
    /// The operator of the marketplace.
    #[sea_orm(string_value = "OPERATOR")]
    #[serde(rename = "OPERATOR")]
    Operator,
    /// A job, or what fell due.
    #[sea_orm(string_value = "SYSTEM")]
    #[serde(rename = "SYSTEM")]
    System,
}
