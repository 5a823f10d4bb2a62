//! Invoices that are to come: what is announced is what comes.

use super::scene::{bought_by_tailspin, contoso_card, taxed};
use crate::harness::{App, BOARDS_MONTHLY, Client, Db, VAULT};
use rstest::rstest;
use serde_json::{Value as Json, json};

const OF_PROFILE: &str = "query($months: Int!, $profile: ID) {
    upcomingInvoices(months: $months, billingProfileId: $profile) {
        issuedOn subtotal { amount } tax { amount } total { amount }
        lines { kind description quantity unitPrice { amount } amount { amount } period { start end } } } }";

/// An invoice, come or to come, so that it can be compared: its day, profile and total, and of each line what
/// it is for, its amount and its days.
type Compared = (String, String, String, Vec<[String; 4]>);

fn compared(invoice: &Json, issued: &str) -> Compared {
    let text = |value: &Json| value.as_str().unwrap_or_else(|| panic!("a text in {invoice:#}")).to_owned();
    let line = |line: &Json| {
        let period = &line["period"];
        [&line["subscription"]["id"], &line["amount"]["amount"], &period["start"], &period["end"]].map(text)
    };
    let mut lines: Vec<_> = invoice["lines"].as_array().expect("lines").iter().map(line).collect();
    lines.sort();
    let day = text(&invoice[issued])[.."2026-01-31".len()].to_owned();
    (day, text(&invoice["billingProfile"]["name"]), text(&invoice["total"]["amount"]), lines)
}

/// What is announced to this client, in an order that does not matter.
async fn announced(client: &Client<'_>, months: i64) -> Vec<Compared> {
    let answer = client.sends("UpcomingInvoices", json!({ "months": months })).await.done();
    let upcoming = answer.at("/upcomingInvoices").as_array().expect("invoices");
    let mut invoices: Vec<_> = upcoming.iter().map(|invoice| compared(invoice, "issuedOn")).collect();
    invoices.sort();
    invoices
}

/// What was issued to Contoso from this instant on, in the same order.
async fn issued(app: &App, from: &str) -> Vec<Compared> {
    let variables = json!({ "first": 100, "filter": { "issuedFrom": from } });
    let answer = app.ada().sends("Invoices", variables).await.done();
    let nodes = answer.at("/invoices/nodes").as_array().expect("invoices");
    let mut invoices: Vec<_> = nodes.iter().map(|invoice| compared(invoice, "issuedAt")).collect();
    invoices.sort();
    invoices
}

/// The days on which something is announced.
async fn days(client: &Client<'_>, months: i64) -> Vec<String> {
    announced(client, months).await.into_iter().map(|(day, ..)| day).collect()
}

/// Eight licences, after a decrease that is scheduled, and three: 100.00 + 37.50, with 7.7 % of tax, 10.59
/// (10.5875), 148.09. After a year the vault renews on the same day: 1037.50 + 79.89 (79.8875) = 1117.39.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_announced_comes_as_announced(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let lowered = app.active(BOARDS_MONTHLY).await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(3), "Contoso Main").await;
    app.active(VAULT).await;
    app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(2), "Ada's own").await;
    app.ada().changes_quantity(&lowered, 8).await.done();
    let announced = announced(&app.ada(), 12).await;
    assert_eq!(announced.len(), 24, "one a month for each of two profiles");
    let of_main = |day: &str| {
        let found = announced.iter().find(|(on, profile, ..)| on == day && profile == "Contoso Main");
        found.unwrap_or_else(|| panic!("nothing on {day}: {announced:#?}"))
    };
    let (_, _, total, lines) = of_main("2026-02-28");
    assert_eq!((total.as_str(), lines.len()), ("148.09", 2));
    let (_, _, total, lines) = of_main("2027-01-31");
    assert_eq!((total.as_str(), lines.len()), ("1117.39", 3));
    app.until("2027-01-31T23:59:59Z").await;
    assert_eq!(issued(&app, "2026-02-01T00:00:00Z").await, announced);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_line_says_what_will_be_charged_and_how_it_adds_up(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    app.active(BOARDS_MONTHLY).await;
    let answer = app.rui().asks(OF_PROFILE, json!({ "months": 1 })).await.done();
    // 7.7 % of 125.00 are 9.625.
    let expected = json!([{
        "issuedOn": "2026-02-28", "subtotal": { "amount": "125.00" }, "tax": { "amount": "9.63" },
        "total": { "amount": "134.63" },
        "lines": [{
            "kind": "PERIOD", "description": "Northwind Boards, Monthly", "quantity": 10,
            "unitPrice": { "amount": "12.50" }, "amount": { "amount": "125.00" },
            "period": { "start": "2026-02-28", "end": "2026-03-31" },
        }],
    }]);
    assert_eq!(answer.at("/upcomingInvoices"), &expected);
}

/// On 1 March the renewals of 28 February are a day late. Each will have an invoice of its own, of that day;
/// the ones of 31 March share one again.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_comes_today_and_by_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for _ in 0..2 {
        app.active(BOARDS_MONTHLY).await;
    }
    app.at("2026-03-01T08:00:00Z");
    let announced = announced(&app.ada(), 1).await;
    let days: Vec<_> = announced.iter().map(|(day, _, total, _)| (day.as_str(), total.as_str())).collect();
    assert_eq!(days, [("2026-03-01", "125.00"), ("2026-03-01", "125.00"), ("2026-03-31", "250.00")]);
    app.until("2026-04-01").await;
    assert_eq!(issued(&app, "2026-02-01T00:00:00Z").await, announced);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_ends_or_has_to_be_paid_first_is_not_announced(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ends = app.active(BOARDS_MONTHLY).await;
    assert_eq!(days(&app.ada(), 2).await, ["2026-02-28", "2026-03-31"]);
    app.ada().sets_auto_renew(&ends, false).await.done();
    assert_eq!(days(&app.ada(), 2).await, [""; 0]);
    // What waits for its activation may never be charged.
    app.ada().buys(BOARDS_MONTHLY, 10).await;
    app.ada().new_profile("Declined", "USD", "card_declined").await;
    let behind = app.active_for(&app.ada(), BOARDS_MONTHLY, Some(10), "Declined").await;
    app.until("2026-02-01").await;
    assert_eq!(app.ada().sees(&behind).await["paymentStanding"], "PAST_DUE");
    assert_eq!(days(&app.ada(), 2).await, [""; 0]);
    let invoice = app.ada().invoices(&behind).await.remove(0);
    let card = contoso_card(&app, "card_ok").await;
    let pay = json!({ "invoiceId": invoice["id"], "paymentMethodId": card });
    app.ada().does("PayInvoice", pay).await.done();
    assert_eq!(days(&app.ada(), 2).await, ["2026-02-28", "2026-03-31"]);
    app.ada().cancels(&behind).await.done();
    assert_eq!(days(&app.ada(), 2).await, [""; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_looks_one_to_24_months_ahead(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    for (months, count) in [(1, 1), (12, 12), (24, 24)] {
        assert_eq!(days(&app.ada(), months).await.len(), count);
    }
    for months in [-1, 0, 25] {
        let answer = app.ada().sends("UpcomingInvoices", json!({ "months": months })).await;
        assert_eq!(answer.failed(), "BAD_USER_INPUT", "{months}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_is_to_come_on_their_own_profiles(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    bought_by_tailspin(&app).await;
    for (client, count) in [
        (app.ada(), 1),
        (app.carl(), 1),
        (app.ivan(), 1),
        (app.rui(), 1),
        (app.tailspin(), 1),
        (app.operator(), 2),
        (app.lena(), 0),
        (app.finn(), 0),
        (app.wendy(), 0),
        (app.northwind(), 0),
    ] {
        assert_eq!(days(&client, 1).await.len(), count, "{}", client.who);
    }
    let user1 = app.client("email:user1@contoso.example");
    let id = user1.sends("Viewer", json!({})).await.done().text("/viewer/user/id").to_owned();
    let main = app.ada().profile("Contoso Main").await;
    let grant = json!({ "billingProfileId": main, "userId": id, "role": "READER" });
    app.ada().does("GrantBillingProfileRole", grant).await.done();
    let seen = user1.sends("UpcomingInvoices", json!({ "months": 1 })).await.done();
    assert_eq!(seen.at("/upcomingInvoices/0/total/amount"), "125.00");
    let line = seen.at("/upcomingInvoices/0/lines/0");
    assert_eq!(line["subscription"], json!(null), "the role is one on the profile alone");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_narrowed_to_one_profile(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    app.active(BOARDS_MONTHLY).await;
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.active_for(&app.ada(), BOARDS_MONTHLY, Some(2), "Ada's own").await;
    let theirs = app.finn().profile("Fabrikam Main").await;
    let ada = app.ada();
    let totals = async |profile: Json| {
        let answer = ada.asks(OF_PROFILE, json!({ "months": 1, "profile": profile })).await.done();
        let upcoming = answer.at("/upcomingInvoices").as_array().expect("invoices").clone();
        upcoming.iter().map(|invoice| invoice["total"]["amount"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(totals(json!(null)).await.len(), 2);
    assert_eq!(totals(json!(own)).await, ["25.00"]);
    assert_eq!(totals(json!(theirs)).await, [""; 0]);
    assert_eq!(totals(json!("nonsense")).await, [""; 0]);
}
