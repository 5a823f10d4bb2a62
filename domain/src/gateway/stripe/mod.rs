//! Stripe: PaymentIntents that are confirmed at once and off session, each with our id as idempotency key and in its
//! metadata, by which it is found again.
//!
//! A card is attached to a customer of its own, because Stripe charges a card more than once only through a customer. What
//! Stripe answers is read as its reference describes it (<https://docs.stripe.com/api>), in the version that [`api`] pins.

mod amount;
mod api;
mod object;

use self::{
    amount::chargeable,
    api::{Answer, Api},
    object::{Card as StripeCard, Event, Intent, List, PaymentMethod, RefundObject},
};
use super::{Card, Charge, Gateway, Notice, Outcome, Refund, Rejected, signature};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures::{FutureExt, future::BoxFuture};
use secrecy::SecretString;

/// The member of the metadata that holds our id of a charge.
const PAYMENT: &str = "tenure_payment";
/// The member of the metadata that holds our id of a refund.
const REFUND: &str = "tenure_refund";

/// Reasons that lie in the amount alone: Stripe has a least and a largest amount for each currency.
const IMPOSSIBLE: [&str; 3] =
    ["amount_too_small", "amount_too_large", "invalid_charge_amount_no_decimal_compatible"];

/// Why a charge is declined that waits for the customer.
const NEEDS_CUSTOMER: &str = "authentication_required";

/// How many pages of a list are looked through at most.
const PAGES: usize = 50;

/// What an account at Stripe is used with.
#[derive(Debug, Clone)]
pub struct StripeKeys {
    /// The secret key, `sk_…` or a restricted `rk_…`.
    pub secret_key: SecretString,
    /// The secret of the webhook endpoint, `whsec_…`.
    pub webhook_secret: SecretString,
}

/// Stripe.
#[derive(Debug, Clone)]
pub struct StripeGateway {
    api: Api,
    webhook_secret: SecretString,
}

impl StripeGateway {
    /// With these keys, at this address: `https://api.stripe.com`, or one that plays it in a test.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up.
    pub fn new(address: &str, keys: StripeKeys) -> Result<Self> {
        Ok(Self { api: Api::new(address, keys.secret_key)?, webhook_secret: keys.webhook_secret })
    }

    async fn attached(&self, token: &str) -> Result<Option<Card>> {
        if !is_name(token) {
            return Ok(None);
        }
        let path = format!("/v1/payment_methods/{token}");
        let method: PaymentMethod = match self.api.get(&path, &[]).await {
            Answer::Done(method) => method,
            Answer::Refused { .. } => return Ok(None),
            Answer::Lost => return Err(unavailable()),
        };
        let Some(StripeCard { brand, last4, exp_month, exp_year }) = method.card else { return Ok(None) };
        let customer = match method.customer {
            Some(customer) => customer,
            None => self.attach(&path, token).await?,
        };
        let (expiry_month, expiry_year) = (exp_month, exp_year);
        Ok(Some(Card { brand, last4, expiry_month, expiry_year, customer: Some(customer) }))
    }

    async fn attach(&self, path: &str, token: &str) -> Result<String> {
        let refused = |code: String| {
            Error::invalid("gatewayToken", format!("the gateway declined this card ({code}): use another"))
        };
        let customer: object::Customer = match self
            .api
            .post("/v1/customers", &format!("customer-{token}"), &[("metadata[tenure_card]", token)])
            .await
        {
            Answer::Done(customer) => customer,
            Answer::Refused { code } => return Err(refused(code)),
            Answer::Lost => return Err(unavailable()),
        };
        let attached: Answer<PaymentMethod> = self
            .api
            .post(&format!("{path}/attach"), &format!("attach-{token}"), &[("customer", &customer.id)])
            .await;
        match attached {
            Answer::Done(_) => {}
            Answer::Refused { code } => return Err(refused(code)),
            Answer::Lost => return Err(unavailable()),
        }
        // The answer may be an old one under the same key, of before the card was detached.
        match self.api.get::<PaymentMethod>(path, &[]).await {
            Answer::Done(method) if method.customer.as_deref() == Some(&customer.id) => Ok(customer.id),
            Answer::Done(_) => Err(refused("it was removed before".into())),
            Answer::Refused { code } => Err(refused(code)),
            Answer::Lost => Err(unavailable()),
        }
    }

    async fn intend(&self, charge: &Charge) -> Outcome {
        let Some(amount) = chargeable(charge.amount, &charge.currency) else {
            return Outcome::Impossible { code: "amount_not_chargeable".into() };
        };
        let (amount, currency) = (amount.to_string(), charge.currency.to_lowercase());
        let (id, metadata) = (charge.id.0.to_string(), format!("metadata[{PAYMENT}]"));
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", currency.as_str()),
            ("payment_method", charge.token.as_str()),
            ("payment_method_types[]", "card"),
            ("confirm", "true"),
            ("off_session", "true"),
            (metadata.as_str(), id.as_str()),
        ];
        form.extend(charge.customer.as_deref().map(|customer| ("customer", customer)));
        match self.api.post::<Intent>("/v1/payment_intents", &id, &form).await {
            Answer::Done(intent) => self.outcome(intent).await,
            Answer::Refused { code } if IMPOSSIBLE.contains(&code.as_str()) => Outcome::Impossible { code },
            Answer::Refused { code } => Outcome::Declined { code },
            Answer::Lost => Outcome::Unknown,
        }
    }

    /// What has become of an intent. One that waits for the customer is cancelled: nobody is there, and it must not succeed
    /// behind our back later.
    async fn outcome(&self, intent: Intent) -> Outcome {
        let name = intent.id.clone();
        if let Some(outcome) = intent.outcome() {
            return outcome;
        }
        let path = format!("/v1/payment_intents/{name}/cancel");
        match self.api.post::<Intent>(&path, &format!("cancel-{name}"), &[]).await {
            Answer::Done(_) => Outcome::Declined { code: NEEDS_CUSTOMER.into() },
            Answer::Refused { .. } | Answer::Lost => Outcome::Unknown,
        }
    }

    /// The object in a list that has our id in its metadata. An error when Stripe cannot say, with its reason when it
    /// refuses to.
    async fn found<T: object::Named>(
        &self,
        path: &str,
        of: (&str, &str),
        (member, id): (&str, &str),
    ) -> Result<Option<T>, Option<String>> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![of, ("limit", "100")];
            query.extend(after.as_deref().map(|after| ("starting_after", after)));
            let List::<T> { data, has_more } = match self.api.get(path, &query).await {
                Answer::Done(list) => list,
                Answer::Refused { code } => return Err(Some(code)),
                Answer::Lost => return Err(None),
            };
            after = data.last().map(|last| last.id().to_owned());
            if let Some(found) = data.into_iter().find(|object| object.metadata(member) == Some(id)) {
                return Ok(Some(found));
            }
            if !has_more {
                return Ok(None);
            }
        }
        Err(None)
    }

    async fn looked_up(&self, charge: &Charge) -> Option<Outcome> {
        // Without a customer it cannot be found. Whoever looks it up in the dashboard can settle it.
        let Some(customer) = charge.customer.as_deref() else { return Some(Outcome::Unknown) };
        let id = charge.id.0.to_string();
        match self.found::<Intent>("/v1/payment_intents", ("customer", customer), (PAYMENT, &id)).await {
            Ok(Some(intent)) => Some(self.outcome(intent).await),
            Ok(None) => None,
            Err(_) => Some(Outcome::Unknown),
        }
    }

    async fn give_back(&self, refund: &Refund) -> Outcome {
        let Some(amount) = chargeable(refund.amount, &refund.currency) else {
            return Outcome::Declined { code: "amount_not_chargeable".into() };
        };
        let (id, metadata) = (refund.id.0.to_string(), format!("metadata[{REFUND}]"));
        let form = [
            ("payment_intent", refund.reference.as_str()),
            ("amount", &amount.to_string()),
            (metadata.as_str(), id.as_str()),
        ];
        match self.api.post::<RefundObject>("/v1/refunds", &id, &form).await {
            Answer::Done(refund) => refund.outcome(),
            Answer::Refused { code } => Outcome::Declined { code },
            Answer::Lost => Outcome::Unknown,
        }
    }

    async fn looked_up_refund(&self, refund: &Refund) -> Option<Outcome> {
        let of = ("payment_intent", refund.reference.as_str());
        match self.found::<RefundObject>("/v1/refunds", of, (REFUND, &refund.id.0.to_string())).await {
            Ok(found) => found.map(|refund| refund.outcome()),
            // It knows no such charge, so it cannot have given anything back: asking it to is declined.
            Err(Some(code)) if code == "resource_missing" => None,
            Err(_) => Some(Outcome::Unknown),
        }
    }
}

/// Whether it is made of what Stripe's names are made of: it becomes part of a path.
fn is_name(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unavailable() -> Error {
    Error::Unavailable("the payment gateway does not answer".into())
}

impl Gateway for StripeGateway {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn card<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Card>>> {
        self.attached(token).boxed()
    }

    fn forget<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            if !is_name(token) {
                return Ok(());
            }
            let path = format!("/v1/payment_methods/{token}/detach");
            match self.api.post::<PaymentMethod>(&path, &format!("detach-{token}"), &[]).await {
                Answer::Done(_) | Answer::Refused { .. } => Ok(()),
                Answer::Lost => Err(unavailable()),
            }
        }
        .boxed()
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Outcome> {
        self.intend(charge).boxed()
    }

    fn lookup<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        self.looked_up(charge).boxed()
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Outcome> {
        self.give_back(refund).boxed()
    }

    fn lookup_refund<'a>(&'a self, refund: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        self.looked_up_refund(refund).boxed()
    }

    fn notice(
        &self,
        header: &dyn Fn(&str) -> Option<String>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        let signed = header("stripe-signature")
            .is_some_and(|header| signature::verify(&self.webhook_secret, &header, body, now));
        if !signed {
            return Err(Rejected::Signature);
        }
        serde_json::from_slice::<Event>(body).map_err(|_| Rejected::Malformed)?.notice()
    }
}
