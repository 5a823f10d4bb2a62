//! What messages tell of events: chosen facts, under the names and in the forms of the API, and who gets which. Whatever
//! else an event has stored stays here, and what is not in this table is told to nobody.

use crate::{
    global_id::Kind,
    money::{CREDIT_NOTE_NUMBER, INVOICE_NUMBER},
};
use entity::state::{EventType, StreamKind};

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
    /// The number of a document, behind the letters that it begins with.
    Number(&'static str),
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

/// What is told of one type of events.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// The kind of stream that they belong to.
    pub(super) stream: StreamKind,
    /// What is told of what they have stored.
    pub(super) facts: &'static [Fact],
    /// What follows from the type alone.
    pub(super) fixed: Option<(&'static str, &'static str)>,
    /// Which of the stored facts is the object that they are about: none where it is the one that the stream belongs to.
    pub(super) about: Option<(&'static str, Kind)>,
}

impl Told {
    const fn of(stream: StreamKind, facts: &'static [Fact]) -> Self {
        Self { stream, facts, fixed: None, about: None }
    }

    const fn subscription(facts: &'static [Fact]) -> Self {
        Self::of(StreamKind::Subscription, facts)
    }

    const fn profile(facts: &'static [Fact]) -> Self {
        Self::of(StreamKind::BillingProfile, facts)
    }

    const fn organization(facts: &'static [Fact]) -> Self {
        Self::of(StreamKind::Organization, facts)
    }

    const fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.fixed = Some((name, value));
        self
    }

    const fn about(mut self, stored: &'static str, kind: Kind) -> Self {
        self.about = Some((stored, kind));
        self
    }
}

const QUANTITY: Fact = plain("quantity", "licenseQuantity");
const INVOICE: Fact = id("invoice", "invoiceId", Kind::Invoice);
const PAYERS_INVOICE: Fact = fact("invoice", "invoiceId", Form::Id(Kind::Invoice), To::Payers);
const NUMBER: Fact = fact("number", "number", Form::Number(INVOICE_NUMBER), To::All);
const NOTE_NUMBER: Fact = fact("number", "number", Form::Number(CREDIT_NOTE_NUMBER), To::All);
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
const PAYMENT: Fact = id("payment", "paymentId", Kind::Payment);
const SUBSCRIPTION: Fact = id("subscription", "subscriptionId", Kind::AppSubscription);
const PROPOSAL: Fact = id("proposal", "proposalId", Kind::Proposal);
const REVISION: Fact = plain("revision", "revision");
const REFUND: [Fact; 4] = [
    id("refund", "refundId", Kind::Refund),
    PAYMENT,
    INVOICE,
    fact("amount", "amount", Form::Amount, To::All),
];
const ENDPOINT: [Fact; 2] =
    [id("webhookEndpoint", "webhookEndpointId", Kind::WebhookEndpoint), plain("reason", "disabledReason")];

/// What is told of events of this type; none for what is told to nobody.
pub(super) fn told(kind: EventType) -> Option<Told> {
    use EventType::*;
    Some(match kind {
        Purchased => Told::subscription(const { &[QUANTITY, plain("autoRenew", "autoRenew")] })
            .with("status", "PENDING_ACTIVATION"),
        Activated | Renewed => Told::subscription(&PERIOD).with("status", "ACTIVE"),
        LicenseQuantityChanged => Told::subscription(
            const { &[plain("from", "previousLicenseQuantity"), QUANTITY, PAYERS_INVOICE] },
        ),
        LicenseDecreaseScheduled => Told::subscription(
            const { &[QUANTITY, plain("scheduled", "scheduledLicenseQuantity"), plain("at", "scheduledOn")] },
        ),
        LicenseDecreaseWithdrawn => {
            Told::subscription(const { &[QUANTITY, plain("withdrawn", "withdrawnLicenseQuantity")] })
        }
        LicensesAssigned | LicensesUnassigned => Told::subscription(&PEOPLE),
        AutoRenewChanged => Told::subscription(const { &[plain("autoRenew", "autoRenew")] }),
        BillingProfileChanged => Told::subscription(
            const { &[fact("to", "billingProfileId", Form::Id(Kind::BillingProfile), To::Payers)] },
        ),
        PaymentPastDue => {
            Told::subscription(const { &[plain("graceEndsAt", "graceEndsAt"), PAYERS_INVOICE] })
                .with("paymentStanding", "PAST_DUE")
        }
        PaymentRecovered => {
            Told::subscription(const { &[PAYERS_INVOICE] }).with("paymentStanding", "CURRENT")
        }
        EndingSoon => {
            Told::subscription(const { &[plain("endsAt", "endsAt"), plain("daysLeft", "daysLeft")] })
        }
        Disabled => Told::subscription(
            const { &[plain("reason", "disabledReason"), plain("disabledAt", "disabledAt")] },
        )
        .with("status", "DISABLED"),
        InvoiceIssued => {
            Told::profile(const { &[INVOICE, NUMBER, fact("total", "total", Form::Amount, To::All)] })
                .with("status", "DUE")
                .about("invoice", Kind::Invoice)
        }
        InvoicePaid => {
            Told::profile(const { &[INVOICE, NUMBER] }).with("status", "PAID").about("invoice", Kind::Invoice)
        }
        InvoiceOverdue => Told::profile(const { &[INVOICE, NUMBER] })
            .with("status", "OVERDUE")
            .about("invoice", Kind::Invoice),
        CreditNoteIssued => Told::profile(
            const {
                &[
                    id("creditNote", "creditNoteId", Kind::CreditNote),
                    NOTE_NUMBER,
                    INVOICE,
                    fact("total", "total", Form::Amount, To::All),
                ]
            },
        )
        .about("creditNote", Kind::CreditNote),
        ProfileCreated => Told::profile(const { &[plain("currency", "currency"), METHOD] }),
        ProfileUpdated => Told::profile(const { &[plain("changed", "changed"), METHOD] }),
        PaymentAttempted | PaymentResolved => {
            Told::profile(const { &[PAYMENT, INVOICE, METHOD, plain("status", "status")] })
                .about("payment", Kind::Payment)
        }
        PaymentRecorded => {
            Told::profile(const { &[PAYMENT, INVOICE, fact("amount", "amount", Form::Amount, To::All)] })
                .about("payment", Kind::Payment)
        }
        PaymentRefunded | RefundFailed => Told::profile(&REFUND).about("payment", Kind::Payment),
        ProfileRoleGranted | ProfileRoleRevoked => Told::profile(const { &[USER, ROLE] }),
        MemberInvited | MemberRoleChanged => Told::organization(const { &[USER, ROLE] }),
        MemberBound | MemberRemoved | UserErased => Told::organization(const { &[USER] }),
        OrganizationCreated => Told::organization(const { &[id("owner", "ownerId", Kind::User)] }),
        ApiKeyCreated => Told::organization(const { &[KEY, plain("scope", "scope"), ROLE] }),
        ApiKeyRevoked => Told::organization(const { &[KEY] }),
        AgreementAccepted => Told::organization(
            const { &[plain("version", "version"), id("attestedBy", "attestedById", Kind::Partner)] },
        ),
        PartnershipRequested | PartnershipApproved | PartnershipEnded => Told::organization(&PARTNERSHIP),
        AppSetUp | PortalOpened => Told::organization(const { &[SUBSCRIPTION] }),
        SupportRequested => Told::organization(
            const { &[id("supportRequest", "supportRequestId", Kind::SupportRequest), SUBSCRIPTION] },
        ),
        MethodAdded | MethodApproved | MethodRefused | MethodRemoved => {
            Told::organization(const { &[METHOD] }).about("paymentMethod", Kind::PaymentMethod)
        }
        ProposalSent | ProposalRevised | ProposalWithdrawn | ProposalDeclined | ProposalExpired => {
            Told::organization(const { &[PROPOSAL, REVISION] }).about("proposal", Kind::Proposal)
        }
        ProposalAccepted => Told::organization(
            const {
                &[
                    PROPOSAL,
                    REVISION,
                    fact("subscriptions", "subscriptionIds", Form::Ids(Kind::AppSubscription), To::All),
                ]
            },
        )
        .about("proposal", Kind::Proposal),
        WebhookEndpointCreated
        | WebhookEndpointUpdated
        | WebhookSecretRotated
        | WebhookEndpointDisabled
        | WebhookEndpointRemoved => {
            Told::organization(&ENDPOINT).about("webhookEndpoint", Kind::WebhookEndpoint)
        }
        // What would beget messages for ever.
        WebhookEndpointTested | WebhookDeliveryReplayed => return None,
        // The marketplace's own.
        ProposalDrafted | OperatorAdded | OperatorRenamed | OperatorBound | PublisherCreated
        | PublisherUpdated | PublisherKeyCreated | PublisherKeyRevoked | PartnerCreated
        | PartnerKeyCreated | PartnerKeyRevoked | AppCreated | AppUpdated | AppPublished | AppWithdrawn
        | PlanCreated | PlanUpdated | PlanRetired | CountryAdded | CountryMoved | CountryRemoved
        | AgreementPublished => return None,
    })
}
