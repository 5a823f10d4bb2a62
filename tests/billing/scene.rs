//! What the tests of money share: payers and cards of several kinds, and a look at what followed from an
//! invoice.

use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Setup, Subscription};
use serde_json::{Value as Json, json};

/// What followed from an invoice.
const FOLLOWED: &str = "query($id: ID!) { invoice(id: $id) {
    status amountDue { amount } creditNotes { total { amount } }
    payments { status refunds { status attempt byHand failureCode amount { amount } } } } }";

/// A Tenure that taxes what is billed in the United States with 7.7 %: most sums have to be rounded then.
pub(super) async fn taxed(db: Db) -> App {
    let mut setup = Setup::on(db);
    setup.settings.tax_rates.insert("US".into(), 7_700);
    setup.start().await
}

/// A new card of Contoso's.
pub(super) async fn contoso_card(app: &App, token: &str) -> String {
    let input = json!({ "kind": "CARD", "gatewayToken": token });
    let added = app.ada().does("AddPaymentMethod", input).await.done();
    added.text("/addPaymentMethod/paymentMethod/id").to_owned()
}

/// A profile of Contoso's that pays by check or wire, as the operator has approved.
pub(super) async fn wire_profile(app: &App, name: &str) -> String {
    let added = app.ada().does("AddPaymentMethod", json!({ "kind": "CHECK_OR_WIRE" })).await.done();
    let wire = added.text("/addPaymentMethod/paymentMethod/id");
    let approval = json!({ "paymentMethodId": wire, "approve": true });
    app.operator().does("ApprovePaymentMethod", approval).await.done();
    let input = json!({
        "name": name, "currency": "USD",
        "contact": { "name": "Accounts payable", "email": "billing@contoso.example" },
        "billingAddress": { "line1": "1 Main Street", "city": "Springfield", "country": "US" },
        "paymentMethodId": wire,
    });
    let created = app.ada().does("CreateBillingProfile", input).await.done();
    created.text("/createBillingProfile/billingProfile/id").to_owned()
}

/// The operator books money that came by check or wire.
pub(super) async fn received(app: &App, invoice: &Json, amount: &str) -> Answer {
    let input = json!({ "invoiceId": invoice["id"], "amount": amount, "reference": "wire 4711" });
    app.operator().does("RecordPayment", input).await
}

/// Tailspin buys three licences for Woodgrove on its own profile, and they are activated.
pub(super) async fn bought_by_tailspin(app: &App) -> Subscription {
    let viewer = app.wendy().sends("Viewer", json!({})).await.done();
    let for_woodgrove = json!({ "organizationId": viewer.text("/viewer/organization/id") });
    let tailspin = app.tailspin();
    let bought = tailspin.buys_with(BOARDS_MONTHLY, Some(3), "Tailspin USD", for_woodgrove).await.done();
    let boards = bought.subscription("purchaseSubscription");
    app.activated(&tailspin, &boards).await;
    boards
}

/// Two subscriptions of Contoso's, of ten and of four licences, renew together on 28 February: 125.00 and
/// 50.00 on one invoice. Its card is declined, so that both are past due at noon.
pub(super) async fn sharing_an_overdue_invoice(app: &App) -> (Subscription, Subscription, Json) {
    let profile = app.ada().new_profile("Shared", "USD", "card_ok").await;
    let ten = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Shared").await;
    let four = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(4), "Shared").await;
    app.until("2026-02-01").await;
    let declined = contoso_card(app, "card_declined").await;
    let change = json!({ "billingProfileId": profile, "paymentMethodId": declined });
    app.ada().does("UpdateBillingProfile", change).await.done();
    app.until("2026-02-28T12:00:00Z").await;
    let shared = app.ada().invoices(&ten).await.remove(1);
    assert_eq!(shared["id"], app.ada().invoices(&four).await[1]["id"]);
    assert_eq!((&shared["status"], &shared["total"]["amount"]), (&json!("OVERDUE"), &json!("175.00")));
    assert_eq!(app.ada().sees(&four).await["paymentStanding"], "PAST_DUE");
    (ten, four, shared)
}

/// The credit notes with which a cancellation was answered.
#[track_caller]
pub(super) fn credit_notes(canceled: &Answer) -> Vec<Json> {
    canceled.at("/cancelSubscription/creditNotes").as_array().expect("credit notes").clone()
}

/// Their totals.
#[track_caller]
pub(super) fn credited(canceled: &Answer) -> Vec<String> {
    let amount = |note: &Json| note["total"]["amount"].as_str().expect("an amount").to_owned();
    credit_notes(canceled).iter().map(amount).collect()
}

/// The code of a refusal and the path that it is about: `INVALID_INPUT input.amount`.
#[track_caller]
pub(super) fn refusal(answer: &Answer) -> String {
    let (code, path) = (answer.refused(), answer.refused_path());
    std::iter::once(code).chain((!path.is_empty()).then(|| path.join("."))).collect::<Vec<_>>().join(" ")
}

/// What followed from an invoice, as this client sees it.
pub(super) async fn followed(client: &Client<'_>, invoice: &Json) -> Json {
    let answer = client.asks(FOLLOWED, json!({ "id": invoice["id"] })).await.done();
    answer.at("/invoice").clone()
}

/// An amount with two decimals in minor units.
#[track_caller]
pub(super) fn cents(money: &Json) -> i64 {
    let amount = money["amount"].as_str().unwrap_or_else(|| panic!("an amount: {money}"));
    amount.replace('.', "").parse().expect("an amount")
}
