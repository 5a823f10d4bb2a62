//! The objects of Stripe, as far as they are read.

use super::{NEEDS_CUSTOMER, PAYMENT, REFUND, amount::stated, api::Reason};
use crate::gateway::{Notice, Outcome, Rejected};
use entity::id::{PaymentId, RefundId};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// An object with an id and metadata.
pub(super) trait Named: serde::de::DeserializeOwned {
    /// Stripe's name for it.
    fn id(&self) -> &str;
    /// A member of its metadata.
    fn metadata(&self, member: &str) -> Option<&str>;
}

/// A payment method: <https://docs.stripe.com/api/payment_methods/object>.
#[derive(Deserialize)]
pub(super) struct PaymentMethod {
    pub(super) customer: Option<String>,
    pub(super) card: Option<Card>,
}

/// What it tells of a card.
#[derive(Deserialize)]
pub(super) struct Card {
    pub(super) brand: String,
    pub(super) last4: String,
    pub(super) exp_month: i64,
    pub(super) exp_year: i64,
}

/// A customer: <https://docs.stripe.com/api/customers/object>.
#[derive(Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
}

/// A PaymentIntent: <https://docs.stripe.com/api/payment_intents/object>.
#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    status: String,
    amount: Option<i64>,
    currency: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    last_payment_error: Option<Reason>,
}

impl Intent {
    /// What has become of it; none when it waits for the customer.
    pub(super) fn outcome(self) -> Option<Outcome> {
        Some(match self.status.as_str() {
            "succeeded" => Outcome::Succeeded { reference: self.id },
            "requires_payment_method" | "canceled" => {
                let declined = self.last_payment_error.map(Reason::code);
                // Without an error it was us who cancelled it, because it waited for the customer.
                Outcome::Declined { code: declined.unwrap_or_else(|| NEEDS_CUSTOMER.into()) }
            }
            "requires_action" | "requires_confirmation" | "requires_capture" => return None,
            _ => Outcome::Unknown,
        })
    }
}

impl Named for Intent {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self, member: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(member).map(String::as_str)
    }
}

/// A refund: <https://docs.stripe.com/api/refunds/object>.
#[derive(Deserialize)]
pub(super) struct RefundObject {
    id: String,
    status: Option<String>,
    failure_reason: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

impl RefundObject {
    /// What has become of it.
    pub(super) fn outcome(self) -> Outcome {
        match self.status.as_deref() {
            Some("succeeded") => Outcome::Succeeded { reference: self.id },
            Some(status @ ("failed" | "canceled")) => {
                Outcome::Declined { code: self.failure_reason.unwrap_or_else(|| status.to_owned()) }
            }
            Some(_) | None => Outcome::Unknown,
        }
    }
}

impl Named for RefundObject {
    fn id(&self) -> &str {
        &self.id
    }

    fn metadata(&self, member: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(member).map(String::as_str)
    }
}

/// An event: <https://docs.stripe.com/api/events/object>.
#[derive(Deserialize)]
pub(super) struct Event {
    r#type: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Json,
}

impl Event {
    /// What it says of a charge or refund of ours.
    pub(super) fn notice(self) -> Result<Notice, Rejected> {
        let malformed = |_| Rejected::Malformed;
        match self.r#type.as_str() {
            "payment_intent.succeeded" | "payment_intent.payment_failed" | "payment_intent.canceled" => {
                let intent: Intent = serde_json::from_value(self.data.object).map_err(malformed)?;
                let id = ours(&intent, PAYMENT).map(PaymentId);
                let currency = intent.currency.as_ref().map(|code| code.to_uppercase());
                let about = intent.amount.zip(currency);
                // An amount that cannot be ours is told as it is: it will not be the one of the charge.
                let about = about.map(|(amount, code)| (stated(amount, &code).unwrap_or(-1), code));
                Ok(match (id, intent.outcome()) {
                    (Some(id), Some(outcome)) => Notice::Charge(id, outcome, about),
                    (Some(_) | None, _) => Notice::Other,
                })
            }
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                let refund: RefundObject = serde_json::from_value(self.data.object).map_err(malformed)?;
                Ok(match ours(&refund, REFUND).map(RefundId) {
                    Some(id) => Notice::Refund(id, refund.outcome()),
                    None => Notice::Other,
                })
            }
            _ => Ok(Notice::Other),
        }
    }
}

fn ours(object: &impl Named, member: &str) -> Option<Uuid> {
    object.metadata(member)?.parse().ok()
}
