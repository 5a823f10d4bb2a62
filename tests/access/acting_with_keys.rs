//! What machines do with API keys: as whom, how far, and what the history says of it.

use super::words::{machine, uuid_of, viewer};
use crate::harness::{App, BOARDS_MONTHLY, Client, Db, Subscription, VAULT};
use apollo_compiler::Schema;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    event,
    id::ApiKeyId,
    state::{ActorKind, EventType},
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

/// A machine of Contoso in this role.
async fn of_contoso<'a>(app: &'a App, scope: &str, role: &str) -> (String, Client<'a>) {
    machine(app, &app.ada(), json!({ "name": format!("ERP {role}"), "scope": scope, "role": role })).await
}

/// Boards and Vault, both bought by Ada, Boards activated.
async fn bought(app: &App) -> (Subscription, Subscription) {
    let boards = app.active(BOARDS_MONTHLY).await;
    let vault = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await.done();
    (boards, vault.subscription("purchaseSubscription"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_an_organization_acts_in_its_role(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (boards, vault) = bought(&app).await;
    let users = app.ada().users(1).await;
    for (role, buys, manages, assigns) in [
        ("CONTRIBUTOR", "OK", "OK", "OK"),
        ("LICENSE_ADMIN", "FORBIDDEN", "FORBIDDEN", "OK"),
        ("READER", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"),
    ] {
        let (_, erp) = of_contoso(&app, "WRITE", role).await;
        let expected = json!({
            "kind": "MEMBER", "roles": [role], "user": null, "organization": { "name": "Contoso" },
            "publisher": null, "partner": null,
        });
        assert_eq!(viewer(&erp).await, expected);
        let input = json!({
            "planId": app.ada().plan(BOARDS_MONTHLY).await, "licenseQuantity": 3,
            "billingProfileId": app.ada().profile("Contoso Main").await,
        });
        assert_eq!(erp.does("Purchase", input).await.outcome(), buys, "{role}");
        assert_eq!(erp.sets_auto_renew(&vault, role != "CONTRIBUTOR").await.outcome(), manages, "{role}");
        assert_eq!(erp.assigns(&boards, &users).await.outcome(), assigns, "{role}");
        app.ada().unassigns(&boards, &users).await.done();
        assert!(erp.sees(&boards).await.is_object(), "{role}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn machines_of_publishers_and_partners_are_publishers_and_partners(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let key = json!({ "name": "portal", "scope": "WRITE" });
    let (_, northwind) = machine(&app, &app.northwind(), key.clone()).await;
    let (_, litware) = machine(&app, &app.litware(), key.clone()).await;
    let (_, tailspin) = machine(&app, &app.tailspin(), key).await;
    for (machine, person) in
        [(&northwind, app.northwind()), (&litware, app.litware()), (&tailspin, app.tailspin())]
    {
        assert_eq!(viewer(machine).await, viewer(&person).await);
    }
    let organization = app.wendy().sends("Viewer", json!({})).await.done();
    let for_woodgrove = json!({ "organizationId": organization.text("/viewer/organization/id") });
    let boards = tailspin.buys_with(BOARDS_MONTHLY, Some(3), "Tailspin USD", for_woodgrove).await.done();
    let boards = boards.subscription("purchaseSubscription");
    tailspin.opens_portal(&boards).await.done();
    assert_eq!(litware.activates(&boards).await.refused(), "NOT_FOUND");
    assert_eq!(tailspin.activates(&boards).await.failed(), "FORBIDDEN");
    northwind.activates(&boards).await.done();
    assert_eq!(app.wendy().sees(&boards).await["status"], "ACTIVE");
    assert_eq!(northwind.cancels(&boards).await.failed(), "FORBIDDEN");
    tailspin.cancels(&boards).await.done();
}

/// What is sent to a mutation: enough to be let past every look at the input.
fn input_of(mutation: &str) -> Json {
    let id = |kind: &str| URL_SAFE_NO_PAD.encode(format!("{kind}:{}", uuid::Uuid::nil().simple()));
    let [invoice, key, method, payment] = ["inv", "key", "pam", "pay"].map(id);
    let app = id("app");
    let [plan, profile, refund, subscription, user] = ["pln", "bip", "ref", "sub", "usr"].map(id);
    let [organization, partner, partnership, proposal] = ["org", "ptn", "pts", "pro"].map(id);
    let [endpoint, message] = ["whe", "whd"].map(id);
    let contact = json!({ "name": "Nora", "email": "nora@contoso.example" });
    let address = json!({ "line1": "1 Main Street", "city": "Springfield", "country": "US" });
    let (page, wire) = ("https://proseware.example/", "wire 4711");
    match mutation {
        "acceptCustomerAgreement" => json!({ "version": "2026-01" }),
        "acceptProposal" => json!({ "proposalId": proposal, "revision": 1, "billingProfileId": profile }),
        "activateSubscription" => json!({ "subscriptionId": subscription, "planId": plan }),
        "addPaymentMethod" => json!({ "kind": "CARD", "gatewayToken": "card_ok" }),
        "addSupportedCountry" => json!({ "country": "NZ", "region": "Oceania" }),
        "advanceClock" => json!({ "to": "2026-03-01T00:00:00Z" }),
        "approvePartner" => json!({ "partnerId": partner }),
        "approvePaymentMethod" => json!({ "paymentMethodId": method, "approve": true }),
        "assignLicenses" => json!({ "subscriptionId": subscription, "userIds": [user] }),
        "attestCustomerAgreement" => json!({
            "organizationId": organization, "version": "2026-01", "name": "Freya",
            "email": "freya@contoso.example", "acceptedOn": "2026-01-30",
        }),
        "cancelSubscription" => json!({ "subscriptionId": subscription }),
        "changeBillingProfile" => json!({ "subscriptionId": subscription, "billingProfileId": profile }),
        "changeLicenseQuantity" => json!({ "subscriptionId": subscription, "quantity": 12 }),
        "changeMemberRole" => json!({ "userId": user, "role": "OWNER" }),
        "completeAppSetup" => json!({ "subscriptionId": subscription }),
        "createApiKey" => json!({ "name": "another", "scope": "WRITE" }),
        "createApp" => json!({ "name": "Prose", "summary": "Writes", "description": "Writes." }),
        "createBillingProfile" => {
            json!({ "name": "Second", "currency": "USD", "contact": contact, "billingAddress": address })
        }
        "createOrganization" => json!({ "name": "Initech", "country": "US", "owner": contact }),
        "createPartner" => json!({ "slug": "wingtip", "name": "Wingtip" }),
        "createPlan" => json!({
            "appId": app, "name": "Monthly", "pricingModel": "FLAT_RATE", "billingInterval": "MONTH", "price": "1.00",
            "currency": "USD", "countries": ["US"],
        }),
        "createProposal" => json!({
            "organizationId": organization, "expiresAt": "2027-01-01T00:00:00Z", "lines": [{ "planId": plan }],
        }),
        "createPublisher" => {
            json!({ "slug": "proseware", "name": "Proseware", "supportUrl": page, "portalUrl": page })
        }
        "createWebhookEndpoint" => json!({ "url": page, "eventTypes": ["DISABLED"] }),
        "creditInvoice" => json!({ "invoiceId": invoice }),
        "declineProposal" | "reviseProposal" | "withdrawProposal" => json!({ "proposalId": proposal }),
        "removeWebhookEndpoint" | "rotateWebhookSecret" | "sendTestEvent" | "updateWebhookEndpoint" => {
            json!({ "webhookEndpointId": endpoint })
        }
        "replayWebhookDelivery" => json!({ "webhookDeliveryId": message }),
        "endPartnership" => json!({ "partnershipId": partnership }),
        "eraseUser" => json!({ "userId": user }),
        "grantBillingProfileRole" => {
            json!({ "billingProfileId": profile, "userId": user, "role": "READER" })
        }
        "inviteMember" => contact,
        "openPublisherPortal" => json!({ "subscriptionId": subscription }),
        "payInvoice" => json!({ "invoiceId": invoice }),
        "publishApp" | "withdrawApp" => json!({ "appId": app }),
        "publishCustomerAgreement" => json!({ "version": "2026-07", "url": page }),
        "purchaseSubscription" => json!({ "planId": plan, "billingProfileId": profile }),
        "recordPayment" => json!({ "invoiceId": invoice, "amount": "1.00", "reference": wire }),
        "recordRefund" => json!({ "refundId": refund, "reference": wire }),
        "removeMember" => json!({ "userId": user }),
        "removePaymentMethod" => json!({ "paymentMethodId": method }),
        "removeSupportedCountry" => json!({ "country": "NZ" }),
        "requestPartnership" => json!({ "organizationId": organization }),
        "requestSupport" => json!({ "subscriptionId": subscription, "subject": "Boards", "message": "?" }),
        "resolvePayment" => json!({ "paymentId": payment, "reference": wire, "succeeded": true }),
        "retirePlan" => json!({ "planId": plan }),
        "revokeApiKey" => json!({ "apiKeyId": key }),
        "revokeBillingProfileRole" => json!({ "billingProfileId": profile, "userId": user }),
        "setAutoRenew" => json!({ "subscriptionId": subscription, "autoRenew": false }),
        "unassignLicenses" => json!({ "subscriptionId": subscription, "userIds": [user] }),
        "updateApp" => json!({ "appId": app, "name": "Prose" }),
        "updateBillingProfile" => json!({ "billingProfileId": profile, "taxId": "US-98-7654321" }),
        "updatePublisher" => json!({ "supportUrl": page }),
        unknown => panic!("say here what is sent to {unknown}"),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_read_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (_, contoso) = of_contoso(&app, "READ", "CONTRIBUTOR").await;
    let key = json!({ "name": "looks", "scope": "READ" });
    let (_, northwind) = machine(&app, &app.northwind(), key.clone()).await;
    let (_, tailspin) = machine(&app, &app.tailspin(), key).await;
    let events = async || event::Entity::find().count(app.market.db().read()).await.unwrap();
    let before = events().await;
    let schema = Schema::parse_and_validate(api::sdl(), "schema.graphql").expect("a valid schema");
    let mutations = schema.get_object("Mutation").expect("mutations");
    for (name, mutation) in &mutations.fields {
        let (input, kind) = (input_of(name), &mutation.arguments.first().expect("an input").ty);
        let document =
            format!("mutation($input: {kind}) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}");
        for client in [&contoso, &northwind, &tailspin] {
            let answer = client.asks(&document, json!({ "input": input })).await;
            assert_eq!(answer.outcome(), "FORBIDDEN", "{name} by {}: {:#}", client.who, answer.body);
        }
    }
    assert_eq!(events().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_read_reads_and_looks_ahead(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (boards, vault) = bought(&app).await;
    let (_, contoso) = of_contoso(&app, "READ", "CONTRIBUTOR").await;
    let profile = app.ada().profile("Contoso Main").await;
    let of_boards = json!({ "subscriptionId": boards.id });
    for (operation, variables) in [
        ("Catalog", json!({ "first": 10 })),
        ("Node", json!({ "id": boards.id })),
        ("BillingProfiles", json!({})),
        ("BillingProfile", json!({ "id": profile })),
        ("Invoices", json!({})),
        ("UpcomingInvoices", json!({ "months": 3 })),
        ("PreviewLicenseChange", json!({ "subscriptionId": boards.id, "quantity": 12 })),
        ("PreviewCancellation", of_boards),
    ] {
        let (seen, of_carl) =
            (contoso.sends(operation, variables.clone()).await, app.carl().sends(operation, variables).await);
        let (seen, of_carl) = (seen.done().body, of_carl.done().body);
        assert_eq!(seen, of_carl, "both are contributors: {operation}");
    }
    let ahead = contoso.sends("PreviewCancellation", json!({ "subscriptionId": boards.id })).await.done();
    assert_eq!(ahead.text("/previewCancellation/credited/amount"), "125.00");
    let key = json!({ "name": "looks", "scope": "READ" });
    let (_, northwind) = machine(&app, &app.northwind(), key).await;
    let link = app.ada().opens_portal(&vault).await.done();
    let (_, token) = link.text("/openPublisherPortal/url").split_once("token=").expect("a token");
    let resolved = northwind.sends("ResolvePurchase", json!({ "token": token })).await.done();
    assert_eq!(resolved.text("/resolvePurchase/subscription/id"), vault.id);
    assert_eq!(northwind.activates(&vault).await.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_offered_to_a_key_that_may_read(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (boards, _) = bought(&app).await;
    for (scope, offered) in [("WRITE", true), ("READ", false)] {
        let (_, erp) = of_contoso(&app, scope, "CONTRIBUTOR").await;
        let key = json!({ "name": "portal", "scope": scope });
        let (_, northwind) = machine(&app, &app.northwind(), key).await;
        for client in [&erp, &northwind] {
            let actions = client.sees(&boards).await["allowedActions"].clone();
            let some = actions.as_array().is_some_and(|actions| !actions.is_empty());
            assert_eq!(some, offered, "{} that may {scope}: {actions}", client.who);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_history_says_which_machine_it_was(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (erp_id, erp) = of_contoso(&app, "WRITE", "CONTRIBUTOR").await;
    let key = json!({ "name": "portal", "scope": "WRITE" });
    let (portal_id, portal) = machine(&app, &app.northwind(), key).await;
    let boards = erp.buys(BOARDS_MONTHLY, 10).await;
    erp.opens_portal(&boards).await.done();
    portal.activates(&boards).await.done();
    app.ada().changes_quantity(&boards, 11).await.done();

    let page = app.ada().sees(&boards).await;
    assert!(page["purchasedBy"].is_null(), "no person did");
    let document = "query($id: ID!) { appSubscription(id: $id) {
        events { nodes { type requestId actor { kind name apiKeyId } } } } }";
    let page = app.ada().asks(document, json!({ "id": boards.id })).await.done();
    let shown = page.at("/appSubscription/events/nodes").as_array().expect("events");
    for event in shown {
        assert!(event["requestId"].is_string(), "each came with a request: {event}");
    }
    let shown: Vec<_> = shown.iter().rev().map(|event| (&event["type"], &event["actor"])).collect();
    let by =
        |kind: &str, name: &str, key: Option<&String>| json!({ "kind": kind, "name": name, "apiKeyId": key });
    let (purchased, activated, changed) =
        (json!("PURCHASED"), json!("ACTIVATED"), json!("LICENSE_QUANTITY_CHANGED"));
    let (machine, publisher, person) = (
        by("MEMBER", "ERP CONTRIBUTOR", Some(&erp_id)),
        by("PUBLISHER", "Northwind", Some(&portal_id)),
        by("MEMBER", "Ada", None),
    );
    assert_eq!(shown, [(&purchased, &machine), (&activated, &publisher), (&changed, &person)]);

    let rows = event::Entity::find().filter(event::Column::StreamId.eq(boards.uuid()));
    let rows = rows.order_by_asc(event::Column::Seq).all(app.market.db().read()).await.unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row.r#type, row.actor_kind, row.actor_id.is_some(), row.api_key_id)).collect();
    let [erp_id, portal_id] = [erp_id, portal_id].map(|id| Some(ApiKeyId(uuid_of(&id))));
    let expected = [
        (EventType::Purchased, ActorKind::Member, false, erp_id),
        (EventType::Activated, ActorKind::Publisher, true, portal_id),
        (EventType::LicenseQuantityChanged, ActorKind::Member, true, None),
    ];
    assert_eq!(rows, expected);
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}
