//! Payment methods: approved, expired, removed, replaced. Card numbers are never taken.

use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, instant};
use entity::{payment, payment_method, sandbox_charge};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

/// The client adds a card and gets its id.
pub(super) async fn card(client: &Client<'_>, token: &str) -> String {
    let input = json!({ "kind": "CARD", "gatewayToken": token });
    let added = client.does("AddPaymentMethod", input).await.done();
    added.text("/addPaymentMethod/paymentMethod/id").to_owned()
}

/// The client adds check and wire, which waits for its approval, and gets its id.
pub(super) async fn check_or_wire(client: &Client<'_>) -> String {
    let added = client.does("AddPaymentMethod", json!({ "kind": "CHECK_OR_WIRE" })).await.done();
    added.text("/addPaymentMethod/paymentMethod/id").to_owned()
}

/// The client approves a payment method or refuses it.
pub(super) async fn decides(client: &Client<'_>, method: &str, approve: bool) -> Answer {
    client.does("ApprovePaymentMethod", json!({ "paymentMethodId": method, "approve": approve })).await
}

/// The client creates a profile in dollars that pays with this.
pub(super) async fn profile_with(client: &Client<'_>, name: &str, method: &str) -> Answer {
    let input = json!({
        "name": name, "currency": "USD",
        "contact": { "name": "Accounts payable", "email": "billing@contoso.example" },
        "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
        "paymentMethodId": method,
    });
    client.does("CreateBillingProfile", input).await
}

/// The client lets a profile pay with this from now on.
pub(super) async fn pays_with(client: &Client<'_>, profile: &str, method: &str) -> Answer {
    let input = json!({ "billingProfileId": profile, "paymentMethodId": method });
    client.does("UpdateBillingProfile", input).await
}

async fn removes(client: &Client<'_>, method: &str) -> Answer {
    client.does("RemovePaymentMethod", json!({ "paymentMethodId": method })).await
}

/// Contoso's payment methods, as Ada sees them listed.
async fn listed(app: &App) -> Vec<Json> {
    let answer = app.ada().sends("BillingProfiles", json!({})).await.done();
    answer.at("/viewer/organization/paymentMethods/nodes").as_array().expect("methods").clone()
}

/// What one of them is good for, as Ada sees it.
async fn status(app: &App, method: &str) -> String {
    let methods = listed(app).await;
    let found = methods.iter().find(|found| found["id"] == method);
    found.unwrap_or_else(|| panic!("{method} is not listed"))["status"].as_str().expect("a status").to_owned()
}

/// The last month of every card is January 2026.
async fn cards_end_in_january(app: &App) {
    let sql = "update payment_method set expiry_month = 1, expiry_year = 2026 where kind = 'CARD'";
    app.as_owner(sql).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn check_or_wire_is_bought_with_once_the_operator_approved_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let wire = check_or_wire(&app.ada()).await;
    assert_eq!(status(&app, &wire).await, "PENDING_APPROVAL");
    profile_with(&app.ada(), "Wire", &wire).await.done();
    let buy = async || app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Wire", json!({})).await.outcome();
    assert_eq!(buy().await, "PAYMENT_METHOD_NOT_USABLE");
    for client in [app.ada(), app.carl(), app.ivan(), app.lena(), app.finn(), app.northwind(), app.tailspin()]
    {
        assert_eq!(decides(&client, &wire, true).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    assert_eq!(status(&app, &wire).await, "PENDING_APPROVAL");
    // Approved, and once more; refused from now on; approved after all.
    for (approve, shown, outcome) in [
        (true, "USABLE", "OK"),
        (true, "USABLE", "OK"),
        (false, "REFUSED", "PAYMENT_METHOD_NOT_USABLE"),
        (true, "USABLE", "OK"),
    ] {
        let decided = decides(&app.operator(), &wire, approve).await.done();
        assert_eq!(decided.text("/approvePaymentMethod/paymentMethod/status"), shown);
        assert_eq!(status(&app, &wire).await, shown);
        assert_eq!(buy().await, outcome);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_needs_no_approval(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let card = card(&app.ada(), "card_ok").await;
    assert_eq!(status(&app, &card).await, "USABLE");
    for approve in [true, false] {
        let decided = decides(&app.operator(), &card, approve).await;
        assert_eq!(decided.refused(), "INVALID_INPUT");
        assert_eq!(decided.refused_path(), ["input", "paymentMethodId"]);
    }
    assert_eq!(status(&app, &card).await, "USABLE");
    assert_eq!(decides(&app.operator(), "nonsense", true).await.refused(), "NOT_FOUND");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn card_numbers_and_unknown_tokens_are_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let before = listed(&app).await;
    for (token, why) in [
        ("4242424242424242", "card number"),
        ("4242 4242 4242 4242", "card number"),
        ("4242-4242-4242-4242", "card number"),
        ("378282246310005", "card number"),
        ("card_unknown", "does not know"),
        ("", "bytes"),
    ] {
        let input = json!({ "kind": "CARD", "gatewayToken": token });
        let answer = app.ada().does("AddPaymentMethod", input).await;
        assert_eq!(answer.refused(), "INVALID_INPUT", "{token}");
        assert_eq!(answer.refused_path(), ["input", "gatewayToken"]);
        let message = answer.text("/addPaymentMethod/userErrors/0/message");
        assert!(message.contains(why), "{token}: {message}");
        assert!(token.is_empty() || !message.contains(token), "{message}");
    }
    for input in [json!({ "kind": "CARD" }), json!({ "kind": "CHECK_OR_WIRE", "gatewayToken": "card_ok" })] {
        assert_eq!(app.ada().does("AddPaymentMethod", input).await.refused(), "INVALID_INPUT");
    }
    assert_eq!(listed(&app).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_good_to_the_end_of_its_last_month(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let card = card(&app.ada(), "card_ok").await;
    cards_end_in_january(&app).await;
    let buy = async || app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await;
    app.at("2026-01-31T23:59:59Z");
    assert_eq!(status(&app, &card).await, "USABLE");
    buy().await.done();
    app.at("2026-02-01T00:00:00Z");
    assert_eq!(status(&app, &card).await, "EXPIRED");
    assert_eq!(buy().await.refused(), "PAYMENT_METHOD_NOT_USABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_card_fails_at_collection_with_a_code_of_its_own(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    cards_end_in_january(&app).await;
    app.until("2026-02-28T00:00:00Z").await;
    let invoices = app.ada().invoices(&boards).await;
    let statuses: Vec<_> = invoices.iter().map(|invoice| &invoice["status"]).collect();
    assert_eq!(statuses, ["PAID", "OVERDUE"]);
    let [failed] = invoices[1]["payments"].as_array().unwrap().as_slice() else { panic!("{invoices:#?}") };
    assert_eq!((&failed["status"], &failed["failureCode"]), (&json!("DECLINED"), &json!("card_expired")));
    assert_eq!(failed["amount"]["amount"], "125.00");
    let charged = sandbox_charge::Entity::find().all(app.market.db().read()).await.unwrap();
    assert_eq!(charged.len(), 1, "the gateway is not even asked");
    let page = app.ada().sees(&boards).await;
    assert_eq!(page["paymentStanding"], "PAST_DUE");
    assert_eq!(instant(page["graceEndsAt"].as_str().unwrap()), instant("2026-03-30"));
    let by_hand = app.ada().pays(invoices[1]["id"].as_str().unwrap()).await;
    assert_eq!(by_hand.refused(), "PAYMENT_METHOD_NOT_USABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_in_use_stays(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let lost = card(&app.ada(), "card_timeout").await;
    let created = profile_with(&app.ada(), "Timeout", &lost).await.done();
    let profile = created.text("/createBillingProfile/billingProfile/id");
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Timeout").await;
    let in_use = async || {
        let refused = removes(&app.ada(), &lost).await;
        assert_eq!(refused.refused(), "PAYMENT_METHOD_IN_USE");
        assert_eq!(refused.refused_path(), ["input", "paymentMethodId"]);
    };
    in_use().await;
    // No profile pays with it any more, but the outcome of its charge is awaited.
    let good = card(&app.ada(), "card_ok").await;
    pays_with(&app.ada(), profile, &good).await.done();
    in_use().await;
    app.until("2026-01-31T10:00:00Z").await;
    let removed = removes(&app.ada(), &lost).await.done();
    assert_eq!(removed.text("/removePaymentMethod/removedPaymentMethodId"), lost);
    assert!(listed(&app).await.iter().all(|method| method["id"] != lost));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_is_removed_by_who_added_it_or_by_an_owner(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let adas = card(&app.ada(), "card_ok").await;
    let (one, other) = (card(&app.carl(), "card_ok").await, card(&app.carl(), "card_ok").await);
    for client in [app.carl(), app.ivan(), app.rui(), app.operator()] {
        assert_eq!(removes(&client, &adas).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    for client in [app.finn(), app.lena(), app.northwind(), app.tailspin()] {
        let answer = removes(&client, &adas).await;
        assert_eq!(answer.refused(), "NOT_FOUND", "{}", client.who);
        assert_eq!(answer.refused_path(), ["input", "paymentMethodId"]);
    }
    assert_eq!(status(&app, &adas).await, "USABLE");
    removes(&app.ada(), &one).await.done();
    removes(&app.carl(), &other).await.done();
    removes(&app.ada(), &adas).await.done();
    assert_eq!(listed(&app).await.len(), 1, "that of Contoso Main");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_cannot_be_chosen_and_stays_with_its_payments(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (old, new) = (card(&app.ada(), "card_ok").await, card(&app.ada(), "card_ok").await);
    let created = profile_with(&app.ada(), "Own", &old).await.done();
    let profile = created.text("/createBillingProfile/billingProfile/id");
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Own").await;
    let before = app.ada().invoices(&boards).await;
    assert_eq!(before[0]["payments"][0]["status"], "SUCCEEDED");
    pays_with(&app.ada(), profile, &new).await.done();
    removes(&app.ada(), &old).await.done();

    assert_eq!(app.ada().invoices(&boards).await, before);
    let db = app.market.db().read();
    let paid = payment::Entity::find().one(db).await.unwrap().expect("the payment");
    let with = paid.payment_method_id.expect("a card");
    let kept = payment_method::Entity::find_by_id(with).one(db).await.unwrap().expect("the card's row");
    assert_eq!(kept.removed_at, Some(instant("2026-01-31T09:00:00Z")));

    assert!(listed(&app).await.iter().all(|method| method["id"] != old));
    let raised = app.ada().changes_quantity(&boards, 11).await.done();
    let invoice = raised.text("/changeLicenseQuantity/invoice/id");
    let pay = json!({ "invoiceId": invoice, "paymentMethodId": old });
    for answer in [
        pays_with(&app.ada(), profile, &old).await,
        profile_with(&app.ada(), "Another", &old).await,
        app.ada().does("PayInvoice", pay).await,
        removes(&app.ada(), &old).await,
        decides(&app.operator(), &old, true).await,
    ] {
        assert_eq!(answer.refused(), "NOT_FOUND", "{:#}", answer.body);
        assert_eq!(answer.refused_path(), ["input", "paymentMethodId"]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_card_is_tried_at_once_on_what_is_overdue(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let profile = app.ada().new_profile("Declined", "USD", "card_declined").await;
    let boards = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await;
    // Between the due time and the first retry, which would be on 3 February.
    app.until("2026-02-01T12:00:00Z").await;
    let card = card(&app.ada(), "card_ok").await;
    pays_with(&app.ada(), &profile, &card).await.done();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["status"], "OVERDUE", "nothing is charged from inside a request");
    app.works().await;
    let invoice = app.ada().invoices(&boards).await.remove(0);
    assert_eq!(invoice["status"], "PAID");
    let payments = invoice["payments"].as_array().unwrap().iter();
    let attempts: Vec<_> = payments
        .map(|paid| (paid["status"].as_str().unwrap(), instant(paid["attemptedAt"].as_str().unwrap())))
        .collect();
    let (due, changed) = (instant("2026-01-31T09:00:00Z"), instant("2026-02-01T12:00:00Z"));
    assert_eq!(attempts, [("DECLINED", due), ("SUCCEEDED", changed)]);
    let page = app.ada().sees(&boards).await;
    assert_eq!((&page["paymentStanding"], &page["graceEndsAt"]), (&json!("CURRENT"), &json!(null)));
    let history = ["PURCHASED", "ACTIVATED", "PAYMENT_PAST_DUE", "PAYMENT_RECOVERED"];
    assert_eq!(app.ada().history(&boards).await, history);
}
