//! Changing billing profiles: what the next invoice will show, never what an issued one does.

use super::payment_methods::{card, pays_with};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use entity::{billing_profile, event, id::BillingProfileId, invoice, payment, state::EventType};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

const PROFILE: &str = "query($id: ID!) { billingProfile(id: $id) {
    name currency taxId purchaseOrderNumber contact { name email }
    billingAddress { line1 line2 city region postalCode country } paymentMethod { id } } }";

/// The profile as Ada sees it.
async fn shown(app: &App, id: &str) -> Json {
    app.ada().asks(PROFILE, json!({ "id": id })).await.done().at("/billingProfile").clone()
}

/// The input that changes this of a profile, and nothing else.
fn change(id: &str, what: Json) -> Json {
    let mut input = what;
    input["billingProfileId"] = json!(id);
    input
}

/// A billing address in a country.
fn address(country: &str) -> Json {
    json!({
        "line1": "2 Elm Street", "line2": "Floor 3", "city": "Portland", "region": "OR",
        "postalCode": "97201", "country": country,
    })
}

/// Everything that an invoice shows of a profile, other than it is.
fn everything(country: &str) -> Json {
    json!({
        "name": "Contoso East",
        "taxId": "US-98-7654321",
        "purchaseOrderNumber": "PO-2026-7",
        "contact": { "name": "Zoe Quill", "email": "zoe@contoso.example" },
        "billingAddress": address(country),
    })
}

/// The row of the profile with this name.
pub(super) async fn profile_row(app: &App, name: &str) -> billing_profile::Model {
    let select = billing_profile::Entity::find().filter(billing_profile::Column::Name.eq(name));
    let found = select.one(app.market.db().read()).await.unwrap();
    found.unwrap_or_else(|| panic!("no profile {name}"))
}

/// The events of a profile's stream, the oldest first.
pub(super) async fn events_of(app: &App, profile: BillingProfileId) -> Vec<event::Model> {
    let select = event::Entity::find().filter(event::Column::StreamId.eq(profile.0));
    select.order_by_asc(event::Column::Seq).all(app.market.db().read()).await.unwrap()
}

/// Whom the invoices are addressed to, word for word as it is stored, the oldest first.
async fn bill_tos(app: &App) -> Vec<String> {
    let select = invoice::Entity::find().order_by_asc(invoice::Column::Number);
    let invoices = select.all(app.market.db().read()).await.unwrap();
    invoices.into_iter().map(|invoice| invoice.bill_to).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_field_changes_and_what_is_left_out_stays(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let everything = everything("GB");
    for field in ["name", "taxId", "purchaseOrderNumber", "contact", "billingAddress"] {
        let mut expected = shown(&app, &id).await;
        expected[field] = everything[field].clone();
        let input = change(&id, json!({ field: everything[field] }));
        let changed = app.ada().does("UpdateBillingProfile", input).await.done();
        assert_eq!(changed.text("/updateBillingProfile/billingProfile/id"), id);
        assert_eq!(shown(&app, &id).await, expected, "{field}");
    }
    let mut expected = shown(&app, &id).await;
    let card = card(&app.ada(), "card_ok").await;
    assert_ne!(expected["paymentMethod"], json!({ "id": card }));
    let changed = pays_with(&app.ada(), &id, &card).await.done();
    assert_eq!(changed.text("/updateBillingProfile/billingProfile/paymentMethod/id"), card);
    expected["paymentMethod"] = json!({ "id": card });
    assert_eq!(shown(&app, &id).await, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn null_clears_what_may_be_empty(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    app.ada().does("UpdateBillingProfile", change(&id, everything("GB"))).await.done();
    let mut expected = shown(&app, &id).await;
    for field in ["taxId", "purchaseOrderNumber", "paymentMethod"] {
        assert_ne!(expected[field], json!(null), "{field} was there");
        expected[field] = json!(null);
    }
    let nothing = json!({ "taxId": null, "purchaseOrderNumber": null, "paymentMethodId": null });
    app.ada().does("UpdateBillingProfile", change(&id, nothing)).await.done();
    assert_eq!(shown(&app, &id).await, expected);
    let buys = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Contoso East", json!({})).await;
    assert_eq!(buys.refused(), "PAYMENT_METHOD_NOT_USABLE");
    // An address is replaced whole.
    let short = json!({ "line1": "3 Oak Street", "city": "Leeds", "country": "GB" });
    app.ada().does("UpdateBillingProfile", change(&id, json!({ "billingAddress": short }))).await.done();
    expected["billingAddress"] = json!({
        "line1": "3 Oak Street", "line2": null, "city": "Leeds", "region": null, "postalCode": null,
        "country": "GB",
    });
    assert_eq!(shown(&app, &id).await, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn null_is_refused_for_what_may_not_be_empty(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let before = shown(&app, &id).await;
    for field in ["name", "contact", "billingAddress"] {
        let answer = app.ada().does("UpdateBillingProfile", change(&id, json!({ field: null }))).await;
        assert_eq!(answer.outcome(), "INVALID_INPUT", "{field}");
        assert_eq!(answer.refused_path(), ["input", field]);
    }
    assert_eq!(shown(&app, &id).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_an_invoice_cannot_show_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let before = shown(&app, &id).await;
    let contact = |name: &str, email: &str| json!({ "contact": { "name": name, "email": email } });
    let addressed = |field: &str, value: &str| {
        let mut address = address("US");
        address[field] = json!(value);
        json!({ "billingAddress": address })
    };
    for (what, path) in [
        (json!({ "name": "" }), "input.name"),
        (json!({ "name": " \u{a0} " }), "input.name"),
        (json!({ "name": "Contoso\nMain" }), "input.name"),
        (json!({ "name": "n".repeat(201) }), "input.name"),
        (json!({ "taxId": " " }), "input.taxId"),
        (json!({ "purchaseOrderNumber": "" }), "input.purchaseOrderNumber"),
        (contact("", "zoe@contoso.example"), "input.contact.name"),
        (contact("Zoe Quill", "nobody"), "input.contact.email"),
        (addressed("line1", ""), "input.billingAddress.line1"),
        (addressed("city", " "), "input.billingAddress.city"),
        (addressed("postalCode", ""), "input.billingAddress.postalCode"),
        (addressed("country", "ZZ"), "input.billingAddress.country"),
        (addressed("country", "DEU"), "input.billingAddress.country"),
        (addressed("country", ""), "input.billingAddress.country"),
    ] {
        let answer = app.ada().does("UpdateBillingProfile", change(&id, what.clone())).await;
        assert_eq!(answer.outcome(), "INVALID_INPUT", "{what}");
        assert_eq!(answer.refused_path().join("."), path, "{what}");
    }
    assert_eq!(shown(&app, &id).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_currency_never_changes(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    // The input has no such field, so the whole request is refused, the other change with it.
    let input = change(&id, json!({ "currency": "EUR", "taxId": "US-98-7654321" }));
    assert_eq!(app.ada().does("UpdateBillingProfile", input).await.failed(), "BAD_USER_INPUT");
    let profile = shown(&app, &id).await;
    assert_eq!((&profile["currency"], &profile["taxId"]), (&json!("USD"), &json!(null)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_billing_address_stays_where_apps_are_sold(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let before = shown(&app, &id).await;
    let japan = app.ada().does("UpdateBillingProfile", change(&id, everything("JP"))).await;
    assert_eq!(japan.refused(), "REGION_NOT_SUPPORTED");
    assert_eq!(japan.refused_path(), ["input", "billingAddress", "country"]);
    assert_eq!(shown(&app, &id).await, before);
    app.ada().does("UpdateBillingProfile", change(&id, everything("DE"))).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn its_owners_and_contributors_change_a_profile(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let signed = |who: &str| change(&id, json!({ "purchaseOrderNumber": who }));
    for client in [app.ada(), app.carl()] {
        client.does("UpdateBillingProfile", signed(&client.who)).await.done();
        assert_eq!(shown(&app, &id).await["purchaseOrderNumber"], json!(client.who));
    }
    for client in [app.ivan(), app.rui(), app.operator()] {
        let answer = client.does("UpdateBillingProfile", signed(&client.who)).await;
        assert_eq!(answer.failed(), "FORBIDDEN", "{}", client.who);
    }
    // Whoever does not see it is told nothing of it.
    for client in [app.finn(), app.lena(), app.northwind(), app.tailspin()] {
        let answer = client.does("UpdateBillingProfile", signed(&client.who)).await;
        assert_eq!(answer.refused(), "NOT_FOUND", "{}", client.who);
        assert_eq!(answer.refused_path(), ["input", "billingProfileId"]);
    }
    assert_eq!(shown(&app, &id).await["purchaseOrderNumber"], json!(app.carl().who));
    let theirs = card(&app.finn(), "card_ok").await;
    let stranger = pays_with(&app.ada(), &id, &theirs).await;
    assert_eq!(stranger.refused(), "NOT_FOUND");
    assert_eq!(stranger.refused_path(), ["input", "paymentMethodId"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_issued_invoice_stays_and_the_next_one_shows_the_new_data(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    app.active(BOARDS_MONTHLY).await;
    let before = bill_tos(&app).await;
    assert!(before[0].contains("Contoso Main") && before[0].contains("billing@contoso.example"));
    app.ada().does("UpdateBillingProfile", change(&id, everything("DE"))).await.done();
    assert_eq!(bill_tos(&app).await, before);
    app.until("2026-02-28T06:00:00Z").await;
    let after = bill_tos(&app).await;
    let [issued, next] = after.as_slice() else { panic!("two invoices: {after:#?}") };
    assert_eq!(issued, &before[0]);
    let mut expected = everything("DE");
    expected["address"] = expected["billingAddress"].take();
    expected.as_object_mut().unwrap().remove("billingAddress");
    assert_eq!(serde_json::from_str::<Json>(next).unwrap(), expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn moving_a_subscription_moves_its_future_charges_and_no_issued_one(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    // The first invoice is issued, and nobody has charged it yet.
    let main = profile_row(&app, "Contoso Main").await;
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.ada().moves(&boards, &own).await.done();
    app.works().await;
    let paid = payment::Entity::find().all(app.market.db().read()).await.unwrap();
    let with: Vec<_> = paid.iter().map(|payment| payment.payment_method_id).collect();
    assert_eq!(with, [main.payment_method_id], "by the card of the profile that it was issued to");
    app.until("2026-02-10T15:30:00Z").await;
    app.ada().changes_quantity(&boards, 15).await.done();
    app.until("2026-02-28T06:00:00Z").await;
    let invoices = app.ada().invoices(&boards).await;
    let names: Vec<_> = invoices.iter().map(|i| i["billingProfile"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Contoso Main", "Ada's own", "Ada's own"]);
    assert!(invoices.iter().all(|invoice| invoice["status"] == "PAID"), "{invoices:#?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_event_tells_what_changed_once_and_names_nobody(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let profile = profile_row(&app, "Contoso Main").await.id;
    let before = events_of(&app, profile).await.len();
    // Twice the same, then nothing at all: one event.
    for what in [everything("GB"), everything("GB"), json!({})] {
        app.ada().does("UpdateBillingProfile", change(&id, what)).await.done();
    }
    let events = events_of(&app, profile).await;
    assert_eq!(events.len(), before + 1);
    let event = events.last().unwrap();
    assert_eq!(event.r#type, EventType::ProfileUpdated);
    let body: Json = serde_json::from_str(&event.body).unwrap();
    let changed = ["name", "taxId", "purchaseOrderNumber", "contact", "billingAddress"];
    assert_eq!(body["changed"], json!(changed));
    for told in ["Contoso", "US-98", "PO-2026", "Zoe", "zoe@", "Elm", "Portland"] {
        assert!(!event.body.contains(told), "{told} in {}", event.body);
    }
    assert_eq!(profile_row(&app, "Contoso East").await.version, event.seq);
}
