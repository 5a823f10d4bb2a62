//! Clients: each sends the documents of the contract, in the words of the domain.

use super::{Answer, App, Offer, contract::document};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use serde_json::{Value as Json, json};
use tower::ServiceExt;

/// What a client knows of a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) plan: String,
    pub(crate) quantity: Option<i64>,
    pub(crate) publisher: String,
}

impl Subscription {
    #[track_caller]
    pub(crate) fn of(node: &Json) -> Self {
        Self {
            id: node["id"].as_str().unwrap_or_else(|| panic!("a subscription: {node}")).to_owned(),
            plan: node["plan"]["id"].as_str().unwrap_or_default().to_owned(),
            quantity: node["licenses"]["purchased"].as_i64(),
            publisher: node["app"]["publisher"]["name"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The id as the tables know it.
    pub(crate) fn uuid(&self) -> uuid::Uuid {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&self.id).expect("base64")).expect("text");
        text.split_once(':').expect("a kind").1.parse().expect("an id")
    }
}

/// Somebody with a token.
pub(crate) struct Client<'a> {
    app: &'a App,
    pub(crate) who: String,
    pub(crate) token: String,
}

impl<'a> Client<'a> {
    pub(crate) fn new(app: &'a App, who: String, token: String) -> Self {
        Self { app, who, token }
    }

    /// Sends a document.
    pub(crate) async fn asks(&self, document: &str, variables: Json) -> Answer {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Body::from(body))
            .expect("a request");
        send(self.app, request).await
    }

    /// Sends the contract's document with this name.
    pub(crate) async fn sends(&self, operation: &str, variables: Json) -> Answer {
        self.asks(&document(operation), variables).await
    }

    /// Sends a mutation of the contract with this input.
    pub(crate) async fn does(&self, operation: &str, input: Json) -> Answer {
        self.sends(operation, json!({ "input": input })).await
    }

    /// The id of a plan of the catalogue.
    pub(crate) async fn plan(&self, offer: Offer) -> String {
        let catalog = self.sends("Catalog", json!({ "first": 100 })).await.done();
        let apps = catalog.at("/apps/nodes").as_array().expect("apps").clone();
        let app = apps
            .iter()
            .find(|app| app["name"] == offer.app)
            .unwrap_or_else(|| panic!("no app {}", offer.app));
        let plans = app["plans"].as_array().expect("plans");
        let plan = plans.iter().find(|plan| plan["name"] == offer.plan);
        plan.unwrap_or_else(|| panic!("no plan {offer:?}"))["id"].as_str().expect("an id").to_owned()
    }

    /// The id of a billing profile that this client sees.
    pub(crate) async fn profile(&self, name: &str) -> String {
        let document = "{ viewer { organization { billingProfiles(first: 100) { nodes { id name } } }
                                   partner { billingProfiles(first: 100) { nodes { id name } } } } }";
        let answer = self.asks(document, json!({})).await.done();
        let of =
            |holder: &str| answer.at(&format!("/viewer/{holder}/billingProfiles/nodes")).as_array().cloned();
        let profiles = of("organization").or_else(|| of("partner")).unwrap_or_default();
        let found = profiles.iter().find(|profile| profile["name"] == name);
        found.unwrap_or_else(|| panic!("{} sees no profile {name}", self.who))["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// Buys with Contoso's profile.
    pub(crate) async fn buys(&self, offer: Offer, quantity: i64) -> Subscription {
        let answer = self.buys_with(offer, Some(quantity), "Contoso Main", json!({})).await;
        answer.done().subscription("purchaseSubscription")
    }

    /// Buys with a profile, and whatever else stands in the input.
    pub(crate) async fn buys_with(
        &self,
        offer: Offer,
        quantity: Option<i64>,
        profile: &str,
        more: Json,
    ) -> Answer {
        let mut input = json!({
            "planId": self.plan(offer).await,
            "billingProfileId": self.profile(profile).await,
            "licenseQuantity": quantity,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            input[name] = value.clone();
        }
        self.does("Purchase", input).await
    }

    pub(crate) async fn opens_portal(&self, of: &Subscription) -> Answer {
        self.does("OpenPublisherPortal", json!({ "subscriptionId": of.id })).await
    }

    /// Activates what was bought.
    pub(crate) async fn activates(&self, bought: &Subscription) -> Answer {
        let input =
            json!({ "subscriptionId": bought.id, "planId": bought.plan, "licenseQuantity": bought.quantity });
        self.does("Activate", input).await
    }

    pub(crate) async fn cancels(&self, subscription: &Subscription) -> Answer {
        self.does("Cancel", json!({ "subscriptionId": subscription.id })).await
    }

    pub(crate) async fn changes_quantity(&self, of: &Subscription, quantity: i64) -> Answer {
        self.does("ChangeLicenseQuantity", json!({ "subscriptionId": of.id, "quantity": quantity })).await
    }

    pub(crate) async fn sets_auto_renew(&self, of: &Subscription, auto_renew: bool) -> Answer {
        self.does("SetAutoRenew", json!({ "subscriptionId": of.id, "autoRenew": auto_renew })).await
    }

    pub(crate) async fn moves(&self, subscription: &Subscription, profile_id: &str) -> Answer {
        let input = json!({ "subscriptionId": subscription.id, "billingProfileId": profile_id });
        self.does("ChangeBillingProfile", input).await
    }

    pub(crate) async fn assigns(&self, of: &Subscription, users: &[String]) -> Answer {
        self.does("AssignLicenses", json!({ "subscriptionId": of.id, "userIds": users })).await
    }

    pub(crate) async fn unassigns(&self, of: &Subscription, users: &[String]) -> Answer {
        self.does("UnassignLicenses", json!({ "subscriptionId": of.id, "userIds": users })).await
    }

    pub(crate) async fn pays(&self, invoice_id: &str) -> Answer {
        self.does("PayInvoice", json!({ "invoiceId": invoice_id })).await
    }

    /// The first users of the client's organization, by name.
    pub(crate) async fn users(&self, count: usize) -> Vec<String> {
        let document = "query($n: Int) { viewer { organization { users(first: $n) { nodes { id } } } } }";
        let answer = self.asks(document, json!({ "n": count })).await.done();
        let nodes = answer.at("/viewer/organization/users/nodes").as_array().expect("users");
        nodes.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// A card and a profile with it, in the client's organization.
    pub(crate) async fn new_profile(&self, name: &str, currency: &str, token: &str) -> String {
        let card =
            self.does("AddPaymentMethod", json!({ "kind": "CARD", "gatewayToken": token })).await.done();
        let input = json!({
            "name": name, "currency": currency,
            "contact": { "name": "Accounts payable", "email": "billing@contoso.example" },
            "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
            "paymentMethodId": card.text("/addPaymentMethod/paymentMethod/id"),
        });
        let created = self.does("CreateBillingProfile", input).await.done();
        created.text("/createBillingProfile/billingProfile/id").to_owned()
    }

    /// The subscription as this client sees it now: null if not at all.
    pub(crate) async fn sees(&self, subscription: &Subscription) -> Json {
        self.sends("AppPage", json!({ "id": subscription.id })).await.done().at("/appSubscription").clone()
    }

    /// The types of a subscription's events, the oldest first.
    pub(crate) async fn history(&self, of: &Subscription) -> Vec<String> {
        let page = self.sees(of).await;
        let events = page["events"]["nodes"].as_array().expect("events");
        events.iter().rev().map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    }

    /// The invoices that charge a subscription, the oldest first.
    pub(crate) async fn invoices(&self, of: &Subscription) -> Vec<Json> {
        let filter = json!({ "filter": { "subscriptionId": of.id }, "first": 100 });
        let answer = self.sends("Invoices", filter).await.done();
        answer.at("/invoices/nodes").as_array().expect("invoices").iter().rev().cloned().collect()
    }

    /// The totals of those invoices.
    pub(crate) async fn totals(&self, of: &Subscription) -> Vec<String> {
        let invoices = self.invoices(of).await;
        invoices
            .iter()
            .map(|invoice| invoice["total"]["amount"].as_str().expect("an amount").to_owned())
            .collect()
    }
}

/// Sends any request through the router.
pub(crate) async fn send(app: &App, request: Request<Body>) -> Answer {
    let response = app.routes().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into());
    Answer { status: parts.status, headers: parts.headers, body }
}
