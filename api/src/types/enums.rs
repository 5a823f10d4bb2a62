//! The enums of the API. The words are the domain's; the descriptions are for the people who read them in GraphiQL.

use async_graphql::Enum;

/// Where a subscription is in its life. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::Status")]
pub(crate) enum AppSubscriptionStatus {
    /// Bought, and waiting for its activation by the publisher.
    PendingActivation,
    /// Activated: it can be used.
    Active,
    /// Ended, for good. To go on, buy another copy.
    Disabled,
}

/// Why a subscription was disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::DisabledReason")]
pub(crate) enum DisabledReason {
    /// Somebody cancelled it.
    Canceled,
    /// It was not activated within 30 days, or its period ended without auto-renewal.
    Expired,
    /// A payment stayed past due until grace ended.
    PaymentLapsed,
}

/// Whether the payments of a subscription are current. A past-due one still works until its grace ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::Standing")]
pub(crate) enum PaymentStanding {
    /// Nothing is past due.
    Current,
    /// An invoice is past due. Pay it before `graceEndsAt`.
    PastDue,
}

/// How a subscription was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::PurchaseChannel")]
pub(crate) enum PurchaseChannel {
    /// The organization bought it itself.
    Direct,
    /// A partner bought it for the organization.
    Partner,
    /// The organization accepted a proposal.
    Proposal,
}

/// Whether an app can be bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::catalog::Publication")]
pub(crate) enum AppStatus {
    /// It was never published: only its publisher sees it.
    Draft,
    /// It can be bought.
    Published,
    /// It cannot be bought any more. What was bought lives on.
    Withdrawn,
}

/// What a plan counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::PricingModel")]
pub(crate) enum PricingModel {
    /// One price for the whole organization: the number of licences is unlimited.
    FlatRate,
    /// A price for each licence; licences are assigned to users.
    PerLicense,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::BillingInterval")]
pub(crate) enum BillingInterval {
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// What a user may do in their organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::Role")]
pub(crate) enum OrganizationRole {
    /// Everything.
    Owner,
    /// Buy and manage.
    Contributor,
    /// Assign licences and open publishers' portals.
    LicenseAdmin,
    /// Look.
    Reader,
}

/// What a user may do with a billing profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::BillingProfileRole")]
pub(crate) enum BillingProfileRoleName {
    /// Grant roles, edit, buy with it, pay its invoices, view.
    Owner,
    /// Edit, buy with it, pay its invoices, view.
    Contributor,
    /// Pay its invoices, view.
    InvoiceManager,
    /// View.
    Reader,
}

/// The kinds of payment methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::PaymentMethodKind")]
pub(crate) enum PaymentMethodKind {
    /// A card. It is charged when an invoice is due.
    Card,
    /// A check or a wire transfer, due 30 days after the invoice. Usable once the operator has approved it.
    CheckOrWire,
}

/// What a payment method is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::billing::payer::Usability")]
pub(crate) enum PaymentMethodStatus {
    /// The operator has to approve it first.
    PendingApproval,
    /// It can be used.
    Usable,
    /// The operator refused it.
    Refused,
    /// The card's last month is over. Add another card.
    Expired,
}

impl PaymentMethodStatus {
    /// What the operator, or nobody, said; whether a card has expired is its date's to say.
    pub(crate) fn decided(self) -> Option<entity::state::PaymentMethodStatus> {
        use entity::state::PaymentMethodStatus as Stored;
        match self {
            Self::PendingApproval => Some(Stored::PendingApproval),
            Self::Usable => Some(Stored::Usable),
            Self::Refused => Some(Stored::Refused),
            Self::Expired => None,
        }
    }
}

/// What has become of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::InvoiceStatus")]
pub(crate) enum InvoiceStatus {
    /// To be paid.
    Due,
    /// A charge was declined or could not be made, its due time passed unpaid, or it was issued for days that were used before
    /// a lapse.
    Overdue,
    /// Paid in full.
    Paid,
    /// Credited in full without a payment.
    Void,
}

/// What an invoice line charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::InvoiceLineKind")]
pub(crate) enum InvoiceLineKind {
    /// A whole period.
    Period,
    /// More licences, for the rest of a period.
    Proration,
    /// Days that were used after the last invoiced period, until the subscription lapsed.
    UsedDays,
}

/// How a payment went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::PaymentStatus")]
pub(crate) enum PaymentStatus {
    /// Its outcome is awaited.
    Pending,
    /// The money came.
    Succeeded,
    /// It was declined; `failureCode` says why.
    Declined,
    /// The gateway did not answer. It is asked again; nothing is charged twice.
    Unknown,
    /// The money went back.
    Refunded,
}

/// How a refund went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::RefundStatus")]
pub(crate) enum RefundStatus {
    /// It is to be made, or its outcome is awaited.
    Pending,
    /// The gateway did not answer. It is asked again; nothing is given back twice.
    Unknown,
    /// The money went back.
    Succeeded,
    /// It failed; `failureCode` says why, and another attempt follows.
    Failed,
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::ApiKeyScope")]
pub(crate) enum ApiKeyScope {
    /// Read what its holder sees.
    Read,
    /// Do what its holder may do, too.
    Write,
}

/// The kinds of actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::state::ActorKind")]
pub(crate) enum ActorKind {
    /// A user of an organization.
    Member,
    /// The publisher of the app.
    Publisher,
    /// A partner.
    Partner,
    /// The operator of the marketplace.
    Operator,
    /// Time: a scheduled job, or what fell due.
    System,
}

/// What can be done with a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Action")]
pub(crate) enum AllowedAction {
    /// Activate it, as its publisher: `activateSubscription`.
    Activate,
    /// Open the publisher's portal: `openPublisherPortal`.
    OpenPublisherPortal,
    /// Change the number of licences: `changeLicenseQuantity`.
    ChangeLicenseQuantity,
    /// Assign licences to users, or take them back: `assignLicenses`, `unassignLicenses`.
    AssignLicenses,
    /// Move its future charges to another billing profile: `changeBillingProfile`.
    ChangeBillingProfile,
    /// Switch auto-renewal: `setAutoRenew`.
    SetAutoRenew,
    /// Cancel it: `cancelSubscription`.
    Cancel,
    /// Buy another copy that replaces it: `purchaseSubscription` with `replacesSubscriptionId`.
    BuyAgain,
    /// Ask the publisher for support: `requestSupport`.
    RequestSupport,
}

/// What happened to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AppSubscriptionEventType {
    /// It was bought.
    Purchased,
    /// The publisher activated it, and its first period began.
    Activated,
    /// Its next period began. A scheduled lower number of licences took effect.
    Renewed,
    /// Its number of licences was raised.
    LicenseQuantityChanged,
    /// A lower number of licences was scheduled for its next renewal.
    LicenseDecreaseScheduled,
    /// A scheduled lower number of licences was withdrawn.
    LicenseDecreaseWithdrawn,
    /// Licences were assigned to users.
    LicensesAssigned,
    /// Licences were taken back from users.
    LicensesUnassigned,
    /// Auto-renewal was switched on or off.
    AutoRenewChanged,
    /// Its future charges moved to another billing profile.
    BillingProfileChanged,
    /// A payment is past due, and its grace began.
    PaymentPastDue,
    /// Nothing is past due any more.
    PaymentRecovered,
    /// It expires in 30 or 7 days.
    EndingSoon,
    /// It was disabled, for good.
    Disabled,
}

impl AppSubscriptionEventType {
    /// The type, if it is one of a subscription's events.
    pub(crate) fn of(stored: entity::state::EventType) -> Option<Self> {
        use entity::state::EventType as Stored;
        match stored {
            Stored::Purchased => Some(Self::Purchased),
            Stored::Activated => Some(Self::Activated),
            Stored::Renewed => Some(Self::Renewed),
            Stored::LicenseQuantityChanged => Some(Self::LicenseQuantityChanged),
            Stored::LicenseDecreaseScheduled => Some(Self::LicenseDecreaseScheduled),
            Stored::LicenseDecreaseWithdrawn => Some(Self::LicenseDecreaseWithdrawn),
            Stored::LicensesAssigned => Some(Self::LicensesAssigned),
            Stored::LicensesUnassigned => Some(Self::LicensesUnassigned),
            Stored::AutoRenewChanged => Some(Self::AutoRenewChanged),
            Stored::BillingProfileChanged => Some(Self::BillingProfileChanged),
            Stored::PaymentPastDue => Some(Self::PaymentPastDue),
            Stored::PaymentRecovered => Some(Self::PaymentRecovered),
            Stored::EndingSoon => Some(Self::EndingSoon),
            Stored::Disabled => Some(Self::Disabled),
            Stored::InvoiceIssued
            | Stored::InvoicePaid
            | Stored::InvoiceOverdue
            | Stored::CreditNoteIssued
            | Stored::ProfileCreated
            | Stored::ProfileUpdated
            | Stored::ProfileRoleGranted
            | Stored::ProfileRoleRevoked
            | Stored::PaymentRecorded
            | Stored::PaymentRefunded
            | Stored::RefundFailed
            | Stored::OrganizationCreated
            | Stored::MemberInvited
            | Stored::MemberRoleChanged
            | Stored::MemberRemoved
            | Stored::UserErased
            | Stored::ApiKeyCreated
            | Stored::ApiKeyRevoked
            | Stored::WebhookEndpointCreated
            | Stored::WebhookEndpointUpdated
            | Stored::WebhookSecretRotated
            | Stored::WebhookEndpointDisabled
            | Stored::WebhookEndpointRemoved
            | Stored::WebhookEndpointTested
            | Stored::WebhookDeliveryReplayed
            | Stored::AgreementAccepted
            | Stored::PartnershipRequested
            | Stored::PartnershipApproved
            | Stored::PartnershipEnded
            | Stored::AppSetUp
            | Stored::ProposalDrafted
            | Stored::ProposalSent
            | Stored::ProposalRevised
            | Stored::ProposalWithdrawn
            | Stored::ProposalAccepted
            | Stored::ProposalDeclined
            | Stored::ProposalExpired
            | Stored::PaymentAttempted
            | Stored::PaymentResolved
            | Stored::MethodAdded
            | Stored::MethodApproved
            | Stored::MethodRefused
            | Stored::MethodRemoved
            | Stored::MemberBound
            | Stored::PortalOpened
            | Stored::SupportRequested
            | Stored::OperatorAdded
            | Stored::OperatorRenamed
            | Stored::OperatorBound
            | Stored::PublisherCreated
            | Stored::PublisherUpdated
            | Stored::PublisherKeyCreated
            | Stored::PublisherKeyRevoked
            | Stored::PartnerCreated
            | Stored::PartnerKeyCreated
            | Stored::PartnerKeyRevoked
            | Stored::AppCreated
            | Stored::AppUpdated
            | Stored::AppPublished
            | Stored::AppWithdrawn
            | Stored::PlanCreated
            | Stored::PlanUpdated
            | Stored::PlanRetired
            | Stored::CountryAdded
            | Stored::CountryMoved
            | Stored::CountryRemoved
            | Stored::AgreementPublished => None,
        }
    }
}

/// The kinds of viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ViewerKind {
    /// A user of an organization.
    Member,
    /// A publisher.
    Publisher,
    /// A partner.
    Partner,
    /// The operator of the marketplace.
    Operator,
}

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum OrderDirection {
    /// From the smallest, the earliest, A.
    Asc,
    /// From the largest, the latest, Z.
    Desc,
}
