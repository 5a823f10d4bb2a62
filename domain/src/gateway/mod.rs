//! Payment gateways: the one thing outside that Tenure talks to, never inside a transaction.

mod sandbox;

pub use sandbox::SandboxGateway;

use crate::Result;
use entity::id::{PaymentId, PaymentMethodId};
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
    /// How much, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// How a charge went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money came.
    Succeeded {
        /// The gateway's name for the charge.
        reference: String,
    },
    /// It was declined.
    Declined {
        /// The gateway's reason.
        code: String,
    },
    /// The gateway did not say. It has to be asked; charging again could charge twice.
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
}

/// A payment gateway.
pub trait Gateway: Send + Sync + 'static {
    /// What the gateway knows of the card with this token; none when it knows no such token.
    fn card<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Card>>>;

    /// Charges a card. The same id again gives the outcome of the first time.
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome>;

    /// The outcome of a charge with this id; none when it never arrived.
    fn lookup<'a>(&'a self, id: PaymentId) -> BoxFuture<'a, Option<Outcome>>;
}
