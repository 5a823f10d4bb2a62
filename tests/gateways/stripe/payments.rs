//! How money moves in the stand-in's account: PaymentIntents that are confirmed at once, and refunds.

use super::{
    account::{Account, CREATED},
    form::{Form, Reply},
};
use serde_json::{Map, Value as Json, json};

/// The fields of a PaymentIntent that the stand-in knows.
const FIELDS: [&str; 7] =
    ["amount", "currency", "customer", "payment_method", "payment_method_types[]", "confirm", "off_session"];

/// The states in which a PaymentIntent can be cancelled.
const CANCELABLE: [&str; 5] =
    ["requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"];

/// The least that is charged in US dollars and yen:
/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>. Here in every currency.
const LEAST: i64 = 50;

/// The most that is charged: eight digits.
const MOST: i64 = 99_999_999;

/// Whether Stripe can charge the amount: <https://docs.stripe.com/currencies#special-cases>.
fn countable(amount: i64, currency: &str) -> Result<(), Reply> {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(Reply::invalid(400, "", &format!("Invalid currency: {currency}.")));
    }
    if amount < LEAST {
        return Err(Reply::invalid(400, "amount_too_small", &format!("Amount must be at least {LEAST}")));
    }
    if amount > MOST {
        return Err(Reply::invalid(400, "amount_too_large", &format!("Amount must be no more than {MOST}")));
    }
    let step = match currency {
        "isk" | "ugx" => 100,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        _ => 1,
    };
    if amount % step == 0 {
        return Ok(());
    }
    let message = format!("Invalid amount. Charged amounts must be evenly divisible by {step}.");
    Err(Reply::invalid(400, "invalid_charge_amount_no_decimal_compatible", &message))
}

impl Account {
    /// A PaymentIntent that succeeded, not kept yet: <https://docs.stripe.com/api/payment_intents/object>.
    pub(super) fn intent(
        &mut self,
        amount: i64,
        currency: &str,
        customer: Option<&str>,
        metadata: Map<String, Json>,
    ) -> Json {
        let (id, charge) = (self.name("pi"), self.name("ch"));
        json!({
            "id": id, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
            "amount_received": amount, "automatic_payment_methods": null, "canceled_at": null,
            "cancellation_reason": null, "capture_method": "automatic", "confirmation_method": "automatic",
            "created": CREATED, "currency": currency, "customer": customer, "description": null,
            "last_payment_error": null, "latest_charge": charge, "livemode": false, "metadata": metadata,
            "next_action": null, "payment_method": null, "payment_method_types": ["card"],
            "status": "succeeded"
        })
    }

    pub(super) fn pay(&mut self, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&FIELDS)?;
        let (amount, currency) = (form.amount()?, form.needs("currency")?);
        countable(amount, currency)?;
        let how = ["payment_method_types[]", "confirm", "off_session"].map(|name| form.get(name));
        if how != [Some("card"), Some("true"), Some("true")] {
            let message = "The stand-in only charges cards, at once and off session.";
            return Err(Reply::invalid(400, "", message));
        }
        let (id, customer) = (form.needs("payment_method")?, form.get("customer"));
        let Some(card) = self.cards.get_mut(id) else {
            return Err(Reply::missing(400, "PaymentMethod", id));
        };
        let before = card.charged_for(customer)?;
        let shown = card.shown(id);
        let mut intent = self.intent(amount, currency, customer, form.metadata());
        intent["payment_method"] = id.into();
        let declined = match (id, before) {
            ("pm_declined", _) | ("pm_declined_once", 0) => Some(("card_declined", "insufficient_funds")),
            ("pm_3ds", _) => Some(("authentication_required", "authentication_required")),
            _ => None,
        };
        if let Some((code, decline_code)) = declined {
            let mut error = json!({
                "charge": intent["latest_charge"], "code": code, "decline_code": decline_code,
                "doc_url": format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
                "message": "Your card was declined.", "payment_method": shown, "type": "card_error"
            });
            intent["status"] = "requires_payment_method".into();
            intent["amount_received"] = json!(0);
            intent["payment_method"] = Json::Null;
            intent["last_payment_error"] = error.clone();
            self.intents.push(intent.clone());
            error["payment_intent"] = intent;
            return Err(Reply::error(402, error));
        }
        let waits = match id {
            "pm_action" => Some("requires_action"),
            "pm_processing" => Some("processing"),
            _ => None,
        };
        if let Some(status) = waits {
            intent["status"] = status.into();
            intent["amount_received"] = json!(0);
        }
        self.intents.push(intent.clone());
        Ok(intent)
    }

    pub(super) fn cancel(&mut self, id: &str, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&[])?;
        let Some(intent) = self.intents.iter_mut().find(|intent| intent["id"] == id) else {
            return Err(Reply::missing(404, "payment_intent", id));
        };
        let status = intent["status"].as_str().unwrap_or_default();
        if !CANCELABLE.contains(&status) {
            let message =
                format!("You cannot cancel this PaymentIntent because it has a status of {status}.");
            return Err(Reply::invalid(400, "payment_intent_unexpected_state", &message));
        }
        intent["status"] = "canceled".into();
        intent["canceled_at"] = json!(CREATED);
        Ok(intent.clone())
    }

    pub(super) fn give_back(&mut self, form: &Form<'_>) -> Result<Json, Reply> {
        form.only(&["payment_intent", "amount"])?;
        let (of, amount) = (form.needs("payment_intent")?, form.amount()?);
        let Some(intent) = self.intents.iter().find(|intent| intent["id"] == of).cloned() else {
            return Err(Reply::missing(400, "payment_intent", of));
        };
        if intent["status"] != "succeeded" {
            let message = format!("This PaymentIntent ({of}) does not have a successful charge to refund.");
            return Err(Reply::invalid(400, "", &message));
        }
        let counted = |refund: &&Json| refund["payment_intent"] == of && refund["status"] != "failed";
        let before = self.refunds.iter().filter(counted).filter_map(|refund| refund["amount"].as_i64());
        let left = intent["amount"].as_i64().unwrap_or_default() - before.sum::<i64>();
        if left == 0 {
            let message = format!("Charge {} has already been refunded.", intent["latest_charge"]);
            return Err(Reply::invalid(400, "charge_already_refunded", &message));
        }
        if amount > left {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount ({left})");
            return Err(Reply::invalid(400, "", &message));
        }
        let pending = intent["payment_method"] == "pm_refund_fails";
        let refund = json!({
            "id": self.name("re"), "object": "refund", "amount": amount, "balance_transaction": null,
            "charge": intent["latest_charge"], "created": CREATED, "currency": intent["currency"],
            "metadata": form.metadata(), "payment_intent": of, "reason": null, "receipt_number": null,
            "source_transfer_reversal": null, "status": if pending { "pending" } else { "succeeded" },
            "transfer_reversal": null
        });
        self.refunds.push(refund.clone());
        Ok(refund)
    }
}
