//! What the matrix is tried on: a sale, whatever follows from one, and fresh ones of what an attempt uses up.

use crate::{
    access::words::{creates_key, invites},
    harness::{App, BOARDS_MONTHLY, Client, Db, Subscription},
};
use domain::job::Job;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The document of a mutation.
pub(crate) fn mutation(field: &str) -> String {
    let (first, rest) = field.split_at(1);
    let input = format!("{}{rest}Input", first.to_uppercase());
    format!(
        "mutation($input: {input}!) {{ {field}(input: $input) {{ userErrors {{ code message path }} }} }}"
    )
}

#[track_caller]
fn text(value: &Json) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

/// Who buys for whom, and how.
pub(crate) struct Sale {
    pub(crate) app: App,
    /// Whether Tailspin buys for Woodgrove; otherwise Contoso buys for itself.
    pub(crate) by_partner: bool,
    /// For whom.
    pub(crate) organization: String,
    /// What.
    pub(crate) plan: String,
    /// Who is billed.
    pub(crate) profile: String,
    numbers: AtomicU32,
}

impl Sale {
    async fn of(db: Db, by_partner: bool) -> Self {
        let app = App::on(db).await;
        let (organization, plan, profile) = {
            let (buyer, owner, profile) = if by_partner {
                (app.tailspin(), app.wendy(), "Tailspin USD")
            } else {
                (app.ada(), app.ada(), "Contoso Main")
            };
            let viewer = owner.sends("Viewer", json!({})).await.done();
            let organization = viewer.text("/viewer/organization/id").to_owned();
            (organization, buyer.plan(BOARDS_MONTHLY).await, buyer.profile(profile).await)
        };
        Self { app, by_partner, organization, plan, profile, numbers: AtomicU32::new(1) }
    }

    pub(crate) fn buyer(&self) -> Client<'_> {
        if self.by_partner { self.app.tailspin() } else { self.app.ada() }
    }

    /// An owner of the organization that it is bought for.
    pub(crate) fn owner(&self) -> Client<'_> {
        if self.by_partner { self.app.wendy() } else { self.app.ada() }
    }

    /// A number that nothing has yet.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    async fn bought_on(&self, profile: &str) -> Subscription {
        let input = json!({
            "planId": self.plan, "billingProfileId": profile, "licenseQuantity": 3,
            "organizationId": self.organization,
        });
        self.buyer().does("Purchase", input).await.done().subscription("purchaseSubscription")
    }

    async fn pending_on(&self, profile: &str) -> Subscription {
        let bought = self.bought_on(profile).await;
        self.buyer().opens_portal(&bought).await.done();
        bought
    }

    async fn active_on(&self, profile: &str) -> Subscription {
        let bought = self.pending_on(profile).await;
        self.app.northwind().activates(&bought).await.done();
        bought
    }

    async fn first_invoice(&self, of: &Subscription) -> Json {
        self.buyer().invoices(of).await.remove(0)
    }

    /// One that was bought, and nothing else: three licences.
    pub(crate) async fn bought(&self) -> Subscription {
        self.bought_on(&self.profile).await
    }

    /// One that can be activated: three licences.
    pub(crate) async fn pending(&self) -> Subscription {
        self.pending_on(&self.profile).await
    }

    /// One that is active.
    pub(crate) async fn active(&self) -> Subscription {
        self.active_on(&self.profile).await
    }

    /// An invoice of 37.50 that nothing was paid on.
    pub(crate) async fn unpaid(&self) -> String {
        text(&self.first_invoice(&self.active().await).await["id"])
    }

    /// A payment method of the buyer's that no profile pays with.
    pub(crate) async fn method(&self, input: Json) -> String {
        let added = self.buyer().does("AddPaymentMethod", input).await.done();
        added.text("/addPaymentMethod/paymentMethod/id").to_owned()
    }

    /// An app of its publisher's that nobody else knows of.
    pub(crate) async fn draft(&self) -> String {
        let input = json!({ "name": "Draft", "summary": "An app", "description": "An app to come." });
        let created = self.app.northwind().does("CreateApp", input).await.done();
        created.text("/createApp/app/id").to_owned()
    }

    /// What a plan of such an app costs.
    pub(crate) async fn offer(&self) -> Json {
        json!({
            "appId": self.draft().await, "name": "Monthly", "pricingModel": "FLAT_RATE", "billingInterval": "MONTH",
            "price": "1.00", "currency": "USD", "countries": ["US"],
        })
    }

    /// A plan of such an app.
    pub(crate) async fn offered(&self) -> String {
        let created = self.app.northwind().does("CreatePlan", self.offer().await).await.done();
        created.text("/createPlan/plan/id").to_owned()
    }

    /// What the operator would offer the organization.
    pub(crate) fn proposed(&self) -> Json {
        json!({
            "organizationId": self.organization, "expiresAt": "2027-01-01T00:00:00Z",
            "lines": [{ "planId": self.plan, "licenseQuantity": 3, "unitPrice": "9.00" }],
        })
    }

    /// A proposal that the organization can answer.
    pub(crate) async fn proposal(&self) -> String {
        let created = self.app.operator().does("CreateProposal", self.proposed()).await.done();
        created.text("/createProposal/proposal/id").to_owned()
    }

    /// A billing profile of the organization itself.
    pub(crate) async fn own_profile(&self) -> String {
        self.owner().profile(if self.by_partner { "Woodgrove Main" } else { "Contoso Main" }).await
    }

    /// Somebody who has just been invited by an owner, and has no role.
    pub(crate) async fn newcomer(&self) -> String {
        let number = self.number();
        let (name, email) = (format!("Newcomer {number}"), format!("newcomer{number}@customer.example"));
        let invited = invites(&self.owner(), &name, &email, None).await.done();
        invited.text("/inviteMember/user/id").to_owned()
    }

    /// Somebody whom an owner has removed.
    pub(crate) async fn removed(&self) -> String {
        let id = self.newcomer().await;
        let input = json!({ "input": { "userId": id } });
        self.owner().asks(&mutation("removeMember"), input).await.done();
        id
    }

    /// A new partner that asks the organization for a partnership: its id, and the partnership's.
    pub(crate) async fn asking_partner(&self) -> (String, String) {
        let slug = format!("asking-{}", self.number());
        let document = "mutation($input: CreatePartnerInput!) { createPartner(input: $input) {
            partner { id } apiKeySecret userErrors { code } } }";
        let input = json!({ "input": { "name": "Asking", "slug": slug } });
        let created = self.app.operator().asks(document, input).await.done();
        let partner = self.app.client(&format!("partner:{slug}"));
        let asked = json!({ "organizationId": self.organization });
        let asked = partner.does("RequestPartnership", asked).await.done();
        let partnership = asked.text("/requestPartnership/partnership/id");
        (created.text("/createPartner/partner/id").to_owned(), partnership.to_owned())
    }

    /// A webhook endpoint of the organization's: there are never many at a time.
    pub(crate) async fn endpoint(&self) -> String {
        let listed = "{ webhookEndpoints(first: 20) { nodes { id } } }";
        let listed = self.owner().asks(listed, json!({})).await.done();
        let listed = listed.at("/webhookEndpoints/nodes").as_array().expect("endpoints").clone();
        for old in listed.iter().skip(5) {
            self.owner()
                .does("RemoveWebhookEndpoint", json!({ "webhookEndpointId": old["id"] }))
                .await
                .done();
        }
        let input = json!({ "url": "https://hooks.example/", "eventTypes": ["DISABLED"] });
        let created = self.owner().does("CreateWebhookEndpoint", input).await.done();
        created.text("/createWebhookEndpoint/webhookEndpoint/id").to_owned()
    }

    /// A message to such an endpoint.
    pub(crate) async fn endpoint_with_message(&self) -> String {
        let input = json!({ "webhookEndpointId": self.endpoint().await });
        let sent = self.owner().does("SendTestEvent", input).await.done();
        sent.text("/sendTestEvent/webhookDelivery/id").to_owned()
    }

    /// A key of the organization's.
    pub(crate) async fn key(&self) -> String {
        let name = format!("key {}", self.number());
        let key = json!({ "name": name, "scope": "READ", "role": "READER" });
        creates_key(&self.owner(), key).await.done().text("/createApiKey/apiKey/id").to_owned()
    }
}

/// A sale, and one of everything that follows from one.
pub(crate) struct Scene {
    pub(crate) sale: Sale,
    pub(crate) agreement: String,
    /// An active subscription.
    pub(crate) active: Subscription,
    /// Its app.
    pub(crate) app: String,
    /// Its first invoice.
    pub(crate) invoice: String,
    /// What its publisher's portal is opened with.
    pub(crate) token: String,
    /// Somebody of the organization who has no role.
    pub(crate) somebody: String,
    /// A charge whose outcome nobody has known for a day.
    pub(crate) unknown: String,
    /// Money that is to be given back by hand.
    pub(crate) refund: String,
    /// What the operator offers the organization.
    pub(crate) proposal: String,
    /// A webhook endpoint of the organization.
    pub(crate) endpoint: String,
}

impl Scene {
    pub(crate) async fn set(db: Db, by_partner: bool) -> Self {
        let sale = Sale::of(db, by_partner).await;
        let unknown = unknown(&sale).await;
        sale.app.at("2026-02-01T10:00:00Z");
        let refund = refund(&sale).await;
        has_keys(&sale.app).await;
        let agreement = "{ customerAgreement { currentVersion } }";
        let agreement = sale.owner().asks(agreement, json!({})).await.done();
        let agreement = agreement.text("/customerAgreement/currentVersion").to_owned();
        let active = sale.active().await;
        let app = text(&sale.buyer().sees(&active).await["app"]["id"]);
        let invoice = text(&sale.first_invoice(&active).await["id"]);
        let opened = sale.buyer().opens_portal(&active).await.done();
        let token = opened.text("/openPublisherPortal/url").split_once("token=").expect("a token").1;
        let token = token.to_owned();
        let somebody = sale.newcomer().await;
        let proposal = sale.proposal().await;
        has_endpoints(&sale.app).await;
        let endpoint = sale.endpoint().await;
        Self { sale, agreement, active, app, invoice, token, somebody, unknown, refund, proposal, endpoint }
    }
}

/// A charge whose answer got lost.
async fn unknown(sale: &Sale) -> String {
    let slow = sale.buyer().new_profile("Slow", "USD", "card_timeout").await;
    let charged = sale.active_on(&slow).await;
    sale.app.runs(Job::CollectPayments).await;
    let invoice = sale.first_invoice(&charged).await;
    let payment = &invoice["payments"][0];
    assert_eq!(payment["status"], "UNKNOWN");
    text(&payment["id"])
}

/// What came by wire and was credited goes back by hand.
async fn refund(sale: &Sale) -> String {
    let (operator, invoice) = (sale.app.operator(), sale.unpaid().await);
    let wire = json!({ "invoiceId": invoice, "amount": "37.50", "reference": "wire 4711" });
    operator.does("RecordPayment", wire).await.done();
    let credit = json!({ "input": { "invoiceId": invoice } });
    operator.asks(&mutation("creditInvoice"), credit).await.done();
    let refunds = operator.asks("{ refunds(first: 1) { nodes { id } } }", json!({})).await.done();
    refunds.text("/refunds/nodes/0/id").to_owned()
}

/// Everybody who may have webhook endpoints has one.
async fn has_endpoints(app: &App) {
    for client in [app.northwind(), app.litware(), app.tailspin(), app.finn()] {
        let input = json!({ "url": "https://hooks.example/", "eventTypes": ["DISABLED"] });
        client.does("CreateWebhookEndpoint", input).await.done();
    }
}

/// Everybody who may have API keys has one.
async fn has_keys(app: &App) {
    for client in [app.northwind(), app.litware(), app.tailspin()] {
        creates_key(&client, json!({ "name": "own", "scope": "READ" })).await.done();
    }
    for client in [app.ada(), app.finn(), app.wendy()] {
        let key = json!({ "name": "own", "scope": "READ", "role": "READER" });
        creates_key(&client, key).await.done();
    }
}
