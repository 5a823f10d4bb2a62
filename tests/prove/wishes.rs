//! What clients do: one random wish after the other, of all who act, about the same few subscriptions.

use super::{
    asking::{Wish, decoded, seen},
    reach::Danger,
    world::{ADA, CARL, Known, LENA, NORTHWIND, OPERATOR, TAILSPIN, WENDY, World},
};
use rand::{Rng, rngs::StdRng};
use serde_json::{Value as Json, json};
use std::sync::PoisonError;

/// How many living subscriptions there are at most: few, so that everybody meets.
const MOST: usize = 14;

impl World {
    /// Does one random thing.
    pub(super) async fn acts(&self, random: &mut StdRng) {
        let any = self.any(random);
        let Some(known) = any.filter(|_| self.living() >= 3) else { return self.buys(random).await };
        match random.random_range(0..100) {
            0..14 if self.living() < MOST => self.buys(random).await,
            14..26 => self.activates(known, random).await,
            26..44 => self.assigns(known, random).await,
            44..58 => self.changes_quantity(known, random).await,
            58..64 => self.switches(known, random).await,
            64..72 => self.cancels(known, random).await,
            72..78 => self.moves(known, random).await,
            78..86 => self.pays(random).await,
            86..89 => self.proposes(random).await,
            89..91 => self.asks_for_support(known, random).await,
            91..95 => self.regrets(random).await,
            _ => self.looks(random).await,
        }
    }

    fn profile(&self, of: &str, random: &mut StdRng) -> String {
        let profiles = &self.market.profiles[of];
        // The first has a good card; the others are there for trouble.
        let index = if random.random_bool(0.5) { 0 } else { random.random_range(0..profiles.len()) };
        profiles[index].clone()
    }

    async fn buys(&self, random: &mut StdRng) {
        let who = [ADA, ADA, CARL, TAILSPIN][random.random_range(0..4)];
        let (plan, app, licensed) =
            self.market.plans[random.random_range(0..self.market.plans.len())].clone();
        let quantity = licensed.then(|| random.random_range(2..6));
        let profile = self.profile(if who == CARL { ADA } else { who }, random);
        let mut input = json!({
            "planId": plan, "billingProfileId": profile, "licenseQuantity": quantity,
            "autoRenew": random.random_bool(0.8),
        });
        if who == TAILSPIN {
            input["organizationId"] = json!(self.market.customer);
        } else if let Some(old) =
            self.any(random).filter(|old| old.disabled && old.app == app && old.buyer != TAILSPIN)
        {
            input["replacesSubscriptionId"] = json!(old.id);
        }
        let wish = Wish { who, operation: "Purchase", input, keyed: true, of: None };
        if let Some(payload) = self.wishes(wish, random).await {
            self.comes_to_know(&payload["subscription"], if who == CARL { ADA } else { who });
        }
    }

    /// A subscription that was bought; its portal is opened as a rule.
    fn comes_to_know(&self, node: &Json, buyer: &'static str) {
        let Some(id) = node["id"].as_str() else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|known| known.id == id) {
            return;
        }
        known.push(Known {
            id: id.to_owned(),
            plan: node["plan"]["id"].as_str().unwrap_or_default().to_owned(),
            quantity: node["licenses"]["purchased"].as_i64(),
            buyer,
            app: node["app"]["name"].as_str().unwrap_or_default().to_owned(),
            disabled: false,
        });
    }

    fn known_as(&self, id: &str) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|known| known.id == id).cloned()
    }

    async fn activates(&self, known: Known, random: &mut StdRng) {
        let portal = Wish {
            who: known.buyer,
            operation: "OpenPublisherPortal",
            input: json!({ "subscriptionId": known.id }),
            keyed: false,
            of: Some(known.clone()),
        };
        self.wishes(portal, random).await;
        let input =
            json!({ "subscriptionId": known.id, "planId": known.plan, "licenseQuantity": known.quantity });
        let activate = Wish { who: NORTHWIND, operation: "Activate", input, keyed: false, of: Some(known) };
        self.wishes(activate, random).await;
    }

    async fn assigns(&self, known: Known, random: &mut StdRng) {
        let first = random.random_range(0..self.market.users.len() - 2);
        let count = random.random_range(1..4).min(self.market.users.len() - first);
        let users = &self.market.users[first..first + count];
        let who = [LENA, ADA, NORTHWIND][random.random_range(0..3)];
        let operation = if random.random_bool(0.7) { "AssignLicenses" } else { "UnassignLicenses" };
        let input = json!({ "subscriptionId": known.id, "userIds": users });
        let wish = Wish { who, operation, input, keyed: false, of: Some(known) };
        if self.wishes(wish, random).await.is_some() && operation == "AssignLicenses" {
            self.reach.count(Danger::Assigned);
        }
    }

    async fn changes_quantity(&self, known: Known, random: &mut StdRng) {
        let input = json!({ "subscriptionId": known.id, "quantity": random.random_range(1..12) });
        let wish = Wish {
            who: known.buyer,
            operation: "ChangeLicenseQuantity",
            input,
            keyed: true,
            of: Some(known),
        };
        let answer = self.wishes(wish, random).await;
        if answer.is_some_and(|payload| payload["invoice"].is_object()) {
            self.reach.count(Danger::Raised);
        }
    }

    /// Buys, pays, and cancels at once: what was paid goes back.
    async fn regrets(&self, random: &mut StdRng) {
        let (plan, _, licensed) = self.market.plans[random.random_range(0..self.market.plans.len())].clone();
        let profiles = &self.market.profiles[ADA];
        // With the good card, or the one that declines the first refund: the last but the wire.
        let profile = if random.random_bool(0.7) { &profiles[0] } else { &profiles[profiles.len() - 2] };
        let input =
            json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": licensed.then_some(2) });
        let wish = Wish { who: ADA, operation: "Purchase", input, keyed: true, of: None };
        let Some(payload) = self.wishes(wish, random).await else { return };
        self.comes_to_know(&payload["subscription"], ADA);
        let id = payload["subscription"]["id"].as_str().unwrap_or_default().to_owned();
        let Some(known) = self.known_as(&id) else { return };
        self.activates(known.clone(), random).await;
        let filter = json!({ "first": 5, "filter": { "billingProfileId": profile } });
        let answer = self.sends(ADA, "Invoices", filter, &format!("look-{id}"), random).await;
        let invoices = answer.and_then(|answer| answer.pointer("/data/invoices/nodes").cloned());
        for invoice in invoices.as_ref().and_then(Json::as_array).into_iter().flatten() {
            if invoice["status"] == "DUE" {
                let input = json!({ "invoiceId": invoice["id"] });
                self.wishes(Wish { who: ADA, operation: "PayInvoice", input, keyed: true, of: None }, random)
                    .await;
            }
        }
        self.cancels(known, random).await;
    }

    async fn switches(&self, known: Known, random: &mut StdRng) {
        let input = json!({ "subscriptionId": known.id, "autoRenew": random.random_bool(0.6) });
        let wish = Wish { who: known.buyer, operation: "SetAutoRenew", input, keyed: false, of: Some(known) };
        self.wishes(wish, random).await;
    }

    async fn cancels(&self, known: Known, random: &mut StdRng) {
        let who = if random.random_bool(0.2) { OPERATOR } else { known.buyer };
        let mut input = json!({ "subscriptionId": known.id, "reason": "Not needed any more." });
        if who == OPERATOR {
            input["creditInFull"] = json!(random.random_bool(0.5));
        }
        let wish = Wish { who, operation: "Cancel", input, keyed: false, of: Some(known.clone()) };
        if self.wishes(wish, random).await.is_some() {
            self.is_disabled(&known.id);
        }
    }

    async fn moves(&self, known: Known, random: &mut StdRng) {
        let profile = self.profile(known.buyer, random);
        let input = json!({ "subscriptionId": known.id, "billingProfileId": profile });
        let wish = Wish {
            who: known.buyer,
            operation: "ChangeBillingProfile",
            input,
            keyed: false,
            of: Some(known),
        };
        self.wishes(wish, random).await;
    }

    /// Pays what is unpaid, by hand or as the operator who books a wire.
    async fn pays(&self, random: &mut StdRng) {
        let number = random.random_range(0..1_000_000);
        let variables = json!({ "first": 20 });
        let answer = self.sends(ADA, "Invoices", variables, &format!("look-{number}"), random).await;
        let nodes = answer
            .and_then(|answer| answer.pointer("/data/invoices/nodes").and_then(Json::as_array).cloned());
        let unpaid: Vec<_> = nodes
            .into_iter()
            .flatten()
            .filter(|invoice| invoice["status"] == "DUE" || invoice["status"] == "OVERDUE")
            .collect();
        if unpaid.is_empty() {
            return;
        }
        let invoice = &unpaid[random.random_range(0..unpaid.len())];
        let wish = if random.random_bool(0.3) {
            let input = json!({
                "invoiceId": invoice["id"], "amount": invoice["amountDue"]["amount"], "reference": format!("wire {number}"),
            });
            Wish { who: OPERATOR, operation: "RecordPayment", input, keyed: true, of: None }
        } else {
            Wish {
                who: ADA,
                operation: "PayInvoice",
                input: json!({ "invoiceId": invoice["id"] }),
                keyed: true,
                of: None,
            }
        };
        self.wishes(wish, random).await;
    }

    /// The operator offers something, and two accept it.
    async fn proposes(&self, random: &mut StdRng) {
        let licensed: Vec<_> = self.market.plans.iter().filter(|(_, _, licensed)| *licensed).collect();
        let (plan, _, _) = licensed[random.random_range(0..licensed.len())];
        let input = json!({
            "organizationId": self.market.organization, "message": "An offer.", "expiresAt": "2040-01-01T00:00:00Z",
            "lines": [{ "planId": plan, "licenseQuantity": 3, "unitPrice": "10.00" }],
        });
        let wish = Wish { who: OPERATOR, operation: "CreateProposal", input, keyed: false, of: None };
        let Some(offered) = self.wishes(wish, random).await else { return };
        let input = json!({
            "proposalId": offered["proposal"]["id"], "revision": offered["proposal"]["revision"],
            "billingProfileId": self.profile(ADA, random),
        });
        let accept =
            |who| Wish { who, operation: "AcceptProposal", input: input.clone(), keyed: true, of: None };
        let mut other = random.clone();
        let (one, two) =
            tokio::join!(self.wishes(accept(ADA), random), self.wishes(accept(CARL), &mut other));
        for payload in [one, two].into_iter().flatten() {
            self.comes_to_know(&payload["proposal"]["subscriptions"][0], ADA);
        }
    }

    async fn asks_for_support(&self, known: Known, random: &mut StdRng) {
        let input = json!({ "subscriptionId": known.id, "subject": "A question", "message": "How?" });
        let wish =
            Wish { who: known.buyer, operation: "RequestSupport", input, keyed: false, of: Some(known) };
        self.wishes(wish, random).await;
    }

    /// Reads the list, and remembers what it says for ever.
    async fn looks(&self, random: &mut StdRng) {
        let who = [ADA, LENA, WENDY][random.random_range(0..3)];
        let request = format!("look-{}", random.random_range(0..1_000_000));
        let Some(answer) = self.sends(who, "Products", json!({ "first": 50 }), &request, random).await else {
            return;
        };
        let nodes = answer.pointer("/data/appSubscriptions/nodes").and_then(Json::as_array).cloned();
        for node in nodes.into_iter().flatten() {
            if let (true, Some(id)) = (node["status"] == "DISABLED", node["id"].as_str())
                && decoded(id).is_some()
            {
                self.is_disabled(id);
            }
            self.ledger.lock().unwrap_or_else(PoisonError::into_inner).seen.extend(seen(&node));
        }
    }
}
