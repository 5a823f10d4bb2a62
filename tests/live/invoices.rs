//! What a watch of invoices shows, and to whom.

use super::{Server, Socket, socket::A_MOMENT};
use crate::{
    access::words::user_of,
    harness::{App, BOARDS_MONTHLY, Client, Db, Subscription, VAULT},
};
use domain::job::Job;
use rstest::rstest;
use serde_json::{Value as Json, json};
use tokio::time::timeout;

const WATCH: &str = "subscription Watch($only: InvoiceWatchInput, $after: ID) {
  invoiceEvents(only: $only, after: $after) {
    id type occurredAt invoice { id status billingProfile { name } creditNotes { number } lines { id } } } }";

async fn watch(socket: &mut Socket, id: &str, variables: Json) {
    socket.subscribe(id, WATCH, variables).await;
}

/// Waits until a watch has begun, and has shown everything that happened so far: licences are added until an invoice for some
/// is seen. Nothing else may happen meanwhile. The quantity then, and the last event.
async fn begun(socket: &mut Socket, id: &str, ada: &Client<'_>, boards: &Subscription) -> (i64, Json) {
    for quantity in 11..110 {
        ada.changes_quantity(boards, quantity).await.done();
        if let Ok(mut shown) = timeout(A_MOMENT, socket.invoice_event(id)).await {
            let newest = ada.invoices(boards).await.pop().expect("an invoice");
            while shown["invoice"]["id"] != newest["id"] {
                shown = socket.invoice_event(id).await;
            }
            return (quantity, shown);
        }
    }
    panic!("the watch does not begin");
}

/// The next event, which has to be of this type.
async fn shows(socket: &mut Socket, id: &str, kind: &str) -> Json {
    let event = socket.invoice_event(id).await;
    assert_eq!(event["type"], kind, "{event:#}");
    event
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_shows_what_becomes_of_invoices(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut socket = Socket::of(&server, &ada).await;
    watch(&mut socket, "all", json!({})).await;
    let (quantity, _) = begun(&mut socket, "all", &ada, &boards).await;
    let unpaid = ada.invoices(&boards).await.iter().filter(|invoice| invoice["status"] == "DUE").count();
    app.runs(Job::CollectPayments).await;
    for _ in 0..unpaid {
        shows(&mut socket, "all", "INVOICE_PAID").await;
    }

    ada.changes_quantity(&boards, quantity + 1).await.done();
    let issued = shows(&mut socket, "all", "INVOICE_ISSUED").await;
    assert_eq!(issued["invoice"]["status"], "DUE");
    assert_eq!(issued["invoice"]["billingProfile"]["name"], "Contoso Main");
    assert_eq!(issued["invoice"]["lines"].as_array().expect("lines").len(), 1);
    app.runs(Job::CollectPayments).await;
    let paid = shows(&mut socket, "all", "INVOICE_PAID").await;
    assert_eq!(
        (&paid["invoice"]["id"], &paid["invoice"]["status"]),
        (&issued["invoice"]["id"], &json!("PAID"))
    );

    ada.new_profile("Contoso Late", "USD", "card_declined").await;
    let vault = app.active_for(&ada, VAULT, None, "Contoso Late").await;
    let issued = shows(&mut socket, "all", "INVOICE_ISSUED").await;
    let late = shows(&mut socket, "all", "INVOICE_OVERDUE").await;
    assert_eq!(
        (&late["invoice"]["id"], &late["invoice"]["status"]),
        (&issued["invoice"]["id"], &json!("OVERDUE"))
    );

    ada.cancels(&vault).await.done();
    let credited = shows(&mut socket, "all", "CREDIT_NOTE_ISSUED").await;
    assert_eq!(credited["invoice"]["id"], issued["invoice"]["id"]);
    assert_eq!(credited["invoice"]["creditNotes"].as_array().expect("credit notes").len(), 1);
    socket.is_silent().await;

    // Whoever was cut off continues behind what they have seen last, and may look at one profile or one invoice alone.
    let profile = ada.profile("Contoso Late").await;
    for only in [json!({ "billingProfileId": profile }), json!({ "invoiceId": issued["invoice"]["id"] })] {
        let mut again = Socket::of(&server, &ada).await;
        watch(&mut again, "some", json!({ "only": only, "after": paid["id"] })).await;
        for event in [&issued, &late, &credited] {
            assert_eq!(again.invoice_event("some").await["id"], event["id"]);
        }
        again.is_silent().await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_sees_an_invoice_sees_what_becomes_of_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let server = Server::of(&app).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut ivan = Socket::of(&server, &app.ivan()).await;
    watch(&mut ivan, "all", json!({})).await;
    let (quantity, seen) = begun(&mut ivan, "all", &ada, &boards).await;

    // Neither a licence admin nor another organization nor the publisher sees it: they are like each other.
    let profile = ada.profile("Contoso Main").await;
    for client in [app.lena(), app.finn(), app.northwind()] {
        let mut socket = Socket::of(&server, &client).await;
        for variables in [
            json!({ "only": { "billingProfileId": profile } }),
            json!({ "only": { "invoiceId": seen["invoice"]["id"] } }),
            json!({ "after": seen["id"] }),
            json!({ "after": "nonsense" }),
        ] {
            watch(&mut socket, "all", variables.clone()).await;
            let errors = socket.errors("all").await;
            assert_eq!(
                errors[0]["extensions"]["code"], "NOT_FOUND",
                "{} {variables}: {errors:#}",
                client.who
            );
        }
    }

    // A role on the billing profile is enough, from the moment at which it is granted.
    let mut lena = Socket::of(&server, &app.lena()).await;
    watch(&mut lena, "all", json!({})).await;
    lena.is_silent().await;
    let input =
        json!({ "billingProfileId": profile, "userId": user_of(&app.lena()).await, "role": "READER" });
    ada.does("GrantBillingProfileRole", input).await.done();
    let mut issued = Json::Null;
    for more in 1..100 {
        ada.changes_quantity(&boards, quantity + more).await.done();
        issued = ivan.invoice_event("all").await;
        if let Ok(event) = timeout(A_MOMENT, lena.invoice_event("all")).await {
            // She may have begun late, but sees what he sees.
            assert_eq!(event["type"], "INVOICE_ISSUED");
            assert_eq!(event["invoice"]["billingProfile"]["name"], "Contoso Main");
            return;
        }
    }
    panic!("she never saw anything, the last was {issued:#}");
}
