//! Two organizations that have one of everything, and a partner that buys for others.

use crate::{
    access::matrix::scene::mutation,
    harness::{App, BOARDS_EUROS, BOARDS_MONTHLY, Client, Db, Offer, Subscription, VAULT},
};
use domain::{
    job::Job,
    webhook::{Names, Post},
};
use futures::future::BoxFuture;
use serde_json::{Value as Json, json};
use std::{io, net::IpAddr, sync::Arc};

/// A name server that knows no name.
struct Nowhere;

impl Names for Nowhere {
    fn look_up(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(io::Error::other("no such name")) })
    }
}

/// Sends a mutation and insists that nothing was refused.
pub(super) async fn does(client: &Client<'_>, field: &str, input: Json) {
    client.asks(&mutation(field), json!({ "input": input })).await.done();
}

/// How an organization buys.
pub(super) struct Lives {
    pub(super) owner: &'static str,
    pub(super) profile: &'static str,
    pub(super) currency: &'static str,
    pub(super) offer: Offer,
}

pub(super) const CONTOSO: Lives = Lives {
    owner: "email:ada@contoso.example",
    profile: "Contoso Main",
    currency: "USD",
    offer: BOARDS_MONTHLY,
};

pub(super) const FABRIKAM: Lives = Lives {
    owner: "email:finn@fabrikam.example",
    profile: "Fabrikam Main",
    currency: "EUR",
    offer: BOARDS_EUROS,
};

/// Contoso, Fabrikam and Tailspin's customers, each with one of everything.
pub(super) async fn populated(db: Db) -> App {
    let app = App::sandbox(db).await;
    has_one_of_everything(&app, &CONTOSO).await;
    has_one_of_everything(&app, &FABRIKAM).await;
    app.active(VAULT).await;
    for (customer, offer, profile) in
        [(app.finn(), BOARDS_EUROS, "Tailspin EUR"), (app.wendy(), BOARDS_MONTHLY, "Tailspin USD")]
    {
        let organization = customer.sends("Viewer", json!({})).await.done();
        let of = json!({ "organizationId": organization.text("/viewer/organization/id") });
        let bought = app.tailspin().buys_with(offer, Some(3), profile, of).await.done();
        let bought = bought.subscription("purchaseSubscription");
        app.activated(&app.tailspin(), &bought).await;
        let users = customer.users(1).await;
        customer.assigns(&bought, &users).await.done();
    }
    for client in [app.northwind(), app.litware(), app.tailspin()] {
        does(&client, "createApiKey", json!({ "name": "own", "scope": "READ" })).await;
        has_webhooks(&client).await;
    }
    has_webhooks(&app.wendy()).await;
    let post = Post::with_names(&app.market.settings().webhooks, Arc::new(Nowhere)).expect("TLS");
    domain::webhook::deliver(&app.market, &post).await.expect("a round");
    app.works().await;
    app
}

/// Has an endpoint, at an address that no name server knows, and a message that was sent there.
async fn has_webhooks(client: &Client<'_>) {
    let input = json!({ "url": "https://hooks.invalid/", "eventTypes": ["DISABLED"] });
    let created = client.does("CreateWebhookEndpoint", input).await.done();
    let input = json!({ "webhookEndpointId": created.text("/createWebhookEndpoint/webhookEndpoint/id") });
    client.does("SendTestEvent", input).await.done();
}

/// Buys, pays, owes, ends, asks and invites.
pub(super) async fn has_one_of_everything(app: &App, lives: &Lives) {
    let owner = &app.client(lives.owner);
    let agreement = owner.asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let version = agreement.text("/customerAgreement/currentVersion");
    does(owner, "acceptCustomerAgreement", json!({ "version": version })).await;
    let buys = async |profile: &str| app.active_for(owner, lives.offer, Some(10), profile).await;
    let active = buys(lives.profile).await;
    let users = owner.users(3).await;
    owner.assigns(&active, &users).await.done();
    owner.unassigns(&active, &users[2..]).await.done();
    let more = json!({ "subscriptionId": active.id, "quantity": 12, "idempotencyKey": "more" });
    does(owner, "changeLicenseQuantity", more).await;
    app.northwind().does("CompleteAppSetup", json!({ "subscriptionId": active.id })).await.done();
    let support = json!({ "subscriptionId": active.id, "subject": "Help", "message": "How?" });
    does(owner, "requestSupport", support).await;
    let ended = buys(lives.profile).await;
    let words = json!({ "subscriptionId": ended.id, "reason": "too dear" });
    does(owner, "cancelSubscription", words).await;
    app.runs(Job::RefundPayments).await;
    let replaces = json!({ "replacesSubscriptionId": ended.id });
    owner.buys_with(lives.offer, Some(4), lives.profile, replaces).await.done();
    owner.new_profile("Arrears", lives.currency, "card_declined").await;
    owes(app, owner, &buys("Arrears").await).await;
    let profile = owner.profile(lives.profile).await;
    let grant = json!({ "billingProfileId": profile, "userId": users[1], "role": "INVOICE_MANAGER" });
    does(owner, "grantBillingProfileRole", grant).await;
    does(owner, "createApiKey", json!({ "name": "own", "scope": "READ", "role": "READER" })).await;
    does(owner, "inviteMember", json!({ "name": "Nora", "email": "nora@customer.example" })).await;
    does(owner, "addPaymentMethod", json!({ "kind": "CHECK_OR_WIRE" })).await;
    is_offered(app, owner, lives.offer).await;
}

/// One that is open, one that was declined, and a draft.
async fn is_offered(app: &App, owner: &Client<'_>, offer: Offer) {
    let viewer = owner.sends("Viewer", json!({})).await.done();
    let plan = owner.plan(offer).await;
    for (send, declined) in [(true, false), (true, true), (false, false)] {
        let input = json!({
            "organizationId": viewer.text("/viewer/organization/id"), "expiresAt": "2027-01-01T00:00:00Z", "send": send,
            "message": "As we spoke about.", "lines": [{ "planId": plan, "licenseQuantity": 5 }],
        });
        let created = app.operator().does("CreateProposal", input).await.done();
        let id = created.text("/createProposal/proposal/id");
        if declined {
            does(owner, "declineProposal", json!({ "proposalId": id, "reason": "too dear" })).await;
        }
    }
    has_webhooks(owner).await;
}

/// A part of what is overdue comes by wire.
async fn owes(app: &App, owner: &Client<'_>, overdue: &Subscription) {
    let invoice = owner.invoices(overdue).await.remove(0);
    assert_eq!(invoice["status"], "OVERDUE", "{invoice:#}");
    let part = json!({ "invoiceId": invoice["id"], "amount": "1.00", "reference": "wire 4711" });
    does(&app.operator(), "recordPayment", part).await;
}
