//! Printable versions of invoices and credit notes: PDFs, for those who see the invoice.

use super::scene::{bought_by_tailspin, contoso_card, taxed, wire_profile};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Subscription, send};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use rstest::rstest;
use serde_json::{Value as Json, json};

const DOCUMENTS: &str = "query($id: ID!) { invoice(id: $id) { number status
    document { url mediaType fileName } creditNotes { number document { url mediaType fileName } } } }";

/// An invoice of the subscription, counted from the oldest, with where it and its credit notes can be had.
async fn shown(client: &Client<'_>, of: &Subscription, place: usize) -> Json {
    let invoice = client.invoices(of).await.remove(place);
    client.asks(DOCUMENTS, json!({ "id": invoice["id"] })).await.done().at("/invoice").clone()
}

async fn gets_with(app: &App, path: &str, authorization: Option<String>) -> Answer {
    let mut request = Request::get(path);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    send(app, request.body(Body::empty()).expect("a request")).await
}

async fn gets(app: &App, client: &Client<'_>, path: &str) -> Answer {
    gets_with(app, path, Some(format!("Bearer {}", client.token))).await
}

/// Gets what is shown here, and insists that it is a PDF under the right name.
async fn printed(app: &App, client: &Client<'_>, of: &Json) -> Answer {
    let document = &of["document"];
    let answer = gets(app, client, document["url"].as_str().expect("an address")).await;
    assert_eq!(answer.status, StatusCode::OK, "{of:#} {:#}", answer.body);
    assert_eq!(document["mediaType"], "application/pdf");
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/pdf");
    let name = format!("{}.pdf", of["number"].as_str().expect("a number"));
    assert_eq!(document["fileName"], json!(name));
    assert_eq!(answer.headers[header::CONTENT_DISPOSITION], format!("inline; filename=\"{name}\""));
    assert!(answer.body.as_str().is_some_and(|body| body.starts_with("%PDF-")), "{of:#}");
    answer
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_a_pdf_and_the_same_every_time(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &boards).await;
    let invoice = shown(&app.ada(), &boards, 0).await;
    assert_eq!((&invoice["number"], &invoice["status"]), (&json!("INV-0000001"), &json!("DUE")));
    let due = printed(&app, &app.ada(), &invoice).await;
    app.at("2026-01-31T12:00:00Z");
    let later = printed(&app, &app.rui(), &invoice).await;
    assert!(later.body == due.body, "as long as nothing happens it is the same, byte for byte");
    app.until("2026-02-01").await;
    let paid = printed(&app, &app.ada(), &invoice).await;
    assert!(paid.body != due.body, "it says that nothing is due any more");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_invoice_can_be_printed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let paid = app.active(BOARDS_MONTHLY).await;
    let void = app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.activated(&app.ada(), &void).await;
    app.ada().cancels(&void).await.done();
    wire_profile(&app, "Wire").await;
    let due = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Wire").await;
    app.at("2026-01-31T09:01:00Z");
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let overdue = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await;
    for (of, status) in [(&paid, "PAID"), (&void, "VOID"), (&due, "DUE"), (&overdue, "OVERDUE")] {
        let invoice = shown(&app.ada(), of, 0).await;
        assert_eq!(invoice["status"], status);
        printed(&app, &app.ada(), &invoice).await;
    }
    let of_partner = bought_by_tailspin(&app).await;
    let invoice = shown(&app.tailspin(), &of_partner, 0).await;
    printed(&app, &app.tailspin(), &invoice).await;
    printed(&app, &app.operator(), &invoice).await;
    // Woodgrove has the app, but not its money.
    let path = invoice["document"]["url"].as_str().unwrap();
    assert_eq!(gets(&app, &app.wendy(), path).await.status, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_long_invoice_can_be_printed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let input = json!({
        "planId": ada.plan(BOARDS_MONTHLY).await,
        "billingProfileId": ada.profile("Contoso Main").await,
        "licenseQuantity": 1,
    });
    let mut bought = Vec::new();
    for _ in 0..30 {
        let answer = ada.does("Purchase", input.clone()).await.done();
        let boards = answer.subscription("purchaseSubscription");
        app.activated(&ada, &boards).await;
        bought.push(boards);
    }
    app.until("2026-02-28").await;
    let renewal = app.ada().invoices(&bought[0]).await.remove(1);
    assert_eq!(renewal["lines"].as_array().unwrap().len(), 30);
    let long = printed(&app, &app.ada(), &shown(&app.ada(), &bought[0], 1).await).await;
    let short = printed(&app, &app.ada(), &shown(&app.ada(), &bought[0], 0).await).await;
    let length = |answer: &Answer| answer.body.as_str().unwrap_or_default().len();
    assert!(length(&long) > length(&short), "{} and {}", length(&long), length(&short));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_credit_note_is_a_pdf_too(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let invoice = shown(&app.ada(), &boards, 0).await;
    let note = &invoice["creditNotes"][0];
    assert_eq!(note["number"], "CN-0000001");
    let once = printed(&app, &app.ada(), note).await;
    let again = printed(&app, &app.ivan(), note).await;
    assert!(once.body == again.body);
    let of_note = note["document"]["url"].as_str().unwrap();
    for client in [app.finn(), app.lena(), app.northwind()] {
        assert_eq!(gets(&app, &client, of_note).await.status, StatusCode::NOT_FOUND, "{}", client.who);
    }
    assert_eq!(gets_with(&app, of_note, None).await.status, StatusCode::UNAUTHORIZED);
    // Neither kind of id is good at the other's address.
    let of_invoice = invoice["document"]["url"].as_str().unwrap();
    let id = |path: &str| path.split('/').nth(2).expect("an id").to_owned();
    let crossed = [
        format!("/invoices/{}/document.pdf", id(of_note)),
        format!("/credit-notes/{}/document.pdf", id(of_invoice)),
    ];
    for path in crossed {
        assert_eq!(gets(&app, &app.ada(), &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_nothing_is_printed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let invoice = shown(&app.ada(), &boards, 0).await;
    let path = invoice["document"]["url"].as_str().unwrap();
    let old = format!("Bearer {}", app.ada().token);
    let basic = format!("Basic {}", app.ada().token);
    app.at("2026-01-31T17:00:00Z");
    for authorization in [None, Some("Bearer garbage".to_owned()), Some(basic), Some(old)] {
        let answer = gets_with(&app, path, authorization).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{:#}", answer.body);
        assert_eq!(answer.failed(), "UNAUTHENTICATED");
        let scheme = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(scheme.starts_with("Bearer"), "{scheme}");
    }
    printed(&app, &app.ada(), &invoice).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_see_the_invoice_finds_no_document(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let invoice = shown(&app.ada(), &boards, 0).await;
    for client in [app.ada(), app.carl(), app.ivan(), app.rui(), app.operator()] {
        printed(&app, &client, &invoice).await;
    }
    let path = invoice["document"]["url"].as_str().unwrap();
    let nobody = app.client("email:user1@contoso.example");
    let strangers = [app.finn(), app.wendy(), app.lena(), app.northwind(), app.tailspin(), nobody];
    let missing = gets(&app, &app.ada(), "/invoices/nonsense/document.pdf").await;
    assert_eq!((missing.status, missing.failed().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
    for client in strangers {
        let answer = gets(&app, &client, path).await;
        let same = (answer.status, &answer.body) == (missing.status, &missing.body);
        assert!(same, "exactly as for an invoice that does not exist: {} {:#}", client.who, answer.body);
    }
    let card = contoso_card(&app, "card_ok").await;
    for other in [boards.id.as_str(), card.as_str(), "", "..", "%00", "INV-0000001"] {
        let answer = gets(&app, &app.ada(), &format!("/invoices/{other}/document.pdf")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other:?}");
    }
}
