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
    /// The marketplace's: what belongs to none of the others.
    #[sea_orm(string_value = "MARKETPLACE")]
    #[serde(rename = "MARKETPLACE")]
    Marketplace,
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
    /// The operator drafted a proposal.
    #[sea_orm(string_value = "proposal.drafted")]
    #[serde(rename = "proposal.drafted")]
    ProposalDrafted,
    /// The organization got a proposal.
    #[sea_orm(string_value = "proposal.sent")]
    #[serde(rename = "proposal.sent")]
    ProposalSent,
    /// A proposal was revised.
    #[sea_orm(string_value = "proposal.revised")]
    #[serde(rename = "proposal.revised")]
    ProposalRevised,
    /// The operator took a proposal back.
    #[sea_orm(string_value = "proposal.withdrawn")]
    #[serde(rename = "proposal.withdrawn")]
    ProposalWithdrawn,
    /// The organization accepted a proposal.
    #[sea_orm(string_value = "proposal.accepted")]
    #[serde(rename = "proposal.accepted")]
    ProposalAccepted,
    /// The organization declined a proposal.
    #[sea_orm(string_value = "proposal.declined")]
    #[serde(rename = "proposal.declined")]
    ProposalDeclined,
    /// A proposal ran out.
    #[sea_orm(string_value = "proposal.expired")]
    #[serde(rename = "proposal.expired")]
    ProposalExpired,
    /// Somebody charged an invoice by hand; what became of it follows.
    #[sea_orm(string_value = "payment.attempted")]
    #[serde(rename = "payment.attempted")]
    PaymentAttempted,
    /// An operator settled a charge whose outcome stayed unknown.
    #[sea_orm(string_value = "payment.resolved")]
    #[serde(rename = "payment.resolved")]
    PaymentResolved,
    /// A payment method was added.
    #[sea_orm(string_value = "payment_method.added")]
    #[serde(rename = "payment_method.added")]
    MethodAdded,
    /// An operator approved a check or wire payer.
    #[sea_orm(string_value = "payment_method.approved")]
    #[serde(rename = "payment_method.approved")]
    MethodApproved,
    /// An operator refused one, now or from now on.
    #[sea_orm(string_value = "payment_method.refused")]
    #[serde(rename = "payment_method.refused")]
    MethodRefused,
    /// A payment method was removed.
    #[sea_orm(string_value = "payment_method.removed")]
    #[serde(rename = "payment_method.removed")]
    MethodRemoved,
    /// A member came from an identity provider for the first time, and is recognized by it from now on.
    #[sea_orm(string_value = "organization.member_bound")]
    #[serde(rename = "organization.member_bound")]
    MemberBound,
    /// The publisher's portal was opened for a subscription for the first time.
    #[sea_orm(string_value = "organization.portal_opened")]
    #[serde(rename = "organization.portal_opened")]
    PortalOpened,
    /// Somebody asked a publisher for support.
    #[sea_orm(string_value = "organization.support_requested")]
    #[serde(rename = "organization.support_requested")]
    SupportRequested,
    /// Somebody became an operator.
    #[sea_orm(string_value = "operator.added")]
    #[serde(rename = "operator.added")]
    OperatorAdded,
    /// An operator got another name.
    #[sea_orm(string_value = "operator.renamed")]
    #[serde(rename = "operator.renamed")]
    OperatorRenamed,
    /// An operator came from an identity provider for the first time, and is recognized by it from now on.
    #[sea_orm(string_value = "operator.bound")]
    #[serde(rename = "operator.bound")]
    OperatorBound,
    /// A publisher was created.
    #[sea_orm(string_value = "publisher.created")]
    #[serde(rename = "publisher.created")]
    PublisherCreated,
    /// What is said of a publisher changed.
    #[sea_orm(string_value = "publisher.updated")]
    #[serde(rename = "publisher.updated")]
    PublisherUpdated,
    /// An API key of a publisher was created.
    #[sea_orm(string_value = "publisher.api_key_created")]
    #[serde(rename = "publisher.api_key_created")]
    PublisherKeyCreated,
    /// An API key of a publisher was revoked.
    #[sea_orm(string_value = "publisher.api_key_revoked")]
    #[serde(rename = "publisher.api_key_revoked")]
    PublisherKeyRevoked,
    /// A partner was created.
    #[sea_orm(string_value = "partner.created")]
    #[serde(rename = "partner.created")]
    PartnerCreated,
    /// An API key of a partner was created.
    #[sea_orm(string_value = "partner.api_key_created")]
    #[serde(rename = "partner.api_key_created")]
    PartnerKeyCreated,
    /// An API key of a partner was revoked.
    #[sea_orm(string_value = "partner.api_key_revoked")]
    #[serde(rename = "partner.api_key_revoked")]
    PartnerKeyRevoked,
    /// An app was created, as a draft.
    #[sea_orm(string_value = "app.created")]
    #[serde(rename = "app.created")]
    AppCreated,
    /// What an app says of itself changed.
    #[sea_orm(string_value = "app.updated")]
    #[serde(rename = "app.updated")]
    AppUpdated,
    /// An app can be bought from now on.
    #[sea_orm(string_value = "app.published")]
    #[serde(rename = "app.published")]
    AppPublished,
    /// An app cannot be bought any more.
    #[sea_orm(string_value = "app.withdrawn")]
    #[serde(rename = "app.withdrawn")]
    AppWithdrawn,
    /// A plan was added to an app.
    #[sea_orm(string_value = "plan.created")]
    #[serde(rename = "plan.created")]
    PlanCreated,
    /// What may change of a plan changed.
    #[sea_orm(string_value = "plan.updated")]
    #[serde(rename = "plan.updated")]
    PlanUpdated,
    /// A plan cannot be bought any more.
    #[sea_orm(string_value = "plan.retired")]
    #[serde(rename = "plan.retired")]
    PlanRetired,
    /// Apps are sold in a country from now on.
    #[sea_orm(string_value = "region.country_added")]
    #[serde(rename = "region.country_added")]
    CountryAdded,
    /// A country is in another region.
    #[sea_orm(string_value = "region.country_moved")]
    #[serde(rename = "region.country_moved")]
    CountryMoved,
    /// Apps are not sold in a country any more.
    #[sea_orm(string_value = "region.country_removed")]
    #[serde(rename = "region.country_removed")]
    CountryRemoved,
    /// There is a new version of the Customer Agreement.
    #[sea_orm(string_value = "agreement.published")]
    #[serde(rename = "agreement.published")]
    AgreementPublished,
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
    /// Somebody had a message sent that tries a webhook endpoint out.
    #[sea_orm(string_value = "webhook_endpoint.tested")]
    #[serde(rename = "webhook_endpoint.tested")]
    WebhookEndpointTested,
    /// Somebody had a message to a webhook endpoint sent again.
    #[sea_orm(string_value = "webhook_delivery.replayed")]
    #[serde(rename = "webhook_delivery.replayed")]
    WebhookDeliveryReplayed,
}
