//! The enums of state, as the tables spell them.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A user's role in their organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// Whether an app can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// The kinds of payment methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// What a user may do with a billing profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// How a subscription was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// The kinds of event streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum StreamKind {
    /// A subscription's.
    #[sea_orm(string_value = "SUBSCRIPTION")]
    #[serde(rename = "SUBSCRIPTION")]
    Subscription,
    /// A billing profile's; its invoices belong to it.
    #[sea_orm(string_value = "BILLING_PROFILE")]
    #[serde(rename = "BILLING_PROFILE")]
    BillingProfile,
    /// An organization's.
    #[sea_orm(string_value = "ORGANIZATION")]
    #[serde(rename = "ORGANIZATION")]
    Organization,
}

/// The kinds of actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// What payments and credit notes have made of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// What the sandbox gateway made of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
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

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum EventType {
    /// A subscription was bought.
    #[sea_orm(string_value = "subscription.purchased")]
    #[serde(rename = "subscription.purchased")]
    Purchased,
    /// The publisher activated it; its first period began.
    #[sea_orm(string_value = "subscription.activated")]
    #[serde(rename = "subscription.activated")]
    Activated,
    /// Its next period began.
    #[sea_orm(string_value = "subscription.renewed")]
    #[serde(rename = "subscription.renewed")]
    Renewed,
    /// Its number of licences changed.
    #[sea_orm(string_value = "subscription.license_quantity_changed")]
    #[serde(rename = "subscription.license_quantity_changed")]
    LicenseQuantityChanged,
    /// A lower number of licences was scheduled for its next renewal.
    #[sea_orm(string_value = "subscription.license_decrease_scheduled")]
    #[serde(rename = "subscription.license_decrease_scheduled")]
    LicenseDecreaseScheduled,
    /// A scheduled lower number was withdrawn.
    #[sea_orm(string_value = "subscription.license_decrease_withdrawn")]
    #[serde(rename = "subscription.license_decrease_withdrawn")]
    LicenseDecreaseWithdrawn,
    /// Licences were assigned to users.
    #[sea_orm(string_value = "subscription.licenses_assigned")]
    #[serde(rename = "subscription.licenses_assigned")]
    LicensesAssigned,
    /// Licences were taken back from users.
    #[sea_orm(string_value = "subscription.licenses_unassigned")]
    #[serde(rename = "subscription.licenses_unassigned")]
    LicensesUnassigned,
    /// Auto-renewal was switched on or off.
    #[sea_orm(string_value = "subscription.auto_renew_changed")]
    #[serde(rename = "subscription.auto_renew_changed")]
    AutoRenewChanged,
    /// Its future charges moved to another billing profile.
    #[sea_orm(string_value = "subscription.billing_profile_changed")]
    #[serde(rename = "subscription.billing_profile_changed")]
    BillingProfileChanged,
    /// A payment is past due.
    #[sea_orm(string_value = "subscription.payment_past_due")]
    #[serde(rename = "subscription.payment_past_due")]
    PaymentPastDue,
    /// Nothing is past due any more.
    #[sea_orm(string_value = "subscription.payment_recovered")]
    #[serde(rename = "subscription.payment_recovered")]
    PaymentRecovered,
    /// It ends soon.
    #[sea_orm(string_value = "subscription.ending_soon")]
    #[serde(rename = "subscription.ending_soon")]
    EndingSoon,
    /// It was disabled, for good.
    #[sea_orm(string_value = "subscription.disabled")]
    #[serde(rename = "subscription.disabled")]
    Disabled,
    /// An invoice was issued.
    #[sea_orm(string_value = "invoice.issued")]
    #[serde(rename = "invoice.issued")]
    InvoiceIssued,
    /// An invoice was paid in full.
    #[sea_orm(string_value = "invoice.paid")]
    #[serde(rename = "invoice.paid")]
    InvoicePaid,
    /// An invoice became overdue.
    #[sea_orm(string_value = "invoice.overdue")]
    #[serde(rename = "invoice.overdue")]
    InvoiceOverdue,
    /// A credit note was issued.
    #[sea_orm(string_value = "credit_note.issued")]
    #[serde(rename = "credit_note.issued")]
    CreditNoteIssued,
    /// A billing profile was created.
    #[sea_orm(string_value = "billing_profile.created")]
    #[serde(rename = "billing_profile.created")]
    ProfileCreated,
    /// A billing profile was changed.
    #[sea_orm(string_value = "billing_profile.updated")]
    #[serde(rename = "billing_profile.updated")]
    ProfileUpdated,
    /// The Customer Agreement was accepted.
    #[sea_orm(string_value = "organization.agreement_accepted")]
    #[serde(rename = "organization.agreement_accepted")]
    AgreementAccepted,
}

