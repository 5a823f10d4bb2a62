//! The enums of webhooks.

use async_graphql::{Enum, resolver_utils::EnumType};
use entity::state::EventType;

/// What happened: the types of events that a webhook endpoint can be told. The messages name them as `subscription.disabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum WebhookEventType {
    /// `subscription.purchased`: a subscription was bought.
    Purchased,
    /// `subscription.activated`: its publisher activated it, and its first period began.
    Activated,
    /// `subscription.renewed`: its next period began.
    Renewed,
    /// `subscription.license_quantity_changed`: its number of licences was raised.
    LicenseQuantityChanged,
    /// `subscription.license_decrease_scheduled`: a lower number of licences was scheduled for its next renewal.
    LicenseDecreaseScheduled,
    /// `subscription.license_decrease_withdrawn`: a scheduled lower number of licences was withdrawn.
    LicenseDecreaseWithdrawn,
    /// `subscription.licenses_assigned`: licences were assigned to users.
    LicensesAssigned,
    /// `subscription.licenses_unassigned`: licences were taken back from users.
    LicensesUnassigned,
    /// `subscription.auto_renew_changed`: auto-renewal was switched on or off.
    AutoRenewChanged,
    /// `subscription.billing_profile_changed`: its future charges moved to another billing profile.
    BillingProfileChanged,
    /// `subscription.payment_past_due`: a payment is past due, and its grace began.
    PaymentPastDue,
    /// `subscription.payment_recovered`: nothing is past due any more.
    PaymentRecovered,
    /// `subscription.ending_soon`: it expires in 30 or 7 days.
    EndingSoon,
    /// `subscription.disabled`: it was disabled, for good.
    Disabled,
    /// `invoice.issued`: an invoice was issued. Not for publishers.
    InvoiceIssued,
    /// `invoice.paid`: an invoice was paid in full. Not for publishers.
    InvoicePaid,
    /// `invoice.overdue`: an invoice became overdue. Not for publishers.
    InvoiceOverdue,
    /// `credit_note.issued`: a credit note was issued. Not for publishers.
    CreditNoteIssued,
    /// `billing_profile.created`: a billing profile was created. Not for publishers.
    #[graphql(name = "BILLING_PROFILE_CREATED")]
    ProfileCreated,
    /// `billing_profile.updated`: what a billing profile says was changed. Not for publishers.
    #[graphql(name = "BILLING_PROFILE_UPDATED")]
    ProfileUpdated,
    /// `payment.attempted`: somebody pays an invoice now. Not for publishers.
    PaymentAttempted,
    /// `payment.resolved`: the operator said how a payment of an unknown outcome went. Not for publishers.
    PaymentResolved,
    /// `payment.recorded`: a check or wire was booked on an invoice. Not for publishers.
    PaymentRecorded,
    /// `payment.refunded`: money of a payment went back. Not for publishers.
    PaymentRefunded,
    /// `payment.refund_failed`: an attempt to give money back failed. Not for publishers.
    #[graphql(name = "PAYMENT_REFUND_FAILED")]
    RefundFailed,
    /// `billing_profile.role_granted`: a user got a role on a billing profile. Not for publishers.
    #[graphql(name = "BILLING_PROFILE_ROLE_GRANTED")]
    ProfileRoleGranted,
    /// `billing_profile.role_revoked`: a user lost a role on a billing profile. Not for publishers.
    #[graphql(name = "BILLING_PROFILE_ROLE_REVOKED")]
    ProfileRoleRevoked,
    /// `organization.created`: your organization was created. For organizations.
    OrganizationCreated,
    /// `organization.member_invited`: somebody was invited. For organizations.
    MemberInvited,
    /// `organization.member_role_changed`: somebody's role changed. For organizations.
    MemberRoleChanged,
    /// `organization.member_removed`: somebody was removed. For organizations.
    MemberRemoved,
    /// `organization.user_erased`: a person who was removed was erased. For organizations.
    UserErased,
    /// `organization.api_key_created`: an API key was created. For organizations.
    ApiKeyCreated,
    /// `organization.api_key_revoked`: an API key was revoked. For organizations.
    ApiKeyRevoked,
    /// `organization.agreement_accepted`: the Customer Agreement was accepted. For organizations.
    AgreementAccepted,
    /// `organization.partnership_requested`: a partner asked for a partnership. For organizations.
    PartnershipRequested,
    /// `organization.partnership_approved`: an owner approved a partner. For organizations.
    PartnershipApproved,
    /// `organization.partnership_ended`: a partnership ended. For organizations.
    PartnershipEnded,
    /// `organization.app_set_up`: a publisher set an app up for your organization. For organizations.
    AppSetUp,
    /// `organization.member_bound`: somebody who was invited came for the first time. For organizations.
    MemberBound,
    /// `organization.portal_opened`: a publisher's portal was opened for a subscription for the first time. For organizations.
    PortalOpened,
    /// `organization.support_requested`: somebody asked a publisher for support. For organizations.
    SupportRequested,
    /// `payment_method.added`: a payment method was added. For organizations.
    #[graphql(name = "PAYMENT_METHOD_ADDED")]
    MethodAdded,
    /// `payment_method.approved`: the operator approved a check or wire. For organizations.
    #[graphql(name = "PAYMENT_METHOD_APPROVED")]
    MethodApproved,
    /// `payment_method.refused`: the operator refused a check or wire. For organizations.
    #[graphql(name = "PAYMENT_METHOD_REFUSED")]
    MethodRefused,
    /// `payment_method.removed`: a payment method was removed. For organizations.
    #[graphql(name = "PAYMENT_METHOD_REMOVED")]
    MethodRemoved,
    /// `proposal.sent`: the operator offers something. For organizations.
    ProposalSent,
    /// `proposal.revised`: what the operator offers changed. For organizations.
    ProposalRevised,
    /// `proposal.withdrawn`: the operator took a proposal back. For organizations.
    ProposalWithdrawn,
    /// `proposal.accepted`: a proposal was accepted. For organizations.
    ProposalAccepted,
    /// `proposal.declined`: a proposal was declined. For organizations.
    ProposalDeclined,
    /// `proposal.expired`: a proposal ran out. For organizations.
    ProposalExpired,
    /// `webhook_endpoint.created`: a webhook endpoint was registered. For organizations.
    WebhookEndpointCreated,
    /// `webhook_endpoint.updated`: a webhook endpoint was changed, switched off or on again. For organizations.
    WebhookEndpointUpdated,
    /// `webhook_endpoint.secret_rotated`: a webhook endpoint got another secret. For organizations.
    WebhookSecretRotated,
    /// `webhook_endpoint.disabled`: a webhook endpoint was disabled because it is gone or failed for days. For organizations.
    WebhookEndpointDisabled,
    /// `webhook_endpoint.removed`: a webhook endpoint was removed. For organizations.
    WebhookEndpointRemoved,
}

/// Gives each type the one that is stored, by the same name.
macro_rules! stored_as {
    ($($name:ident),* $(,)?) => {
        impl From<WebhookEventType> for EventType {
            fn from(kind: WebhookEventType) -> Self {
                match kind {
                    $(WebhookEventType::$name => Self::$name,)*
                }
            }
        }
    };
}
stored_as!(
    Purchased,
    Activated,
    Renewed,
    LicenseQuantityChanged,
    LicenseDecreaseScheduled,
    LicenseDecreaseWithdrawn,
    LicensesAssigned,
    LicensesUnassigned,
    AutoRenewChanged,
    BillingProfileChanged,
    PaymentPastDue,
    PaymentRecovered,
    EndingSoon,
    Disabled,
    InvoiceIssued,
    InvoicePaid,
    InvoiceOverdue,
    CreditNoteIssued,
    ProfileCreated,
    ProfileUpdated,
    PaymentAttempted,
    PaymentResolved,
    PaymentRecorded,
    PaymentRefunded,
    RefundFailed,
    ProfileRoleGranted,
    ProfileRoleRevoked,
    OrganizationCreated,
    MemberInvited,
    MemberRoleChanged,
    MemberRemoved,
    UserErased,
    ApiKeyCreated,
    ApiKeyRevoked,
    AgreementAccepted,
    PartnershipRequested,
    PartnershipApproved,
    PartnershipEnded,
    AppSetUp,
    MemberBound,
    PortalOpened,
    SupportRequested,
    MethodAdded,
    MethodApproved,
    MethodRefused,
    MethodRemoved,
    ProposalSent,
    ProposalRevised,
    ProposalWithdrawn,
    ProposalAccepted,
    ProposalDeclined,
    ProposalExpired,
    WebhookEndpointCreated,
    WebhookEndpointUpdated,
    WebhookSecretRotated,
    WebhookEndpointDisabled,
    WebhookEndpointRemoved
);

impl WebhookEventType {
    /// The type of events that are stored as this; none for what no endpoint is told.
    pub(crate) fn of(stored: EventType) -> Option<Self> {
        Self::items().iter().map(|item| item.value).find(|kind| EventType::from(*kind) == stored)
    }
}

/// Whether anything is sent to a webhook endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum WebhookEndpointStatus {
    /// It gets what happens.
    Enabled,
    /// Nothing is sent to it; `disabledReason` says why.
    Disabled,
}

/// Why nothing is sent to a webhook endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::WebhookDisabledReason")]
pub(crate) enum WebhookDisabledReason {
    /// It answered 410.
    Gone,
    /// Every attempt failed for five days.
    Failing,
    /// You switched it off.
    ByItsOwner,
}

/// What has become of a message to a webhook endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::WebhookDeliveryStatus")]
pub(crate) enum WebhookDeliveryStatus {
    /// It is to be sent, or to be tried again. One whose endpoint is disabled waits for that.
    Pending,
    /// The endpoint answered with a status from 200 to 299.
    Succeeded,
    /// The endpoint took none of the attempts. It is sent again on request: `replayWebhookDelivery`.
    Failed,
}
