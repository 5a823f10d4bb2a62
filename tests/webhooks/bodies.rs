//! Who is told what: those who may see it, and no more than they may see.

use super::{Endpoint, Receiver, app, delivers, readable, receiver::Message, registers};
use crate::access::matrix::scene::mutation;
use crate::harness::{App, BOARDS_MONTHLY, Client, Db, SIGN, Subscription, VAULT, instant};
use entity::{
    event, organization, partner, publisher,
    state::{EventType, StreamKind},
};
use rstest::rstest;
use sea_orm::{ActiveEnum, EntityTrait, Iterable};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const OF_SUBSCRIPTIONS: [&str; 14] = [
    "PURCHASED",
    "ACTIVATED",
    "RENEWED",
    "LICENSE_QUANTITY_CHANGED",
    "LICENSE_DECREASE_SCHEDULED",
    "LICENSE_DECREASE_WITHDRAWN",
    "LICENSES_ASSIGNED",
    "LICENSES_UNASSIGNED",
    "AUTO_RENEW_CHANGED",
    "BILLING_PROFILE_CHANGED",
    "PAYMENT_PAST_DUE",
    "PAYMENT_RECOVERED",
    "ENDING_SOON",
    "DISABLED",
];

const OF_PROFILES: [&str; 11] = [
    "INVOICE_ISSUED",
    "INVOICE_PAID",
    "INVOICE_OVERDUE",
    "CREDIT_NOTE_ISSUED",
    "BILLING_PROFILE_CREATED",
    "BILLING_PROFILE_UPDATED",
    "PAYMENT_RECORDED",
    "PAYMENT_REFUNDED",
    "PAYMENT_REFUND_FAILED",
    "BILLING_PROFILE_ROLE_GRANTED",
    "BILLING_PROFILE_ROLE_REVOKED",
];

/// Registers for everything that is offered.
async fn registers_for_all(client: &Client<'_>, receiver: &Receiver) -> Endpoint {
    let document = "{ __type(name: \"WebhookEventType\") { enumValues { name } } }";
    let answer = client.asks(document, json!({})).await.done();
    let all: Vec<String> = answer
        .at("/__type/enumValues")
        .as_array()
        .expect("values")
        .iter()
        .map(|value| value["name"].as_str().expect("a name").to_owned())
        .collect();
    let offered: Vec<&str> = if client.who.starts_with("publisher:") {
        OF_SUBSCRIPTIONS.to_vec()
    } else if client.who.starts_with("partner:") {
        [OF_SUBSCRIPTIONS.as_slice(), OF_PROFILES.as_slice()].concat()
    } else {
        all.iter().map(String::as_str).collect()
    };
    registers(client, receiver, &offered).await
}

/// Everything that can happen in a month: bought by organizations and by a partner, changed, assigned, renewed, cancelled,
/// unpaid, paid.
async fn a_month(app: &App) {
    let boards = app.active(BOARDS_MONTHLY).await;
    let ada = app.ada();
    ada.changes_quantity(&boards, 12).await.done();
    ada.changes_quantity(&boards, 5).await.done();
    ada.changes_quantity(&boards, 12).await.done();
    let users = ada.users(2).await;
    ada.assigns(&boards, &users).await.done();
    ada.unassigns(&boards, &users[..1]).await.done();
    ada.sets_auto_renew(&boards, false).await.done();
    ada.sets_auto_renew(&boards, true).await.done();
    let other = ada.new_profile("Second", "USD", "card_ok").await;
    ada.moves(&boards, &other).await.done();
    let vault = app.active(VAULT).await;
    ada.cancels(&vault).await.done();
    app.runs(domain::job::Job::RefundPayments).await;
    let declined = ada.new_profile("Declined", "USD", "card_declined_once").await;
    assert!(!declined.is_empty());
    app.active_for(&ada, BOARDS_MONTHLY, Some(1), "Declined").await;
    of_partner(app, &app.wendy(), "Tailspin USD", BOARDS_MONTHLY, Some(3)).await;
    of_partner(app, &app.finn(), "Tailspin EUR", SIGN, None).await;
    app.until("2026-03-05").await;
}

async fn accepts(client: &Client<'_>) {
    let agreement = client.asks("{ customerAgreement { currentVersion } }", json!({})).await.done();
    let input = json!({ "version": agreement.at("/customerAgreement/currentVersion") });
    client.asks(&mutation("acceptCustomerAgreement"), json!({ "input": input })).await.done();
}

async fn of_partner(
    app: &App,
    customer: &Client<'_>,
    profile: &str,
    offer: crate::harness::Offer,
    quantity: Option<i64>,
) -> Subscription {
    let organization = customer.sends("Viewer", json!({})).await.done();
    let of = json!({ "organizationId": organization.text("/viewer/organization/id") });
    let bought = app.tailspin().buys_with(offer, quantity, profile, of).await.done();
    let bought = bought.subscription("purchaseSubscription");
    app.activated(&app.tailspin(), &bought).await;
    bought
}

/// Whose ids events name.
struct Ids(BTreeMap<String, Uuid>);

impl Ids {
    async fn of(app: &App) -> Self {
        let db = app.market.db().read();
        let mut ids = BTreeMap::new();
        for row in organization::Entity::find().all(db).await.unwrap() {
            ids.insert(row.name, row.id.0);
        }
        for row in publisher::Entity::find().all(db).await.unwrap() {
            ids.insert(row.slug, row.id.0);
        }
        for row in partner::Entity::find().all(db).await.unwrap() {
            ids.insert(row.slug, row.id.0);
        }
        Self(ids)
    }

    /// Who is told of an event, by the table of roles.
    fn audience(&self, event: &event::Model) -> BTreeSet<&str> {
        let named = [
            event.organization_id.map(|id| id.0),
            event.partner_id.map(|id| id.0),
            // Publishers know nothing of those who pay, nor of what organizations do.
            event.publisher_id.map(|id| id.0).filter(|_| event.stream_kind == StreamKind::Subscription),
        ];
        let of = self.0.iter().filter(|(_, id)| named.contains(&Some(**id)));
        of.map(|(name, _)| name.as_str()).collect()
    }
}

type Key = (String, String);

fn keys(messages: &[Message]) -> BTreeMap<Key, usize> {
    let mut keys = BTreeMap::new();
    for message in messages {
        *keys.entry((message.id().to_owned(), message.kind())).or_default() += 1;
    }
    keys
}

/// Every owner of an endpoint is told exactly what they may see, once.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_what_they_may_see_and_nothing_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    // What is before the first endpoint is told to nobody.
    app.ada().buys(BOARDS_MONTHLY, 7).await;
    accepts(&app.finn()).await;
    readable(&app).await;
    let before = event::Entity::find().all(app.market.db().read()).await.unwrap().len();
    let owners = [
        ("Contoso", "email:ada@contoso.example"),
        ("Fabrikam", "email:finn@fabrikam.example"),
        ("Woodgrove", "email:wendy@woodgrove.example"),
        ("northwind", "publisher:northwind"),
        ("litware", "publisher:litware"),
        ("tailspin", "partner:tailspin"),
    ];
    let mut receivers = BTreeMap::new();
    for (name, who) in owners {
        let receiver = Receiver::start().await;
        registers_for_all(&app.client(who), &receiver).await;
        receivers.insert(name, receiver);
    }
    a_month(&app).await;
    delivers(&app).await;
    let mut events = event::Entity::find().all(app.market.db().read()).await.unwrap();
    events.sort_by_key(|event| event.position);
    let ids = Ids::of(&app).await;
    for (name, receiver) in &receivers {
        let expected: BTreeMap<Key, usize> = events[before..]
            .iter()
            .filter(|event| ids.audience(event).contains(name))
            .map(|event| {
                let id = domain::global_id::encode_event(event.stream_id, event.seq);
                ((id, event.r#type.to_value()), 1)
            })
            .collect();
        let mut got = keys(&receiver.got());
        // An owner who registers sees that it was registered, as far as it was before the message was made.
        let own = |key: &Key| key.1 == "webhook_endpoint.created";
        got.retain(|key, _| !own(key));
        let expected: BTreeMap<_, _> = expected.into_iter().filter(|(key, _)| !own(key)).collect();
        assert_eq!(got, expected, "{name}");
        assert!(got.len() > 2, "{name} is told something");
    }
    knows_no_money(&receivers["northwind"].got());
    knows_no_money(&receivers["litware"].got());
    // An organization is told of what a partner bought for it, and not what it costs.
    let of_woodgrove = receivers["Woodgrove"].got();
    knows_no_money(&of_woodgrove);
    assert!(of_woodgrove.iter().any(|message| message.kind() == "subscription.renewed"));
    // A partner pays for licences, and does not know who has them.
    for message in receivers["tailspin"].got() {
        assert!(!message.body.contains("userIds"), "{}", message.body);
    }
    let kinds: BTreeSet<String> = receivers["Contoso"].got().iter().map(Message::kind).collect();
    for kind in [
        "subscription.license_quantity_changed",
        "subscription.licenses_assigned",
        "invoice.paid",
        "credit_note.issued",
        "payment.refunded",
        "billing_profile.created",
        "subscription.payment_past_due",
        "invoice.overdue",
        "subscription.disabled",
    ] {
        assert!(kinds.contains(kind), "the month has {kind}: {kinds:?}");
    }
}

#[track_caller]
fn knows_no_money(messages: &[Message]) {
    for message in messages {
        let told = message.json()["data"].to_string().to_lowercase();
        for word in
            ["amount", "total", "price", "currency", "invoice", "billingprofile", "usd", "eur", "12.5"]
        {
            assert!(!told.contains(word), "{word}: {told}");
        }
    }
}

fn told<'a>(messages: &'a [Message], kind: &str) -> &'a Message {
    messages.iter().find(|message| message.kind() == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_a_cloudevent(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers_for_all(&app.ada(), &receiver).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    delivers(&app).await;
    let got = receiver.got();
    let viewer = app.ada().sends("Viewer", json!({})).await.done();
    let organization = viewer.text("/viewer/organization/id");
    let shown = app.ada().sees(&boards).await;
    let disabled = told(&got, "subscription.disabled");
    let mut body = disabled.json();
    assert_eq!(body["id"], disabled.id());
    assert_eq!(body["id"], shown["events"]["nodes"][0]["id"], "the id of the event in the API");
    body["id"].take();
    let time = body["time"].take();
    assert_eq!(instant(time.as_str().unwrap()), instant("2026-01-31T09:00:00Z"));
    let at = body["data"]["disabledAt"].take();
    assert_eq!(instant(at.as_str().unwrap()), instant("2026-01-31T09:00:00Z"));
    let expected = json!({
        "specversion": "1.0", "id": null, "source": format!("/subscriptions/{}", boards.id),
        "type": "subscription.disabled", "subject": boards.id, "time": null,
        "datacontenttype": "application/json", "sequence": "0000000003", "sequencetype": "Integer",
        "data": {
            "subscriptionId": boards.id, "organizationId": organization, "appId": shown["app"]["id"],
            "planId": boards.plan, "status": "DISABLED", "disabledReason": "CANCELED", "disabledAt": null,
        },
    });
    assert_eq!(body, expected);
    let issued = told(&got, "invoice.issued").json();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(issued["subject"], invoice["id"]);
    let profile = app.ada().profile("Contoso Main").await;
    assert_eq!(issued["source"], format!("/billing-profiles/{profile}"));
    let expected = json!({
        "billingProfileId": profile, "invoiceId": invoice["id"], "number": invoice["number"],
        "status": "DUE", "total": { "amount": "125.00", "currency": "USD" },
    });
    assert_eq!(issued["data"], expected);
}

/// However they come, the version of its stream puts messages into order.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn receivers_can_put_messages_into_order(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = app(db).await;
    let receiver = Receiver::start().await;
    registers(&app.northwind(), &receiver, &OF_SUBSCRIPTIONS).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    for renews in [false, true, false, true, false] {
        app.ada().sets_auto_renew(&boards, renews).await.done();
    }
    app.ada().cancels(&boards).await.done();
    delivers(&app).await;
    let mut got: Vec<Json> = receiver.got().iter().map(Message::json).collect();
    got.sort_by_key(|body| body["sequence"].as_str().unwrap().to_owned());
    let kinds: Vec<_> = got.iter().map(|body| body["type"].as_str().unwrap()).collect();
    let auto_renew = "subscription.auto_renew_changed";
    let expected = [
        "subscription.purchased",
        "subscription.activated",
        auto_renew,
        auto_renew,
        auto_renew,
        auto_renew,
        auto_renew,
        "subscription.disabled",
    ];
    assert_eq!(kinds, expected);
    let renews: Vec<_> = got[2..7].iter().map(|body| &body["data"]["autoRenew"]).collect();
    assert_eq!(renews, [false, true, false, true, false]);
    let sequence: Vec<i64> =
        got.iter().map(|body| body["sequence"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(sequence, (1..=8).collect::<Vec<_>>());
}

/// Whether events of this type are the marketplace's own, or would beget messages for ever.
fn told_to_nobody(kind: &EventType) -> bool {
    let name = kind.to_value();
    let own = ["agreement.", "app.", "operator.", "partner.", "plan.", "publisher.", "region."];
    own.iter().any(|prefix| name.starts_with(prefix))
        || ["proposal.drafted", "webhook_endpoint.tested", "webhook_delivery.replayed"]
            .contains(&name.as_str())
}

/// The types of the API are those of the events that anybody is told, and each is offered to its owners.
#[tokio::test(flavor = "multi_thread")]
async fn an_organization_may_have_every_type() {
    let app = app(Db::Sqlite).await;
    let receiver = Receiver::start().await;
    let endpoint = registers_for_all(&app.ada(), &receiver).await;
    let shown = super::shown(&app.ada(), &endpoint).await;
    assert_eq!(
        shown["eventTypes"].as_array().unwrap().len(),
        EventType::iter().filter(|kind| !told_to_nobody(kind)).count()
    );
}
