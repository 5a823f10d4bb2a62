//! Credit notes as documents: their numbers, what stands on them, their tax, and the events that tell of
//! them.

use super::scene::{cents, credit_notes, credited, taxed};
use crate::harness::{App, BOARDS_MONTHLY, Db, instant};
use entity::{
    billing_profile, event, refund,
    state::{EventType, StreamKind},
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gaps_however_many_cancel_at_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut bought = Vec::new();
    for _ in 0..6 {
        bought.push(app.active(BOARDS_MONTHLY).await);
    }
    // Half of them are paid, so that some owe a refund and others do not.
    for boards in &bought[..3] {
        let invoice = app.ada().invoices(boards).await.remove(0);
        if invoice["status"] == "DUE" {
            app.ada().pays(invoice["id"].as_str().unwrap()).await.done();
        }
    }
    let clients: Vec<_> = bought.iter().map(|_| app.ada()).collect();
    let cancels = clients.iter().zip(&bought).map(|(client, boards)| client.cancels(boards));
    let mut numbers = Vec::new();
    for canceled in futures::future::join_all(cancels).await {
        let notes = credit_notes(&canceled.done());
        numbers.extend(notes.iter().map(|note| note["number"].as_str().expect("a number").to_owned()));
    }
    numbers.sort();
    let expected: Vec<_> = (1..=6).map(|number| format!("CN-{number:07}")).collect();
    assert_eq!(numbers, expected);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_fails_at_its_end_takes_no_number(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (first, second) = (app.active(BOARDS_MONTHLY).await, app.ada().buys(BOARDS_MONTHLY, 2).await);
    app.activated(&app.ada(), &second).await;
    // What is owed for the first one is written last, when its credit note has its number already.
    let (broken, mended) = match db {
        Db::Sqlite => (
            "create trigger broken before insert on refund begin select raise(abort, 'broken'); end",
            "drop trigger broken",
        ),
        Db::Postgres => (
            "alter table refund add constraint broken check (false) not valid",
            "alter table refund drop constraint broken",
        ),
    };
    app.as_owner(broken).await;
    assert_eq!(app.ada().cancels(&first).await.failed(), "INTERNAL");
    assert_eq!(app.ada().sees(&first).await["status"], "ACTIVE");
    let of_second = credit_notes(&app.ada().cancels(&second).await.done());
    assert_eq!(of_second[0]["number"], "CN-0000001");
    app.as_owner(mended).await;
    let of_first = credit_notes(&app.ada().cancels(&first).await.done());
    assert_eq!(of_first[0]["number"], "CN-0000002");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_it_takes_back(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-01T12:00:00Z");
    app.ada().cancels(&boards).await.done();
    let invoice = app.ada().invoices(&boards).await.remove(0);
    let document = "query($id: ID!) { invoice(id: $id) { creditNotes { number issuedAt
        subtotal { amount currency } tax { amount } total { amount }
        lines { description amount { amount } } } } }";
    let seen = app.rui().asks(document, json!({ "id": invoice["id"] })).await.done();
    let note = seen.at("/invoice/creditNotes/0");
    assert_eq!(note["number"], "CN-0000001");
    assert_eq!(instant(note["issuedAt"].as_str().unwrap()), instant("2026-02-01T12:00:00Z"));
    assert_eq!(note["subtotal"], json!({ "amount": "125.00", "currency": "USD" }));
    // 7.7 % of 125.00 are 9.625.
    assert_eq!((&note["tax"]["amount"], &note["total"]["amount"]), (&json!("9.63"), &json!("134.63")));
    let line = json!({ "description": "Northwind Boards, Monthly", "amount": { "amount": "125.00" } });
    assert_eq!(note["lines"], json!([line]));
    assert_eq!(note["total"], json!({ "amount": invoice["total"]["amount"] }));
}

/// Three lines of 12.50 on one invoice: 7.7 % of 37.50 are 2.8875, so 2.89 of tax and 40.39 in all. 7.7 % of
/// each line would be 0.9625, so 0.96, and 2.88 in all. Each note takes what its tax leaves of the rest's:
/// 2.89 − 1.93 (of 25.00, 1.925) = 0.96, then 1.93 − 0.96 (of 12.50) = 0.97, then 0.96.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_notes_of_an_invoice_add_up_to_it_with_its_tax(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let mut bought = Vec::new();
    for _ in 0..3 {
        bought.push(app.active_for(&app.ada(), BOARDS_MONTHLY, Some(1), "Contoso Main").await);
    }
    app.until("2026-02-28T12:00:00Z").await;
    let shared = app.ada().invoices(&bought[0]).await.remove(1);
    let sums: Vec<_> = ["subtotal", "tax", "total"].iter().map(|sum| &shared[*sum]["amount"]).collect();
    assert_eq!(sums, ["37.50", "2.89", "40.39"]);
    let mut totals = Vec::new();
    for boards in &bought {
        totals.extend(credited(&app.ada().cancels(boards).await.done()));
    }
    assert_eq!(totals, ["13.46", "13.47", "13.46"]);
    app.until("2026-02-28T13:00:00Z").await;
    let shared = app.ada().invoices(&bought[0]).await.remove(1);
    assert_eq!(shared["payments"][0]["status"], "REFUNDED", "to the cent");
    let refunds = refund::Entity::find().all(app.market.db().read()).await.unwrap();
    assert_eq!(refunds.iter().map(|refund| refund.amount).sum::<i64>(), cents(&shared["total"]));
}

/// Five more on 2 February, with 26 of the 28 days left: 5 × 12.50 × 26 ÷ 28 = 58.035…, so 58.04.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_on_the_stream_of_its_profile(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-02T20:00:00Z");
    app.ada().changes_quantity(&boards, 15).await.done();
    app.ada().cancels(&boards).await.done();
    app.ada().cancels(&boards).await.done();
    let reader = app.market.db().read();
    let main = billing_profile::Entity::find().filter(billing_profile::Column::Name.eq("Contoso Main"));
    let main = main.one(reader).await.unwrap().expect("the profile");
    let events = event::Entity::find().order_by_asc(event::Column::Seq).all(reader).await.unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.r#type == EventType::CreditNoteIssued).collect();
    assert!(told.iter().all(|event| event.stream_kind == StreamKind::BillingProfile));
    assert!(told.iter().all(|event| event.stream_id == main.id.0));
    let facts = |event: &&event::Model| {
        let body: Json = serde_json::from_str(&event.body).expect("JSON");
        (body["number"].clone(), body["total"].clone(), body["currency"].clone())
    };
    let expected = [(json!(1), json!(12_500), json!("USD")), (json!(2), json!(5_804), json!("USD"))];
    assert_eq!(told.iter().map(facts).collect::<Vec<_>>(), expected);
}
