//! How it is paid.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The kinds of payment methods.
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
pub enum PaymentMethodKind {
    /// A card that the gateway charges.
    #[sea_orm(string_value = "CARD")]
    #[serde(rename = "CARD")]
    Card,
    /// A check or wire that the operator books.
    #[sea_orm(string_value = "CHECK_OR_WIRE")]
    #[serde(rename = "CHECK_OR_WIRE")]
    CheckOrWire,
}

/// What the operator said of a payment method.
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
pub enum PaymentMethodStatus {
    /// Not yet approved.
    #[sea_orm(string_value = "PENDING_APPROVAL")]
    #[serde(rename = "PENDING_APPROVAL")]
    PendingApproval,
    /// Can be used.
    #[sea_orm(string_value = "USABLE")]
    #[serde(rename = "USABLE")]
    Usable,
    /// Cannot be used.
    #[sea_orm(string_value = "REFUSED")]
    #[serde(rename = "REFUSED")]
    Refused,
}

/// What payments and credit notes have made of an invoice.
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
pub enum InvoiceStatus {
    /// To be paid.
    #[sea_orm(string_value = "DUE")]
    #[serde(rename = "DUE")]
    Due,
    /// A charge was declined, or its due time passed unpaid.
    #[sea_orm(string_value = "OVERDUE")]
    #[serde(rename = "OVERDUE")]
    Overdue,
    /// Paid.
    #[sea_orm(string_value = "PAID")]
    #[serde(rename = "PAID")]
    Paid,
    /// Credited in full without a payment.
    #[sea_orm(string_value = "VOID")]
    #[serde(rename = "VOID")]
    Void,
}

/// What an invoice line charges.
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
pub enum InvoiceLineKind {
    /// A whole period.
    #[sea_orm(string_value = "PERIOD")]
    #[serde(rename = "PERIOD")]
    Period,
    /// More licences for the rest of a period.
    #[sea_orm(string_value = "PRORATION")]
    #[serde(rename = "PRORATION")]
    Proration,
    /// Days used after the last invoiced period.
    #[sea_orm(string_value = "USED_DAYS")]
    #[serde(rename = "USED_DAYS")]
    UsedDays,
}

/// How a payment went.
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
pub enum PaymentStatus {
    /// Its outcome is awaited.
    #[sea_orm(string_value = "PENDING")]
    #[serde(rename = "PENDING")]
    Pending,
    /// The money came.
    #[sea_orm(string_value = "SUCCEEDED")]
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// It was declined.
    #[sea_orm(string_value = "DECLINED")]
    #[serde(rename = "DECLINED")]
    Declined,
    /// The gateway did not say; it will be asked.
    #[sea_orm(string_value = "UNKNOWN")]
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// The money went back.
    #[sea_orm(string_value = "REFUNDED")]
    #[serde(rename = "REFUNDED")]
    Refunded,
}

/// How a refund went.
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
pub enum RefundStatus {
    /// To be made, or its outcome is awaited.
    #[sea_orm(string_value = "PENDING")]
    #[serde(rename = "PENDING")]
    Pending,
    /// The gateway did not say; it will be asked.
    #[sea_orm(string_value = "UNKNOWN")]
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// The money went back.
    #[sea_orm(string_value = "SUCCEEDED")]
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// It failed; another attempt follows.
    #[sea_orm(string_value = "FAILED")]
    #[serde(rename = "FAILED")]
    Failed,
}

/// What the sandbox gateway made of a charge.
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
pub enum SandboxOutcome {
    /// It succeeded.
    #[sea_orm(string_value = "SUCCEEDED")]
    #[serde(rename = "SUCCEEDED")]
    Succeeded,
    /// It was declined.
    #[sea_orm(string_value = "DECLINED")]
    #[serde(rename = "DECLINED")]
    Declined,
    /// It succeeded, but the answer got lost.
    #[sea_orm(string_value = "HIDDEN")]
    #[serde(rename = "HIDDEN")]
    Hidden,
}
