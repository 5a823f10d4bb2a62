//! What an operation answers when it does not do what it was asked.

use crate::said;
use sea_orm::{DbErr, RuntimeErr};
use std::{borrow::Cow, fmt};

/// The answer of every operation and query of the domain.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing was done. Whatever it is, nothing was written, but for the one that says that this is not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object, or the actor may not know of it: the two cannot be told apart.
    #[error("{0} was not found")]
    NotFound(Input),
    /// The actor sees the object, but lacks the role.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// The input is not one that could ever be accepted.
    #[error("{1}")]
    Invalid(Input, Cow<'static, str>),
    /// The state of the world forbids it.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(Refusal),
    /// The state of the world forbids several parts of it, each for itself.
    #[error("{} parts were refused", .0.len())]
    RefusedParts(Vec<Refusal>),
    /// Somebody else was faster, or is still at it: trying again is safe.
    #[error("somebody else is changing the same thing; try again")]
    Conflict,
    /// What it needs cannot be reached now, or has no room: the database above all.
    #[error("the service is not available at the moment; try again")]
    Unavailable(String),
    /// The database's answer to a commit got lost: it may have been done, or not. Whoever tries again has to look first, or
    /// send the same idempotency key.
    #[error("whether it was done is not known, because the answer got lost")]
    OutcomeUnknown(String),
    /// A fault of ours, or of what we depend on. Its text is for the log, never for a client.
    #[error("{0}")]
    Internal(String),
}

/// The path of the input that an error is about, as a front end sent it: `["input", "userIds", "3"]`. May be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input(pub Vec<Cow<'static, str>>);

impl Input {
    /// The field of the mutation's input with this name.
    pub fn field(name: &'static str) -> Self {
        Self(vec!["input".into(), name.into()])
    }

    /// The mutation's input itself.
    pub fn whole() -> Self {
        Self(vec!["input".into()])
    }

    /// What lies below it.
    #[must_use]
    pub fn below(&self, part: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.iter().cloned().chain([part.into()]).collect())
    }

    /// The path as a JSON pointer: `/apps/0/name`.
    pub fn pointer(&self) -> String {
        self.0.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
    }

    /// The element of a list in the mutation's input.
    pub fn element(name: &'static str, index: usize) -> Self {
        Self(vec!["input".into(), name.into(), index.to_string().into()])
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.last().map_or("it", |name| name.as_ref()))
    }
}

/// A refusal that belongs to the domain: a code to program against and a sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The state of the world that forbids it.
    pub code: Code,
    /// For the person in front of the screen.
    pub message: Cow<'static, str>,
    /// The input that it is about.
    pub path: Input,
}

impl Refusal {
    /// The refusal with this input as its path.
    #[must_use]
    pub fn at(mut self, path: Input) -> Self {
        self.path = path;
        self
    }
}

/// The codes of refusals. Front ends rely on their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::EnumIter)]
pub enum Code {
    /// A disabled subscription stays disabled, whatever is tried.
    DisabledIsTerminal,
    /// Only an active subscription has it.
    NotActive,
    /// The plan or quantity is not what was bought.
    PurchaseMismatch,
    /// The publisher's portal was not opened for the subscription yet.
    PortalNotOpened,
    /// The portal token is malformed, expired, or another publisher's.
    TokenInvalid,
    /// The organization has not accepted the current Customer Agreement.
    AgreementNotAccepted,
    /// The version is not the current one.
    AgreementVersionOutdated,
    /// The country is not one in which apps are sold.
    RegionNotSupported,
    /// The plan is not for sale to this organization.
    PlanNotAvailable,
    /// Plan and billing profile have different currencies.
    CurrencyMismatch,
    /// A flat-rate subscription has no licences.
    LicensesNotApplicable,
    /// The quantity is outside what the plan allows.
    LicenseQuantityOutOfRange,
    /// More licences are assigned than would be left.
    LicensesStillAssigned,
    /// All licences are assigned.
    NoLicenseAvailable,
    /// The user does not belong to the organization.
    UserNotInOrganization,
    /// The billing profile may not be bought with, or has an overdue invoice.
    BillingProfileNotUsable,
    /// The payment method is missing, not approved, refused or expired.
    PaymentMethodNotUsable,
    /// The payment was declined.
    PaymentDeclined,
    /// The outcome of a payment is awaited.
    PaymentPending,
    /// A payment is past due.
    PaymentPastDue,
    /// More was received than is due.
    AmountExceedsDue,
    /// A billing profile pays with the payment method, or the outcome of a charge is awaited.
    PaymentMethodInUse,
    /// Somebody has to remain the owner.
    LastOwner,
    /// There is nothing to pay on the invoice.
    InvoiceNotPayable,
    /// A partner manages the subscription.
    ManagedByPartner,
    /// The partnership has ended.
    PartnershipEnded,
    /// The subscription cannot be replaced by this purchase.
    NotReplaceable,
    /// The proposal cannot be answered or changed any more.
    ProposalClosed,
    /// The proposal is not the one that was seen any more.
    ProposalChanged,
    /// The same key was used with another input.
    IdempotencyKeyReused,
    /// Nothing is sent to a webhook endpoint that is disabled.
    WebhookEndpointDisabled,
    /// The clock can be advanced in the sandbox only.
    NotSandbox,
    /// It is not due yet: for jobs that come too early.
    NotDue,
}

impl Code {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as sea_orm::Iterable>::iter()
    }

    /// Its name, as front ends see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DisabledIsTerminal => "DISABLED_IS_TERMINAL",
            Self::NotActive => "NOT_ACTIVE",
            Self::PurchaseMismatch => "PURCHASE_MISMATCH",
            Self::PortalNotOpened => "PORTAL_NOT_OPENED",
            Self::TokenInvalid => "TOKEN_INVALID",
            Self::AgreementNotAccepted => "AGREEMENT_NOT_ACCEPTED",
            Self::AgreementVersionOutdated => "AGREEMENT_VERSION_OUTDATED",
            Self::RegionNotSupported => "REGION_NOT_SUPPORTED",
            Self::PlanNotAvailable => "PLAN_NOT_AVAILABLE",
            Self::CurrencyMismatch => "CURRENCY_MISMATCH",
            Self::LicensesNotApplicable => "LICENSES_NOT_APPLICABLE",
            Self::LicenseQuantityOutOfRange => "LICENSE_QUANTITY_OUT_OF_RANGE",
            Self::LicensesStillAssigned => "LICENSES_STILL_ASSIGNED",
            Self::NoLicenseAvailable => "NO_LICENSE_AVAILABLE",
            Self::UserNotInOrganization => "USER_NOT_IN_ORGANIZATION",
            Self::BillingProfileNotUsable => "BILLING_PROFILE_NOT_USABLE",
            Self::PaymentMethodNotUsable => "PAYMENT_METHOD_NOT_USABLE",
            Self::PaymentDeclined => "PAYMENT_DECLINED",
            Self::PaymentPending => "PAYMENT_PENDING",
            Self::PaymentPastDue => "PAYMENT_PAST_DUE",
            Self::AmountExceedsDue => "AMOUNT_EXCEEDS_DUE",
            Self::PaymentMethodInUse => "PAYMENT_METHOD_IN_USE",
            Self::LastOwner => "LAST_OWNER",
            Self::InvoiceNotPayable => "INVOICE_NOT_PAYABLE",
            Self::ManagedByPartner => "MANAGED_BY_PARTNER",
            Self::PartnershipEnded => "PARTNERSHIP_ENDED",
            Self::NotReplaceable => "NOT_REPLACEABLE",
            Self::ProposalClosed => "PROPOSAL_CLOSED",
            Self::ProposalChanged => "PROPOSAL_CHANGED",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::WebhookEndpointDisabled => "WEBHOOK_ENDPOINT_DISABLED",
            Self::NotSandbox => "NOT_SANDBOX",
            Self::NotDue => "NOT_DUE",
        }
    }

    /// A refusal with this code and a sentence of its own.
    pub fn because(self, message: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal { code: self, message: message.into(), path: Input::default() }
    }

    /// What a front end may show when there is nothing more to say than the code.
    pub fn usual_message(self) -> &'static str {
        match self {
            Self::DisabledIsTerminal => {
                "The subscription is disabled, and nothing brings it back. To go on, buy another copy of the app."
            }
            Self::NotActive => "The subscription is not active yet. The publisher has to activate it first.",
            Self::PurchaseMismatch => {
                "This is not the plan and quantity that were bought. Resolve the purchase again."
            }
            Self::PortalNotOpened => {
                "The publisher's portal was not opened for this subscription yet. The customer has to open it first."
            }
            Self::TokenInvalid => "The token is not valid. Ask the customer to open the portal again.",
            Self::AgreementNotAccepted => "Accept the current Customer Agreement first.",
            Self::AgreementVersionOutdated => {
                "This is not the current version. Read and accept the current one."
            }
            Self::RegionNotSupported => "Apps are not sold in this country.",
            Self::PlanNotAvailable => "The plan is not for sale to this organization. Choose another plan.",
            Self::CurrencyMismatch => {
                "The billing profile has another currency. Choose one in the plan's currency."
            }
            Self::LicensesNotApplicable => "A flat-rate subscription has no licences to count or assign.",
            Self::LicenseQuantityOutOfRange => "The plan does not allow this number of licences.",
            Self::LicensesStillAssigned => "More licences are assigned than that. Unassign some first.",
            Self::NoLicenseAvailable => "Not enough licences are available. Unassign some, or buy more.",
            Self::UserNotInOrganization => "The user does not belong to the organization.",
            Self::BillingProfileNotUsable => {
                "The billing profile cannot be bought with: it needs your buying role and no overdue invoice."
            }
            Self::PaymentMethodNotUsable => {
                "The payment method cannot be used. Choose one that is approved and has not expired."
            }
            Self::PaymentDeclined => "The payment was declined. Try another payment method.",
            Self::PaymentPending => {
                "The outcome of the payment is not known yet. Look at the invoice again in a minute."
            }
            Self::PaymentPastDue => "A payment is past due. Pay the open invoice first.",
            Self::AmountExceedsDue => "This is more than is due on the invoice.",
            Self::PaymentMethodInUse => {
                "A billing profile pays with it, or the outcome of a charge is awaited. Give the profile another payment method first."
            }
            Self::LastOwner => "This is the last owner. Make somebody else an owner first.",
            Self::InvoiceNotPayable => "There is nothing to pay on this invoice.",
            Self::ManagedByPartner => "A partner manages this subscription. Ask the partner to change it.",
            Self::PartnershipEnded => {
                "The partnership has ended, so the subscription cannot renew itself any more."
            }
            Self::NotReplaceable => {
                "It cannot be replaced by this purchase: choose a disabled subscription of the same app whose copy, if any, is disabled too."
            }
            Self::ProposalClosed => {
                "The proposal was answered, withdrawn or ran out. Look at it again, and ask the operator for another."
            }
            Self::ProposalChanged => {
                "The proposal was revised since you saw it. Look at it again, and accept the revision that stands."
            }
            Self::IdempotencyKeyReused => "This key was used with another input. Send a new key.",
            Self::WebhookEndpointDisabled => "This endpoint is disabled. Enable it first.",
            Self::NotSandbox => "The clock can be advanced in the sandbox only.",
            Self::NotDue => "It is not due yet.",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        code.because(code.usual_message())
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// Nothing with the id that this field names.
    pub fn not_found(field: &'static str) -> Self {
        Self::NotFound(Input::field(field))
    }

    /// This field can never be accepted, and why.
    pub fn invalid(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(Input::field(field), message.into())
    }

    /// The same, about another input: for what was checked without knowing where it stood.
    #[must_use]
    pub(crate) fn about(self, path: Input) -> Self {
        match self {
            Self::Invalid(_, message) => Self::Invalid(path, message),
            other => other,
        }
    }

    /// A fault of ours, for the log.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl Error {
    /// What a commit failed with. Only the database can say that nothing was written.
    pub(crate) fn of_commit(error: DbErr) -> Self {
        if said_by_database(&error).is_some_and(|code| !said::breaks_off(&code)) {
            return error.into();
        }
        Self::OutcomeUnknown(error.to_string())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = &error {
            return Self::Unavailable(error.to_string());
        }
        let Some(cause) = cause(&error) else { return Self::Internal(error.to_string()) };
        match (cause, said_by_database(&error)) {
            (_, Some(code)) if said::try_again(&code) => Self::Conflict,
            (_, Some(code)) if said::not_now(&code) => Self::Unavailable(error.to_string()),
            (
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
                _,
            ) => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// What lies below an error.
fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause.as_ref()),
        _ => None,
    }
}

/// The code that the database gave itself.
fn said_by_database(error: &DbErr) -> Option<Cow<'_, str>> {
    cause(error)?.as_database_error()?.code()
}
