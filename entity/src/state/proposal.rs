//! The state of a proposal.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a proposal has come.
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
pub enum ProposalStatus {
    /// The operator writes it; nobody else sees it.
    #[sea_orm(string_value = "DRAFT")]
    #[serde(rename = "DRAFT")]
    Draft,
    /// The organization can answer.
    #[sea_orm(string_value = "OPEN")]
    #[serde(rename = "OPEN")]
    Open,
    /// The organization bought what it offers.
    #[sea_orm(string_value = "ACCEPTED")]
    #[serde(rename = "ACCEPTED")]
    Accepted,
    /// The organization declined.
    #[sea_orm(string_value = "DECLINED")]
    #[serde(rename = "DECLINED")]
    Declined,
    /// The operator took it back.
    #[sea_orm(string_value = "WITHDRAWN")]
    #[serde(rename = "WITHDRAWN")]
    Withdrawn,
    /// Its time ran out.
    #[sea_orm(string_value = "EXPIRED")]
    #[serde(rename = "EXPIRED")]
    Expired,
}
