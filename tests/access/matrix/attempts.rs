//! One attempt at every root field of the schema, that is good for whoever may.

use super::scene::Scene;
use futures::future::{FutureExt, LocalBoxFuture};
use serde_json::{Value as Json, json};

/// The input of a mutation, with fresh ones of what it uses up. Whoever is entitled to makes those.
pub(crate) type Attempt = for<'a> fn(&'a Scene) -> LocalBoxFuture<'a, Json>;

/// The variables of a query.
type Variables = fn(&Scene) -> Json;

/// The root query fields: the document and its variables.
pub(crate) const QUERIES: &[(&str, &str, Variables)] = &[
    ("apiKeys", "{ apiKeys(first: 1) { nodes { id } } }", |_| json!({})),
    ("app", "query($id: ID!) { app(id: $id) { id } }", |scene| json!({ "id": scene.app })),
    (
        "appSubscription",
        "query($id: ID!) { appSubscription(id: $id) { id } }",
        |scene| json!({ "id": scene.active.id }),
    ),
    ("appSubscriptions", "{ appSubscriptions(first: 1) { nodes { id } } }", |_| json!({})),
    ("apps", "{ apps(first: 1) { nodes { id } } }", |_| json!({})),
    (
        "billingProfile",
        "query($id: ID!) { billingProfile(id: $id) { id } }",
        |scene| json!({ "id": scene.sale.profile }),
    ),
    ("billingSummary", "{ billingSummary { currency } }", |_| json!({})),
    ("customerAgreement", "{ customerAgreement { currentVersion } }", |_| json!({})),
    ("invoice", "query($id: ID!) { invoice(id: $id) { id } }", |scene| json!({ "id": scene.invoice })),
    ("invoices", "{ invoices(first: 1) { nodes { id } } }", |_| json!({})),
    ("jobRuns", "{ jobRuns(first: 1) { nodes { id } } }", |_| json!({})),
    ("myLicenses", "{ myLicenses(first: 1) { nodes { assignedAt } } }", |_| json!({})),
    ("node", "query($id: ID!) { node(id: $id) { id } }", |scene| json!({ "id": scene.active.id })),
    ("paymentMethods", "{ paymentMethods(first: 1) { nodes { id } } }", |_| json!({})),
    (
        "previewCancellation",
        "query($id: ID!) { previewCancellation(subscriptionId: $id) { userErrors { code } } }",
        |scene| json!({ "id": scene.active.id }),
    ),
    (
        "previewLicenseChange",
        "query($id: ID!) { previewLicenseChange(subscriptionId: $id, quantity: 5) { userErrors { code } } }",
        |scene| json!({ "id": scene.active.id }),
    ),
    ("proposal", "query($id: ID!) { proposal(id: $id) { id } }", |scene| json!({ "id": scene.proposal })),
    ("proposals", "{ proposals(first: 1) { nodes { id } } }", |_| json!({})),
    ("refunds", "{ refunds(first: 1) { nodes { id } } }", |_| json!({})),
    (
        "resolvePurchase",
        "query($token: String!) { resolvePurchase(token: $token) { userErrors { code } } }",
        |scene| json!({ "token": scene.token }),
    ),
    ("supportedCountries", "{ supportedCountries { country } }", |_| json!({})),
    ("upcomingInvoices", "{ upcomingInvoices(months: 2) { issuedOn } }", |_| json!({})),
    ("viewer", "{ viewer { kind } }", |_| json!({})),
    (
        "webhookEndpoint",
        "query($id: ID!) { webhookEndpoint(id: $id) { id } }",
        |scene| json!({ "id": scene.endpoint }),
    ),
    ("webhookEndpoints", "{ webhookEndpoints(first: 1) { nodes { id } } }", |_| json!({})),
];

/// The mutations.
pub(crate) const MUTATIONS: &[(&str, Attempt)] = &[
    ("acceptCustomerAgreement", |scene| async move { json!({ "version": scene.agreement }) }.boxed_local()),
    ("acceptProposal", |scene| {
        async move {
            let id = scene.sale.proposal().await;
            json!({ "proposalId": id, "revision": 1, "billingProfileId": scene.sale.own_profile().await })
        }
        .boxed_local()
    }),
    ("activateSubscription", |scene| {
        async move {
            let pending = scene.sale.pending().await;
            json!({ "subscriptionId": pending.id, "planId": pending.plan, "licenseQuantity": 3 })
        }
        .boxed_local()
    }),
    ("addPaymentMethod", |_| {
        async move { json!({ "kind": "CARD", "gatewayToken": "card_ok" }) }.boxed_local()
    }),
    ("addSupportedCountry", |_| async move { json!({ "country": "NZ", "region": "Oceania" }) }.boxed_local()),
    ("advanceClock", |_| async move { json!({ "to": "2026-02-02T00:00:00Z" }) }.boxed_local()),
    ("approvePartner", |scene| {
        async move { json!({ "partnerId": scene.sale.asking_partner().await.0 }) }.boxed_local()
    }),
    ("approvePaymentMethod", |scene| {
        async move {
            let wire = scene.sale.method(json!({ "kind": "CHECK_OR_WIRE" })).await;
            json!({ "paymentMethodId": wire, "approve": true })
        }
        .boxed_local()
    }),
    ("assignLicenses", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "userIds": [scene.somebody] }) }.boxed_local()
    }),
    ("attestCustomerAgreement", |scene| {
        async move {
            // Of Tailspin's customers, whoever the sale is for.
            let viewer = scene.sale.app.wendy().sends("Viewer", json!({})).await.done();
            json!({
                "organizationId": viewer.at("/viewer/organization/id"), "version": scene.agreement, "name": "Freya",
                "email": "freya@customer.example", "acceptedOn": "2026-01-31",
            })
        }
        .boxed_local()
    }),
    ("cancelSubscription", |scene| {
        async move { json!({ "subscriptionId": scene.sale.active().await.id }) }.boxed_local()
    }),
    ("changeBillingProfile", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "billingProfileId": scene.sale.profile }) }
            .boxed_local()
    }),
    ("changeLicenseQuantity", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "quantity": 4 }) }.boxed_local()
    }),
    ("changeMemberRole", |scene| {
        async move { json!({ "userId": scene.sale.newcomer().await, "role": "LICENSE_ADMIN" }) }.boxed_local()
    }),
    ("completeAppSetup", |scene| async move { json!({ "subscriptionId": scene.active.id }) }.boxed_local()),
    // Publishers and partners have no roles: to them this input is a wrong one.
    ("createApiKey", |scene| {
        async move {
            let name = format!("key {}", scene.sale.number());
            json!({ "name": name, "scope": "READ", "role": "READER" })
        }
        .boxed_local()
    }),
    ("createApp", |_| {
        async move { json!({ "name": "Another", "summary": "An app", "description": "An app to come." }) }
            .boxed_local()
    }),
    ("createBillingProfile", |_| {
        async move {
            json!({
                "name": "Another", "currency": "USD",
                "contact": { "name": "Accounts payable", "email": "billing@customer.example" },
                "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
            })
        }
        .boxed_local()
    }),
    ("createOrganization", |scene| {
        async move {
            let email = format!("owner{}@another.example", scene.sale.number());
            json!({ "name": "Another", "country": "US", "owner": { "name": "Olga", "email": email } })
        }
        .boxed_local()
    }),
    ("createPartner", |scene| {
        async move { json!({ "name": "Another", "slug": format!("partner-{}", scene.sale.number()) }) }
            .boxed_local()
    }),
    ("createPlan", |scene| scene.sale.offer().boxed_local()),
    ("createProposal", |scene| async move { scene.sale.proposed() }.boxed_local()),
    ("createPublisher", |scene| {
        async move {
            json!({
                "name": "Another", "slug": format!("publisher-{}", scene.sale.number()),
                "portalUrl": "https://portal.example", "supportUrl": "https://support.example",
            })
        }
        .boxed_local()
    }),
    ("creditInvoice", |scene| async move { json!({ "invoiceId": scene.sale.unpaid().await }) }.boxed_local()),
    ("declineProposal", |scene| {
        async move { json!({ "proposalId": scene.sale.proposal().await, "reason": "too dear" }) }
            .boxed_local()
    }),
    ("createWebhookEndpoint", |_| {
        async move { json!({ "url": "https://hooks.example/", "eventTypes": ["DISABLED"] }) }.boxed_local()
    }),
    ("endPartnership", |scene| {
        async move { json!({ "partnershipId": scene.sale.asking_partner().await.1 }) }.boxed_local()
    }),
    ("eraseUser", |scene| async move { json!({ "userId": scene.sale.removed().await }) }.boxed_local()),
    ("grantBillingProfileRole", |scene| {
        async move {
            json!({ "billingProfileId": scene.sale.profile, "userId": scene.somebody, "role": "READER" })
        }
        .boxed_local()
    }),
    ("inviteMember", |scene| {
        async move {
            let email = format!("invited{}@customer.example", scene.sale.number());
            json!({ "name": "Invited", "email": email, "role": "READER" })
        }
        .boxed_local()
    }),
    ("openPublisherPortal", |scene| {
        async move { json!({ "subscriptionId": scene.active.id }) }.boxed_local()
    }),
    ("payInvoice", |scene| async move { json!({ "invoiceId": scene.sale.unpaid().await }) }.boxed_local()),
    ("publishApp", |scene| async move { json!({ "appId": scene.sale.draft().await }) }.boxed_local()),
    ("publishCustomerAgreement", |scene| {
        async move {
            // The current one once more: another would stop what follows.
            let url = "https://tenure.example/customer-agreement/2026-01";
            json!({ "version": scene.agreement, "url": url })
        }
        .boxed_local()
    }),
    ("purchaseSubscription", |scene| {
        async move {
            json!({
                "planId": scene.sale.plan, "billingProfileId": scene.sale.profile, "licenseQuantity": 3,
                "organizationId": scene.sale.organization,
            })
        }
        .boxed_local()
    }),
    ("recordPayment", |scene| {
        async move {
            json!({ "invoiceId": scene.sale.unpaid().await, "amount": "1.00", "reference": "wire 4712" })
        }
        .boxed_local()
    }),
    ("recordRefund", |scene| {
        async move { json!({ "refundId": scene.refund, "reference": "wire 4713" }) }.boxed_local()
    }),
    ("removeMember", |scene| async move { json!({ "userId": scene.sale.newcomer().await }) }.boxed_local()),
    ("removeSupportedCountry", |_| async move { json!({ "country": "NZ" }) }.boxed_local()),
    ("removePaymentMethod", |scene| {
        async move {
            let card = scene.sale.method(json!({ "kind": "CARD", "gatewayToken": "card_ok" })).await;
            json!({ "paymentMethodId": card })
        }
        .boxed_local()
    }),
    ("removeWebhookEndpoint", |scene| {
        async move { json!({ "webhookEndpointId": scene.sale.endpoint().await }) }.boxed_local()
    }),
    ("replayWebhookDelivery", |scene| {
        async move {
            let sent = scene.sale.endpoint_with_message().await;
            json!({ "webhookDeliveryId": sent })
        }
        .boxed_local()
    }),
    ("requestPartnership", |scene| {
        async move { json!({ "organizationId": scene.sale.organization }) }.boxed_local()
    }),
    ("requestSupport", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "subject": "Help", "message": "How?" }) }
            .boxed_local()
    }),
    ("resolvePayment", |scene| {
        async move { json!({ "paymentId": scene.unknown, "succeeded": true, "reference": "looked up" }) }
            .boxed_local()
    }),
    ("retirePlan", |scene| async move { json!({ "planId": scene.sale.offered().await }) }.boxed_local()),
    ("reviseProposal", |scene| {
        async move { json!({ "proposalId": scene.sale.proposal().await, "message": "Cheaper." }) }
            .boxed_local()
    }),
    ("revokeApiKey", |scene| async move { json!({ "apiKeyId": scene.sale.key().await }) }.boxed_local()),
    ("revokeBillingProfileRole", |scene| {
        async move { json!({ "billingProfileId": scene.sale.profile, "userId": scene.somebody }) }
            .boxed_local()
    }),
    ("rotateWebhookSecret", |scene| {
        async move { json!({ "webhookEndpointId": scene.sale.endpoint().await }) }.boxed_local()
    }),
    ("sendTestEvent", |scene| {
        async move { json!({ "webhookEndpointId": scene.sale.endpoint().await }) }.boxed_local()
    }),
    ("setAutoRenew", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "autoRenew": false }) }.boxed_local()
    }),
    ("unassignLicenses", |scene| {
        async move { json!({ "subscriptionId": scene.active.id, "userIds": [scene.somebody] }) }.boxed_local()
    }),
    ("updateApp", |scene| {
        async move { json!({ "appId": scene.sale.draft().await, "name": "Renamed" }) }.boxed_local()
    }),
    ("updateBillingProfile", |scene| {
        async move { json!({ "billingProfileId": scene.sale.profile, "purchaseOrderNumber": "4711" }) }
            .boxed_local()
    }),
    ("updatePublisher", |scene| {
        async move {
            let page = format!("https://northwind.example/support/{}", scene.sale.number());
            json!({ "supportUrl": page })
        }
        .boxed_local()
    }),
    ("updateWebhookEndpoint", |scene| {
        async move { json!({ "webhookEndpointId": scene.sale.endpoint().await, "description": "ERP" }) }
            .boxed_local()
    }),
    ("withdrawApp", |scene| async move { json!({ "appId": scene.sale.draft().await }) }.boxed_local()),
    ("withdrawProposal", |scene| {
        async move { json!({ "proposalId": scene.sale.proposal().await }) }.boxed_local()
    }),
];
