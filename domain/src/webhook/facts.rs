//! What messages tell of events: chosen facts, under the names and in the forms of the API, and who gets which. Whatever
//! else an event has stored stays here.

use crate::global_id::Kind;
use entity::state::EventType;

/// A fact that an event has stored, and what becomes of it.
pub(super) struct Fact {
    /// Under which name it is stored.
    pub(super) stored: &'static str,
    /// Under which name it is told.
    pub(super) told: &'static str,
    /// In which form.
    pub(super) form: Form,
    /// To whom.
    pub(super) to: To,
}

/// In which form a fact is told.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// The global id of an object.
    Id(Kind),
    /// Those of several.
    Ids(Kind),
    /// How many there are.
    Count,
    /// An amount of money.
    Amount,
}

/// To whom a fact is told, of those who get the event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// To all.
    All,
    /// To those who see the money.
    Payers,
    /// To those who see which people have licences.
    Assigners,
}

const fn fact(stored: &'static str, told: &'static str, form: Form, to: To) -> Fact {
    Fact { stored, told, form, to }
}

const fn plain(stored: &'static str, told: &'static str) -> Fact {
    fact(stored, told, Form::Plain, To::All)
}

const fn id(stored: &'static str, told: &'static str, kind: Kind) -> Fact {
    fact(stored, told, Form::Id(kind), To::All)
}

const QUANTITY: Fact = plain("quantity", "licenseQuantity");
const INVOICE: Fact = id("invoice", "invoiceId", Kind::Invoice);
const PAYERS_INVOICE: Fact = fact("invoice", "invoiceId", Form::Id(Kind::Invoice), To::Payers);
const NUMBER: Fact = plain("number", "number");
const METHOD: Fact = id("paymentMethod", "paymentMethodId", Kind::PaymentMethod);
const USER: Fact = id("user", "userId", Kind::User);
const ROLE: Fact = plain("role", "role");
const KEY: Fact = id("apiKey", "apiKeyId", Kind::ApiKey);
const PARTNERSHIP: [Fact; 2] =
    [id("partnership", "partnershipId", Kind::Partnership), id("partner", "partnerId", Kind::Partner)];
const PERIOD: [Fact; 4] = [
    plain("period", "periodNumber"),
    plain("start", "periodStart"),
    plain("end", "periodEnd"),
    plain("quantity", "licenseQuantity"),
];
const PEOPLE: [Fact; 2] = [
    fact("users", "userCount", Form::Count, To::All),
    fact("users", "userIds", Form::Ids(Kind::User), To::Assigners),
];
const REFUND: [Fact; 4] = [
    id("refund", "refundId", Kind::Refund),
    id("payment", "paymentId", Kind::Payment),
    INVOICE,
    fact("amount", "amount", Form::Amount, To::All),
];
const ENDPOINT: [Fact; 2] =
    [id("webhookEndpoint", "webhookEndpointId", Kind::WebhookEndpoint), plain("reason", "disabledReason")];

/// What is told of events of this type.
pub(super) fn of(kind: EventType) -> &'static [Fact] {
    use EventType::*;
    match kind {
        Purchased => const { &[QUANTITY, plain("autoRenew", "autoRenew")] },
        Activated | Renewed => &PERIOD,
        LicenseQuantityChanged => {
            const { &[plain("from", "previousLicenseQuantity"), QUANTITY, PAYERS_INVOICE] }
        }
        LicenseDecreaseScheduled => {
            const { &[QUANTITY, plain("scheduled", "scheduledLicenseQuantity"), plain("at", "scheduledOn")] }
        }
        LicenseDecreaseWithdrawn => const { &[QUANTITY, plain("withdrawn", "withdrawnLicenseQuantity")] },
        LicensesAssigned | LicensesUnassigned => &PEOPLE,
        AutoRenewChanged => const { &[plain("autoRenew", "autoRenew")] },
        BillingProfileChanged => {
            const { &[fact("to", "billingProfileId", Form::Id(Kind::BillingProfile), To::Payers)] }
        }
        PaymentPastDue => const { &[plain("graceEndsAt", "graceEndsAt"), PAYERS_INVOICE] },
        PaymentRecovered => const { &[PAYERS_INVOICE] },
        EndingSoon => const { &[plain("endsAt", "endsAt"), plain("endsOn", "endsOn")] },
        Disabled => const { &[plain("reason", "disabledReason"), plain("disabledAt", "disabledAt")] },
        InvoiceIssued => const { &[INVOICE, NUMBER, fact("total", "total", Form::Amount, To::All)] },
        InvoicePaid | InvoiceOverdue => const { &[INVOICE, NUMBER] },
        CreditNoteIssued => {
            const {
                &[
                    id("creditNote", "creditNoteId", Kind::CreditNote),
                    NUMBER,
                    INVOICE,
                    fact("total", "total", Form::Amount, To::All),
                ]
            }
        }
        ProfileCreated => const { &[plain("currency", "currency"), METHOD] },
        ProfileUpdated => const { &[plain("changed", "changed"), METHOD] },
        PaymentRecorded => {
            const {
                &[
                    id("payment", "paymentId", Kind::Payment),
                    INVOICE,
                    fact("amount", "amount", Form::Amount, To::All),
                ]
            }
        }
        PaymentRefunded | RefundFailed => &REFUND,
        ProfileRoleGranted | ProfileRoleRevoked | MemberInvited | MemberRoleChanged => {
            const { &[USER, ROLE] }
        }
        MemberRemoved | UserErased => const { &[USER] },
        OrganizationCreated => const { &[id("owner", "ownerId", Kind::User)] },
        ApiKeyCreated => const { &[KEY, plain("scope", "scope"), ROLE] },
        ApiKeyRevoked => const { &[KEY] },
        AgreementAccepted => {
            const { &[plain("version", "version"), id("attestedBy", "attestedById", Kind::Partner)] }
        }
        PartnershipRequested | PartnershipApproved | PartnershipEnded => &PARTNERSHIP,
        AppSetUp => const { &[id("subscription", "subscriptionId", Kind::AppSubscription)] },
        WebhookEndpointCreated
        | WebhookEndpointUpdated
        | WebhookSecretRotated
        | WebhookEndpointDisabled
        | WebhookEndpointRemoved => &ENDPOINT,
    }
}

/// What follows from the type alone.
pub(super) fn fixed(kind: EventType) -> Option<(&'static str, &'static str)> {
    use EventType::*;
    match kind {
        Purchased => Some(("status", "PENDING_ACTIVATION")),
        Activated | Renewed => Some(("status", "ACTIVE")),
        Disabled => Some(("status", "DISABLED")),
        PaymentPastDue => Some(("paymentStanding", "PAST_DUE")),
        PaymentRecovered => Some(("paymentStanding", "CURRENT")),
        InvoiceIssued => Some(("status", "DUE")),
        InvoicePaid => Some(("status", "PAID")),
        InvoiceOverdue => Some(("status", "OVERDUE")),
        LicenseQuantityChanged
        | LicenseDecreaseScheduled
        | LicenseDecreaseWithdrawn
        | LicensesAssigned
        | LicensesUnassigned
        | AutoRenewChanged
        | BillingProfileChanged
        | EndingSoon
        | CreditNoteIssued
        | ProfileCreated
        | ProfileUpdated
        | PaymentRecorded
        | PaymentRefunded
        | RefundFailed
        | ProfileRoleGranted
        | ProfileRoleRevoked
        | OrganizationCreated
        | MemberInvited
        | MemberRoleChanged
        | MemberRemoved
        | UserErased
        | ApiKeyCreated
        | ApiKeyRevoked
        | AgreementAccepted
        | PartnershipRequested
        | PartnershipApproved
        | PartnershipEnded
        | AppSetUp
        | WebhookEndpointCreated
        | WebhookEndpointUpdated
        | WebhookSecretRotated
        | WebhookEndpointDisabled
        | WebhookEndpointRemoved => None,
    }
}

/// Which of the facts is the object that the event is about: none where it is the one that the stream belongs to.
pub(super) fn subject(kind: EventType) -> Option<(&'static str, Kind)> {
    use EventType::*;
    match kind {
        InvoiceIssued | InvoicePaid | InvoiceOverdue => Some(("invoice", Kind::Invoice)),
        CreditNoteIssued => Some(("creditNote", Kind::CreditNote)),
        PaymentRecorded | PaymentRefunded | RefundFailed => Some(("payment", Kind::Payment)),
        WebhookEndpointCreated
        | WebhookEndpointUpdated
        | WebhookSecretRotated
        | WebhookEndpointDisabled
        | WebhookEndpointRemoved => Some(("webhookEndpoint", Kind::WebhookEndpoint)),
        Purchased
        | Activated
        | Renewed
        | LicenseQuantityChanged
        | LicenseDecreaseScheduled
        | LicenseDecreaseWithdrawn
        | LicensesAssigned
        | LicensesUnassigned
        | AutoRenewChanged
        | BillingProfileChanged
        | PaymentPastDue
        | PaymentRecovered
        | EndingSoon
        | Disabled
        | ProfileCreated
        | ProfileUpdated
        | ProfileRoleGranted
        | ProfileRoleRevoked
        | OrganizationCreated
        | MemberInvited
        | MemberRoleChanged
        | MemberRemoved
        | UserErased
        | ApiKeyCreated
        | ApiKeyRevoked
        | AgreementAccepted
        | PartnershipRequested
        | PartnershipApproved
        | PartnershipEnded
        | AppSetUp => None,
    }
}
