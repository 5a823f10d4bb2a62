//! Payment gateways: the one thing outside that Tenure talks to, never inside a transaction.
//!
//! Whatever is asked of a gateway has an id of ours, which is its idempotency key: asking again with the same id gives the
//! outcome of the first time. What did not arrive is looked up before it is asked again.

mod sandbox;
pub mod signature;
mod stripe;

pub use self::{
    sandbox::{SIGNATURE as SANDBOX_SIGNATURE, SandboxGateway},
    stripe::{StripeGateway, StripeKeys},
};

use crate::Result;
use chrono::{DateTime, Utc};
use entity::id::{PaymentId, PaymentMethodId, RefundId};
use futures::future::BoxFuture;

/// What to charge. The id is the idempotency key: the gateway charges one id at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The attempt.
    pub id: PaymentId,
    /// Our id of the method, as the gateway's customer reference.
    pub payment_method: PaymentMethodId,
    /// The gateway's name for the card.
    pub token: String,
    /// The gateway's customer to whom the card is attached, if it has such.
    pub customer: Option<String>,
    /// How much, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// What to give back. The id is the idempotency key: the gateway gives one id back at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The attempt.
    pub id: RefundId,
    /// What was charged.
    pub charge: PaymentId,
    /// The gateway's name for the charge.
    pub reference: String,
    /// How much of it, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// How a charge or refund went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money went.
    Succeeded {
        /// The gateway's name for it.
        reference: String,
    },
    /// It was declined.
    Declined {
        /// The gateway's reason.
        code: String,
    },
    /// It was not even tried: the gateway cannot move such an amount, whatever the card. Nobody is at fault.
    Impossible {
        /// The gateway's reason.
        code: String,
    },
    /// The gateway did not say. It has to be asked; trying anew could move money twice.
    Unknown,
}

/// What a gateway tells of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its brand.
    pub brand: String,
    /// The last four digits of its number.
    pub last4: String,
    /// The last month of its validity, 1 to 12.
    pub expiry_month: i64,
    /// The year of that month.
    pub expiry_year: i64,
    /// The gateway's customer to whom it is attached from now on, if the gateway has such.
    pub customer: Option<String>,
}

/// What a gateway tells by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// How a charge went, and how much it was about, in minor units and ISO 4217 code, if it says so.
    Charge(PaymentId, Outcome, Option<(i64, String)>),
    /// How a refund went.
    Refund(RefundId, Outcome),
    /// Something that does not concern us.
    Other,
}

/// Why a notice was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It is not signed by the gateway, or was signed too long ago.
    #[error("the signature is not valid")]
    Signature,
    /// It was signed by the gateway, but cannot be read.
    #[error("the body cannot be read")]
    Malformed,
}

/// A payment gateway.
pub trait Gateway: Send + Sync + 'static {
    /// Its name, as the route of its notices has it.
    fn name(&self) -> &'static str;

    /// What the gateway knows of the card with this token, which can be charged from then on; none when it knows no such
    /// token.
    fn card<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Card>>>;

    /// Lets go of a card that was removed.
    fn forget<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Charges a card. The same id again gives the outcome of the first time.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome>;

    /// The outcome of a charge with this id; none when it never arrived.
    fn lookup<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Option<Outcome>>;

    /// Gives money of a charge back. The same id again gives the outcome of the first time.
    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Outcome>;

    /// The outcome of a refund with this id; none when it never arrived.
    fn lookup_refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Option<Outcome>>;

    /// What a request to the route of its notices says: verified by its signature before it is read. The headers are asked
    /// for by their names in lower case, and the time is the real one.
    ///
    /// # Errors
    /// When it is not the gateway's, or cannot be read.
    fn notice(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Notice, Rejected>;
}
