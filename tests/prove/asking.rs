//! Asking: a request over HTTP, what its answer says, and the ledger in which it is kept.

use super::{
    reach::Danger,
    world::{Known, World},
};
use crate::invariants::{Answered, Fact, Wanted};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{Rng, rngs::StdRng};
use serde_json::{Value as Json, json};
use std::{
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::time::sleep;
use uuid::Uuid;

/// A mutation that somebody wants.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) who: &'static str,
    pub(super) operation: &'static str,
    pub(super) input: Json,
    /// Whether it has an idempotency key, and is sent again under it until there is an answer.
    pub(super) keyed: bool,
    /// What it is about, as far as it is known already.
    pub(super) of: Option<Known>,
}

/// Codes that tell of a race that somebody else won.
const LOST: [&str; 6] = [
    "CONFLICT",
    "NO_LICENSE_AVAILABLE",
    "PROPOSAL_CLOSED",
    "INVOICE_NOT_PAYABLE",
    "PAYMENT_PENDING",
    "LICENSES_STILL_ASSIGNED",
];

/// What may be sent again without a key: done twice, it is done once.
const REPEATABLE: [&str; 3] = ["OpenPublisherPortal", "Activate", "Cancel"];

/// The id as the tables know it.
pub(super) fn decoded(id: &str) -> Option<Uuid> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    text.split_once(':')?.1.parse().ok()
}

impl World {
    /// Sends a document. None when no answer came that says what happened.
    pub(super) async fn sends(
        &self,
        who: &str,
        operation: &str,
        variables: Json,
        request: &str,
        random: &mut StdRng,
    ) -> Option<Json> {
        let address = self.address(random).await?;
        let answer = self
            .http
            .post(format!("{address}/graphql"))
            .bearer_auth(self.token(who))
            .header("X-Request-Id", request)
            .json(&json!({ "query": self.document(operation), "variables": variables }))
            .send()
            .await
            .ok()?;
        answer.json().await.ok()
    }

    /// Sends a mutation until it is answered, or given up; all of it stands in the ledger.
    pub(super) async fn wishes(&self, mut wish: Wish, random: &mut StdRng) -> Option<Json> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if wish.keyed {
            wish.input["idempotencyKey"] = json!(format!("wish-{number}"));
        }
        let mut wanted = Wanted::default();
        let mut answer = None;
        let again = wish.keyed || REPEATABLE.contains(&wish.operation);
        let tries = if again { 4 } else { 1 };
        for attempt in 0..tries {
            if attempt > 0 {
                self.reach.count(Danger::SentAgain);
                sleep(Duration::from_millis(100)).await;
            }
            let request = format!("prove-{number}-{attempt}");
            // Sometimes the same is sent twice at once: one of them has to wait for the other.
            if wish.keyed && random.random_bool(0.15) {
                let second = format!("{request}-too");
                let mut other = random.clone();
                self.reach.count(Danger::SentAgain);
                let (one, two) =
                    tokio::join!(self.once(&wish, &request, random), self.once(&wish, &second, &mut other));
                wanted.requests.push((request, one.0));
                wanted.requests.push((second, two.0));
                answer = one.1.or(two.1);
            } else {
                let (answered, told) = self.once(&wish, &request, random).await;
                wanted.requests.push((request, answered));
                answer = told;
            }
            let open = wanted.requests.iter().all(|(_, answered)| {
                matches!(answered, Answered::Nothing) || *answered == Answered::Refused("CONFLICT".into())
            });
            // A repetition under the same key, although the first was answered: it does nothing and says the same.
            if self.stops() || !(open || wish.keyed && random.random_bool(0.1)) {
                break;
            }
        }
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).wanted.push(wanted);
        answer
    }

    /// One request: what is kept of its answer, and the answer.
    async fn once(&self, wish: &Wish, request: &str, random: &mut StdRng) -> (Answered, Option<Json>) {
        let sent =
            self.sends(wish.who, wish.operation, json!({ "input": wish.input }), request, random).await;
        let Some(answer) = sent else {
            self.reach.count(Danger::NoAnswer);
            return (Answered::Nothing, None);
        };
        if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
            return (self.failed(wish, code), None);
        }
        let payload =
            answer["data"].as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
        if let Some(code) = payload["userErrors"][0]["code"].as_str() {
            self.refused(wish, code);
            return (Answered::Refused(code.to_owned()), None);
        }
        if payload.is_null() {
            self.reach.count(Danger::NoAnswer);
            return (Answered::Nothing, None);
        }
        self.reach.count(Danger::Accepted);
        (Answered::Done(told(wish, &payload)), Some(payload))
    }

    /// The answer is an error: only some say that nothing was done.
    fn failed(&self, wish: &Wish, code: &str) -> Answered {
        match code {
            // An attempt to pay is committed before the gateway is called, and stays.
            "CONFLICT" => {
                self.reach.count(Danger::RaceLost);
                if wish.operation == "PayInvoice" {
                    Answered::Nothing
                } else {
                    Answered::Refused(code.to_owned())
                }
            }
            "FORBIDDEN" | "NOT_FOUND" | "BAD_USER_INPUT" => Answered::Refused(code.to_owned()),
            _ => {
                self.reach.count(Danger::NoAnswer);
                Answered::Nothing
            }
        }
    }

    fn refused(&self, wish: &Wish, code: &str) {
        if LOST.contains(&code) {
            self.reach.count(Danger::RaceLost);
        }
        if code == "DISABLED_IS_TERMINAL" {
            self.reach.count(Danger::LeavingByTheApi);
            if let Some(of) = &wish.of {
                self.is_disabled(&of.id);
            }
        }
    }

    /// A subscription was seen disabled: it stays so.
    pub(super) fn is_disabled(&self, id: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter_mut().find(|known| known.id == id) {
            known.disabled = true;
        }
        drop(known);
        self.ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .seen
            .extend(decoded(id).map(Fact::Disabled));
    }
}

/// What an accepted answer says.
fn told(wish: &Wish, payload: &Json) -> Vec<Fact> {
    let of = wish.of.as_ref().and_then(|known| decoded(&known.id));
    let text = |pointer: &str| payload.pointer(pointer).and_then(Json::as_str).and_then(decoded);
    let mut facts = Vec::new();
    match wish.operation {
        "Purchase" => facts.extend(text("/subscription/id").map(Fact::Bought)),
        "AcceptProposal" => facts.extend(text("/proposal/subscriptions/0/id").map(Fact::Bought)),
        "Activate" => facts.extend(of.map(Fact::Activated)),
        "Cancel" => facts.extend(of.map(Fact::Canceled)),
        "ChangeLicenseQuantity" => {
            facts.extend(of.zip(text("/invoice/id")).map(|(of, invoice)| Fact::Raised(of, invoice)));
        }
        "AssignLicenses" => {
            let users = wish.input["userIds"].as_array().into_iter().flatten();
            let users = users.filter_map(|user| decoded(user.as_str()?));
            facts.extend(
                of.into_iter().flat_map(|of| users.clone().map(move |user| Fact::Assigned(of, user))),
            );
        }
        "PayInvoice" => facts.extend(wish.input["invoiceId"].as_str().and_then(decoded).map(Fact::Paid)),
        _ => {}
    }
    facts.extend(seen(&payload["subscription"]));
    facts
}

/// What a subscription that is shown says for ever.
pub(super) fn seen(subscription: &Json) -> Vec<Fact> {
    let Some(id) = subscription["id"].as_str().and_then(decoded) else { return Vec::new() };
    let mut facts = Vec::new();
    if subscription["status"] == "DISABLED" {
        facts.push(Fact::Disabled(id));
    }
    facts.extend(subscription["currentPeriod"]["number"].as_i64().map(|number| Fact::Period(id, number)));
    facts
}
