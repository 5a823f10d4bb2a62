//! What happened, and to what.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The kinds of event streams.
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

/// What happened.
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
    /// A check or wire was booked on an invoice.
    #[sea_orm(string_value = "payment.recorded")]
    #[serde(rename = "payment.recorded")]
    PaymentRecorded,
    /// Money of a payment went back.
    #[sea_orm(string_value = "payment.refunded")]
    #[serde(rename = "payment.refunded")]
    PaymentRefunded,
    /// An attempt to give money back failed.
    #[sea_orm(string_value = "payment.refund_failed")]
    #[serde(rename = "payment.refund_failed")]
    RefundFailed,
    /// A user got a role on a billing profile.
    #[sea_orm(string_value = "billing_profile.role_granted")]
    #[serde(rename = "billing_profile.role_granted")]
    ProfileRoleGranted,
    /// A user lost a role on a billing profile.
    #[sea_orm(string_value = "billing_profile.role_revoked")]
    #[serde(rename = "billing_profile.role_revoked")]
    ProfileRoleRevoked,
    /// An organization was created.
    #[sea_orm(string_value = "organization.created")]
    #[serde(rename = "organization.created")]
    OrganizationCreated,
    /// Somebody was invited into the organization.
    #[sea_orm(string_value = "organization.member_invited")]
    #[serde(rename = "organization.member_invited")]
    MemberInvited,
    /// Somebody's role in the organization changed.
    #[sea_orm(string_value = "organization.member_role_changed")]
    #[serde(rename = "organization.member_role_changed")]
    MemberRoleChanged,
    /// Somebody was removed from the organization.
    #[sea_orm(string_value = "organization.member_removed")]
    #[serde(rename = "organization.member_removed")]
    MemberRemoved,
    /// A person who was removed was erased.
    #[sea_orm(string_value = "organization.user_erased")]
    #[serde(rename = "organization.user_erased")]
    UserErased,
    /// An API key of the organization was created.
    #[sea_orm(string_value = "organization.api_key_created")]
    #[serde(rename = "organization.api_key_created")]
    ApiKeyCreated,
    /// An API key of the organization was revoked.
    #[sea_orm(string_value = "organization.api_key_revoked")]
    #[serde(rename = "organization.api_key_revoked")]
    ApiKeyRevoked,
    /// The Customer Agreement was accepted.
    #[sea_orm(string_value = "organization.agreement_accepted")]
    #[serde(rename = "organization.agreement_accepted")]
    AgreementAccepted,
    /// A partner asked for a partnership.
    #[sea_orm(string_value = "organization.partnership_requested")]
    #[serde(rename = "organization.partnership_requested")]
    PartnershipRequested,
    /// An owner approved a partner.
    #[sea_orm(string_value = "organization.partnership_approved")]
    #[serde(rename = "organization.partnership_approved")]
    PartnershipApproved,
    /// A partnership ended.
    #[sea_orm(string_value = "organization.partnership_ended")]
    #[serde(rename = "organization.partnership_ended")]
    PartnershipEnded,
    /// A publisher set an app up for the organization.
    #[sea_orm(string_value = "organization.app_set_up")]
    #[serde(rename = "organization.app_set_up")]
    AppSetUp,
    /// A webhook endpoint of the organization was registered.
    #[sea_orm(string_value = "webhook_endpoint.created")]
    #[serde(rename = "webhook_endpoint.created")]
    WebhookEndpointCreated,
    /// A webhook endpoint of the organization was changed, switched off or on again.
    #[sea_orm(string_value = "webhook_endpoint.updated")]
    #[serde(rename = "webhook_endpoint.updated")]
    WebhookEndpointUpdated,
    /// A webhook endpoint of the organization got another secret.
    #[sea_orm(string_value = "webhook_endpoint.secret_rotated")]
    #[serde(rename = "webhook_endpoint.secret_rotated")]
    WebhookSecretRotated,
    /// A webhook endpoint of the organization was disabled because it is gone, or failed for days.
    #[sea_orm(string_value = "webhook_endpoint.disabled")]
    #[serde(rename = "webhook_endpoint.disabled")]
    WebhookEndpointDisabled,
    /// A webhook endpoint of the organization was removed.
    #[sea_orm(string_value = "webhook_endpoint.removed")]
    #[serde(rename = "webhook_endpoint.removed")]
    WebhookEndpointRemoved,
}
