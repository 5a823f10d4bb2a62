//! The account that the stand-in plays: its payment methods and customers, what can be asked of it, and what
//! a test can see and change. How money moves in it is in `payments`.

use super::form::{Form, Reply, page};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The cards that there are: what each does is in its name. `pm_action` waits for the customer, and the
/// refunds of `pm_refund_fails` are pending until the bank decides.
const CARDS: [&str; 8] = [
    "pm_ok",
    "pm_declined",
    "pm_declined_once",
    "pm_lost_answer",
    "pm_3ds",
    "pm_action",
    "pm_processing",
    "pm_refund_fails",
];

/// When everything was created: 31 January 2026 at 9:00 UTC.
pub(super) const CREATED: i64 = 1_769_850_000;

/// A payment method: <https://docs.stripe.com/api/payment_methods/object>.
#[derive(Default)]
pub(super) struct Card {
    customer: Option<String>,
    charged: u32,
    /// It was charged without a customer or detached from one, and may not be used again.
    spent: bool,
}

impl Card {
    pub(super) fn shown(&self, id: &str) -> Json {
        json!({
            "id": id, "object": "payment_method", "allow_redisplay": "unspecified",
            "billing_details": { "address": null, "email": null, "name": null, "phone": null },
            "card": {
                "brand": "visa", "checks": null, "country": "US", "display_brand": "visa", "exp_month": 8,
                "exp_year": 2034, "fingerprint": "stand_in", "funding": "credit", "generated_from": null,
                "last4": "4242", "networks": { "available": ["visa"], "preferred": null },
                "three_d_secure_usage": { "supported": true }, "wallet": null
            },
            "created": CREATED, "customer": self.customer, "livemode": false, "metadata": {}, "type": "card"
        })
    }

    /// Marks it as charged for this customer, or for none, and says how often it was before.
    pub(super) fn charged_for(&mut self, customer: Option<&str>) -> Result<u32, Reply> {
        let message = match (self.customer.as_deref(), customer) {
            (Some(own), Some(named)) if own == named => "",
            (None, None) if !self.spent => "",
            (None, None) => {
                "The provided PaymentMethod was previously used with a PaymentIntent without Customer \
                 attachment, or was detached from a Customer. It may not be used again."
            }
            (Some(_), None) => {
                "The payment method you provided is attached to a customer so for security purposes you \
                 must provide the customer in the request."
            }
            (Some(_) | None, Some(_)) => "The customer does not have this payment method.",
        };
        if !message.is_empty() {
            return Err(Reply::invalid(400, "", message));
        }
        self.spent |= self.customer.is_none();
        self.charged += 1;
        Ok(self.charged - 1)
    }
}

/// The account.
pub(crate) struct Account {
    pub(super) cards: BTreeMap<&'static str, Card>,
    customers: BTreeSet<String>,
    /// The oldest first, as refunds are.
    pub(super) intents: Vec<Json>,
    pub(super) refunds: Vec<Json>,
    made: u64,
}

impl Account {
    pub(super) fn new() -> Self {
        let cards = CARDS.into_iter().map(|name| (name, Card::default())).collect();
        Self { cards, customers: BTreeSet::new(), intents: Vec::new(), refunds: Vec::new(), made: 0 }
    }

    /// All PaymentIntents, the oldest first.
    pub(crate) fn intents(&self) -> &[Json] {
        &self.intents
    }

    /// All refunds, the oldest first.
    pub(crate) fn refunds(&self) -> &[Json] {
        &self.refunds
    }

    /// How many customers there are.
    pub(crate) fn customers(&self) -> usize {
        self.customers.len()
    }

    /// To whom a card is attached.
    pub(crate) fn customer_of(&self, card: &str) -> Option<String> {
        self.cards.get(card)?.customer.clone()
    }

    /// The bank decides about everything that waits for it: charges succeed, refunds fail.
    pub(crate) fn bank_decides(&mut self) {
        for intent in self.intents.iter_mut().filter(|intent| intent["status"] == "processing") {
            intent["status"] = "succeeded".into();
            intent["amount_received"] = intent["amount"].clone();
        }
        for refund in self.refunds.iter_mut().filter(|refund| refund["status"] == "pending") {
            refund["status"] = "failed".into();
            refund["failure_reason"] = "expired_or_canceled_card".into();
        }
    }

    /// Somebody else charges this customer so many times.
    pub(crate) fn adds_history(&mut self, customer: &str, count: usize) {
        for _ in 0..count {
            let intent = self.intent(100, "usd", Some(customer), Map::new());
            self.intents.push(intent);
        }
    }

    /// Carries out a request.
    pub(super) fn answer(
        &mut self,
        method: &str,
        path: &str,
        fields: &[(String, String)],
    ) -> Result<Json, Reply> {
        let form = Form(fields);
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method, parts.as_slice()) {
            ("GET", ["v1", "payment_methods", id]) => {
                form.only(&[])?;
                Ok(self.card(id)?.shown(id))
            }
            ("POST", ["v1", "customers"]) => self.customer(&form),
            ("POST", ["v1", "payment_methods", id, "attach"]) => self.attach(id, &form),
            ("POST", ["v1", "payment_methods", id, "detach"]) => self.detach(id, &form),
            ("POST", ["v1", "payment_intents"]) => self.pay(&form),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => self.cancel(id, &form),
            ("POST", ["v1", "refunds"]) => self.give_back(&form),
            ("GET", ["v1", "payment_intents"]) => {
                form.only(&["customer", "limit", "starting_after"])?;
                page("/v1/payment_intents", &self.intents, ("customer", form.needs("customer")?), &form)
            }
            ("GET", ["v1", "refunds"]) => {
                form.only(&["payment_intent", "limit", "starting_after"])?;
                let of = ("payment_intent", form.needs("payment_intent")?);
                page("/v1/refunds", &self.refunds, of, &form)
            }
            _ => {
                let message = format!("Unrecognized request URL ({method}: {path}).");
                Err(Reply::invalid(404, "", &message))
            }
        }
    }

    /// A name that was not given before.
    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:016}", self.made)
    }

    fn card(&mut self, id: &str) -> Result<&mut Card, Reply> {
        self.cards.get_mut(id).ok_or_else(|| Reply::missing(404, "PaymentMethod", id))
    }

    fn customer(&mut self, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&[])?;
        let id = self.name("cus");
        self.customers.insert(id.clone());
        Ok(json!({
            "id": id, "object": "customer", "created": CREATED, "email": null, "livemode": false,
            "metadata": form.metadata(), "name": null
        }))
    }

    fn attach(&mut self, id: &str, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&["customer"])?;
        let customer = form.needs("customer")?;
        if !self.customers.contains(customer) {
            return Err(Reply::missing(400, "customer", customer));
        }
        let card = self.card(id)?;
        if card.spent {
            let message = "This PaymentMethod was previously used without being attached to a Customer or \
                           was detached from a Customer, and may not be used again.";
            return Err(Reply::invalid(400, "", message));
        }
        if card.customer.as_deref().is_some_and(|own| own != customer) {
            let message = "The payment method you provided has already been attached to a customer.";
            return Err(Reply::invalid(400, "", message));
        }
        card.customer = Some(customer.to_owned());
        Ok(card.shown(id))
    }

    fn detach(&mut self, id: &str, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&[])?;
        let card = self.card(id)?;
        if card.customer.take().is_none() {
            let message = "The payment method you provided is not attached to a customer so detachment is \
                           impossible.";
            return Err(Reply::invalid(400, "", message));
        }
        card.spent = true;
        Ok(card.shown(id))
    }
}
