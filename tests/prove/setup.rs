//! What is found out and made before the faults begin: plans, users, and billing profiles with cards that make trouble.

use super::{
    asking::Wish,
    world::{ADA, Market, OPERATOR, TAILSPIN, WENDY, World},
};
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};

/// Cards that make trouble, each in its own way.
const TROUBLE: [&str; 4] =
    ["card_timeout", "card_declined_once", "card_declined", "card_refund_declined_once"];

impl World {
    /// Asks until there is an answer.
    async fn insists(
        &self,
        who: &'static str,
        operation: &str,
        variables: Json,
        random: &mut StdRng,
    ) -> Json {
        for _ in 0..50 {
            let answer = self.sends(who, operation, variables.clone(), "before", random).await;
            if let Some(answer) = answer.filter(|answer| answer["data"].is_object()) {
                return answer["data"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{operation} is not answered");
    }

    /// Wishes until it is granted.
    async fn gets(
        &self,
        who: &'static str,
        operation: &'static str,
        input: Json,
        random: &mut StdRng,
    ) -> Json {
        for _ in 0..50 {
            let wish = Wish { who, operation, input: input.clone(), keyed: false, of: None };
            if let Some(payload) = self.wishes(wish, random).await {
                return payload;
            }
        }
        panic!("{operation} is not granted: {input}");
    }

    pub(super) async fn prepares(&mut self, random: &mut StdRng) {
        let mut market = Market::default();
        let catalog = self.insists(ADA, "Catalog", json!({ "first": 100 }), random).await;
        for app in catalog["apps"]["nodes"].as_array().expect("apps") {
            for plan in app["plans"].as_array().expect("plans") {
                if plan["price"]["currency"] == "USD" {
                    let licensed = plan["pricingModel"] == "PER_LICENSE";
                    let text = |of: &Json| of.as_str().expect("text").to_owned();
                    // Monthly plans twice: their periods end more often.
                    for _ in 0..if plan["billingInterval"] == "MONTH" { 3 } else { 1 } {
                        market.plans.push((text(&plan["id"]), text(&app["name"]), licensed));
                    }
                }
            }
        }
        let users = "{ viewer { organization { id users(first: 12) { nodes { id } } } } }";
        let asked = self.asks_directly(ADA, users, random).await;
        let organization = &asked["viewer"]["organization"];
        market.organization = organization["id"].as_str().expect("an organization").to_owned();
        let nodes = organization["users"]["nodes"].as_array().expect("users");
        market.users = nodes.iter().filter_map(|user| user["id"].as_str().map(str::to_owned)).collect();
        let customer = self.asks_directly(WENDY, "{ viewer { organization { id } } }", random).await;
        market.customer =
            customer["viewer"]["organization"]["id"].as_str().expect("an organization").to_owned();
        for (who, name, country) in [(ADA, "Contoso Main", "US"), (TAILSPIN, "Tailspin USD", "US")] {
            let mut profiles = vec![self.profile_named(who, name, random).await];
            for token in TROUBLE {
                let card = json!({ "kind": "CARD", "gatewayToken": token });
                profiles.push(self.profile_with(who, token, country, card, random).await);
            }
            if who == ADA {
                profiles.push(
                    self.profile_with(who, "by wire", country, json!({ "kind": "CHECK_OR_WIRE" }), random)
                        .await,
                );
            }
            market.profiles.insert(who, profiles);
        }
        self.market = market;
    }

    async fn asks_directly(&self, who: &str, document: &str, random: &mut StdRng) -> Json {
        for _ in 0..50 {
            let address = self.address(random).await.expect("an API");
            let asked = self.http.post(format!("{address}/graphql")).bearer_auth(self.token(who));
            if let Ok(answer) = asked.json(&json!({ "query": document })).send().await
                && let Ok(answer) = answer.json::<Json>().await
                && answer["data"].is_object()
            {
                return answer["data"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{document} is not answered");
    }

    async fn profile_named(&self, who: &str, name: &str, random: &mut StdRng) -> String {
        let document = "{ viewer { organization { billingProfiles(first: 50) { nodes { id name } } }
                                   partner { billingProfiles(first: 50) { nodes { id name } } } } }";
        let asked = self.asks_directly(who, document, random).await;
        let holders = ["organization", "partner"]
            .map(|holder| asked["viewer"][holder]["billingProfiles"]["nodes"].clone());
        let nodes = holders.iter().filter_map(Json::as_array).flatten();
        let found = nodes.into_iter().find(|node| node["name"] == name);
        found.and_then(|node| node["id"].as_str()).expect("a profile").to_owned()
    }

    async fn profile_with(
        &self,
        who: &'static str,
        name: &str,
        country: &str,
        method: Json,
        random: &mut StdRng,
    ) -> String {
        let by_wire = method["kind"] == "CHECK_OR_WIRE";
        let added = self.gets(who, "AddPaymentMethod", method, random).await;
        let method = added["paymentMethod"]["id"].clone();
        if by_wire {
            let input = json!({ "paymentMethodId": method, "approve": true });
            self.gets(OPERATOR, "ApprovePaymentMethod", input, random).await;
        }
        let input = json!({
            "name": name, "currency": "USD", "paymentMethodId": method,
            "contact": { "name": "Accounts payable", "email": "billing@contoso.example" },
            "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": country },
        });
        let made = self.gets(who, "CreateBillingProfile", input, random).await;
        made["billingProfile"]["id"].as_str().expect("a profile").to_owned()
    }
}
