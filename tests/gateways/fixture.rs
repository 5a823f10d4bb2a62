//! A payment gateway under test: the adapter, cards with every behaviour, and a look at what moved behind it.

use super::stripe::{StandIn, WEBHOOK_SECRET, event};
use crate::harness::{BEGINNING, Db, SECRET, TestDatabase, instant};
use chrono::{DateTime, Utc};
use domain::{
    Database, Gateway, Ids,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected, SandboxGateway, signature},
};
use entity::{
    id::{PaymentId, PaymentMethodId, RefundId},
    sandbox_charge, sandbox_refund,
    state::SandboxOutcome,
};
use sea_orm::EntityTrait;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

/// Which adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    SandboxOnSqlite,
    SandboxOnPostgres,
    Stripe,
}

/// Tokens of cards, by what they do.
pub(crate) struct Cards {
    pub(crate) ok: &'static str,
    pub(crate) declined: &'static str,
    /// Declines its first charge.
    pub(crate) declined_once: &'static str,
    /// Loses the answer to its first charge, which succeeded.
    pub(crate) lost_answer: &'static str,
    /// Cannot be given money back, the first time at least.
    pub(crate) refund_fails: &'static str,
}

/// An adapter with what is behind it.
pub(crate) struct Fixture {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) cards: Cards,
    /// What it tells of the card that is fine, its customer left out.
    pub(crate) card: Card,
    /// The code of a declined charge.
    pub(crate) declined: &'static str,
    /// The code of a refund that failed.
    pub(crate) refund_failed: &'static str,
    /// The header and the secret of its notices.
    header: &'static str,
    secret: &'static str,
    ids: Ids,
    stripe: Option<StandIn>,
    tables: Option<Database>,
    // Last: the database goes when everything that is connected to it has gone.
    _database: Option<TestDatabase>,
}

/// A card as it is known once it was added.
pub(crate) struct Added {
    id: PaymentMethodId,
    token: String,
    pub(crate) customer: Option<String>,
}

/// The gateway's name for money that went.
#[track_caller]
pub(crate) fn reference(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Succeeded { reference } if !reference.is_empty() => reference,
        other => panic!("no money went: {other:?}"),
    }
}

/// A refusal with this code.
pub(crate) fn declined(code: &str) -> Outcome {
    Outcome::Declined { code: code.to_owned() }
}

impl Fixture {
    pub(crate) async fn of(which: Which) -> Self {
        match which {
            Which::SandboxOnSqlite => Self::sandbox(Db::Sqlite).await,
            Which::SandboxOnPostgres => Self::sandbox(Db::Postgres).await,
            Which::Stripe => Self::at_stripe().await,
        }
    }

    async fn sandbox(db: Db) -> Self {
        let database = TestDatabase::create(db).await;
        let tables = database.connect().await;
        let gateway = SandboxGateway::new(tables.clone(), SecretString::from(SECRET));
        Self {
            gateway: Arc::new(gateway),
            cards: Cards {
                ok: "card_ok",
                declined: "card_declined",
                declined_once: "card_declined_once",
                lost_answer: "card_timeout",
                refund_fails: "card_refund_declined_once",
            },
            card: card("Sandbox", (12, 2099)),
            declined: "card_declined",
            refund_failed: "refund_declined",
            header: "tenure-sandbox-signature",
            secret: SECRET,
            ids: Ids::from_entropy(),
            stripe: None,
            tables: Some(tables),
            _database: Some(database),
        }
    }

    async fn at_stripe() -> Self {
        let stripe = StandIn::start().await;
        Self {
            gateway: Arc::new(stripe.gateway()),
            cards: Cards {
                ok: "pm_ok",
                declined: "pm_declined",
                declined_once: "pm_declined_once",
                lost_answer: "pm_lost_answer",
                refund_fails: "pm_refund_fails",
            },
            card: card("visa", (8, 2034)),
            declined: "insufficient_funds",
            refund_failed: "expired_or_canceled_card",
            header: "stripe-signature",
            secret: WEBHOOK_SECRET,
            ids: Ids::from_entropy(),
            stripe: Some(stripe),
            tables: None,
            _database: None,
        }
    }

    /// The stand-in, when the adapter is Stripe's.
    pub(crate) fn stripe(&self) -> &StandIn {
        self.stripe.as_ref().expect("the adapter is Stripe's")
    }

    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.ids.next(instant(BEGINNING))
    }

    /// Adds a card.
    pub(crate) async fn added(&self, token: &str) -> Added {
        let card = self.gateway.card(token).await.expect("an answer").expect("a card that is known");
        Added { id: self.id(), token: token.to_owned(), customer: card.customer }
    }

    /// A charge of a card, in US dollars, that nobody has made yet.
    pub(crate) fn charge(&self, of: &Added, amount: i64) -> Charge {
        Charge {
            id: self.id(),
            payment_method: of.id,
            token: of.token.clone(),
            customer: of.customer.clone(),
            amount,
            currency: "USD".into(),
        }
    }

    /// A charge that succeeded, and its reference.
    pub(crate) async fn charged(&self, token: &str, amount: i64) -> (Charge, String) {
        let charge = self.charge(&self.added(token).await, amount);
        let outcome = self.gateway.charge(&charge).await;
        (charge, reference(&outcome).to_owned())
    }

    /// A refund of such a charge that nobody has made yet.
    pub(crate) fn refund(&self, (charge, reference): &(Charge, String), amount: i64) -> Refund {
        Refund {
            id: self.id(),
            charge: charge.id,
            reference: reference.clone(),
            amount,
            currency: charge.currency.clone(),
        }
    }

    /// What became of a refund, once the bank has decided.
    pub(crate) async fn decided(&self, refund: &Refund) -> Outcome {
        let outcome = self.gateway.refund(refund).await;
        if outcome != Outcome::Unknown {
            return outcome;
        }
        assert_eq!(self.gateway.lookup_refund(refund).await, Some(Outcome::Unknown), "it is pending");
        self.stripe().account(|account| account.bank_decides());
        self.gateway.lookup_refund(refund).await.expect("it arrived")
    }

    /// The amounts that were really taken, the smallest first.
    pub(crate) async fn taken(&self) -> Vec<i64> {
        let mut amounts: Vec<i64> = match &self.tables {
            Some(db) => {
                let rows = sandbox_charge::Entity::find().all(db.read()).await.expect("the charges");
                let taken = rows.into_iter().filter(|row| row.outcome != SandboxOutcome::Declined);
                taken.map(|row| row.amount).collect()
            }
            None => self.stripe().account(|account| {
                let taken = account.intents().iter().filter(|intent| intent["status"] == "succeeded");
                taken.filter_map(|intent| intent["amount"].as_i64()).collect()
            }),
        };
        amounts.sort_unstable();
        amounts
    }

    /// The amounts that were really given back, the smallest first.
    pub(crate) async fn given_back(&self) -> Vec<i64> {
        let mut amounts: Vec<i64> = match &self.tables {
            Some(db) => {
                let rows = sandbox_refund::Entity::find().all(db.read()).await.expect("the refunds");
                let given = rows.into_iter().filter(|row| row.outcome == SandboxOutcome::Succeeded);
                given.map(|row| row.amount).collect()
            }
            None => self.stripe().account(|account| {
                let given = account.refunds().iter().filter(|refund| refund["status"] == "succeeded");
                given.filter_map(|refund| refund["amount"].as_i64()).collect()
            }),
        };
        amounts.sort_unstable();
        amounts
    }

    /// The body of a notice about a charge that was made.
    pub(crate) fn tells_of_charge(&self, id: PaymentId, outcome: &Outcome) -> String {
        match &self.stripe {
            Some(stripe) => stripe.tells_of_charge(id),
            None => json!({ "payment": id, "status": status(outcome) }).to_string(),
        }
    }

    /// The body of a notice about a refund that was made.
    pub(crate) fn tells_of_refund(&self, id: RefundId, outcome: &Outcome) -> String {
        match &self.stripe {
            Some(stripe) => stripe.tells_of_refund(id),
            None => json!({ "refund": id, "status": status(outcome) }).to_string(),
        }
    }

    /// Bodies that cannot be read.
    pub(crate) fn nonsense(&self) -> Vec<String> {
        let id: Uuid = self.id();
        let own = match &self.stripe {
            Some(_) => [
                event("payment_intent.succeeded", &json!({ "object": "payment_intent" })),
                event("charge.refund.updated", &json!("re_1")),
                json!({ "type": "payment_intent.succeeded" }).to_string(),
            ],
            None => [
                json!({ "payment": id, "refund": id, "status": "SUCCEEDED" }).to_string(),
                json!({ "payment": id, "status": "PAID" }).to_string(),
                json!({ "status": "SUCCEEDED" }).to_string(),
            ],
        };
        own.into_iter().chain(["", "{}", "[]", "\"text\"", "{\"type\":"].map(str::to_owned)).collect()
    }

    /// Bodies about what is not ours. The sandbox knows nothing else.
    pub(crate) fn of_others(&self) -> Vec<String> {
        if self.stripe.is_none() {
            return Vec::new();
        }
        let id: Uuid = self.id();
        let intent = |metadata: Json| json!({ "id": "pi_1", "status": "succeeded", "metadata": metadata });
        let refund = |metadata: Json| json!({ "id": "re_1", "status": "succeeded", "metadata": metadata });
        vec![
            event("customer.created", &json!({ "id": "cus_1", "object": "customer", "metadata": {} })),
            event("payment_intent.created", &intent(json!({ "tenure_payment": id }))),
            event("payment_intent.succeeded", &intent(json!({}))),
            event("payment_intent.succeeded", &intent(json!({ "tenure_payment": "somebody else's" }))),
            event("charge.refunded", &intent(json!({ "tenure_payment": id }))),
            event("charge.refund.updated", &refund(json!({}))),
            event("charge.refund.updated", &refund(json!({ "tenure_refund": "" }))),
        ]
    }

    /// The signature of a body that is sent when tests begin.
    pub(crate) fn signature(&self, body: &str) -> String {
        self.signature_with(self.secret, body)
    }

    /// The same, with another secret.
    pub(crate) fn signature_with(&self, secret: &str, body: &str) -> String {
        signature::sign(&SecretString::from(secret), body.as_bytes(), instant(BEGINNING))
    }

    /// What the adapter makes of a request to the route of its notices.
    pub(crate) fn hears(
        &self,
        signature: Option<&str>,
        body: &str,
        now: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        let header = |name: &str| signature.filter(|_| name == self.header).map(str::to_owned);
        self.gateway.notice(&header, body.as_bytes(), now)
    }

    /// What it makes of a body that is signed as it should be.
    pub(crate) fn reads(&self, body: &str) -> Result<Notice, Rejected> {
        self.hears(Some(&self.signature(body)), body, instant(BEGINNING))
    }
}

fn card(brand: &str, (expiry_month, expiry_year): (i64, i64)) -> Card {
    Card { brand: brand.to_owned(), last4: "4242".to_owned(), expiry_month, expiry_year, customer: None }
}

/// The sandbox's word for an outcome.
fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded { .. } => "SUCCEEDED",
        Outcome::Declined { .. } => "DECLINED",
        Outcome::Impossible { .. } | Outcome::Unknown => panic!("no notice says {outcome:?}"),
    }
}
