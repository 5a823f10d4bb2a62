//! Previews: exactly what doing it would give, for those who may see it, and nothing changes.

use super::scene::{
    bought_by_tailspin, cents, contoso_card, credit_notes, received, refusal, taxed, wire_profile,
};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Subscription, VAULT, instant};
use entity::{credit_note, event, id::SubscriptionId, invoice, payment, refund, subscription};
use rstest::rstest;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

async fn licenses(client: &Client<'_>, of: &Subscription, quantity: i64) -> Answer {
    client.sends("PreviewLicenseChange", json!({ "subscriptionId": of.id, "quantity": quantity })).await
}

async fn cancellation(client: &Client<'_>, of: &Subscription) -> Answer {
    client.sends("PreviewCancellation", json!({ "subscriptionId": of.id })).await
}

/// The subscription as it is stored, and how much there is of everything else that a change would add to.
async fn stored(app: &App, of: &Subscription) -> (Option<subscription::Model>, [u64; 5]) {
    let db = app.market.db().read();
    let row = subscription::Entity::find_by_id(SubscriptionId(of.uuid())).one(db).await.unwrap();
    let counts = [
        event::Entity::find().count(db).await.unwrap(),
        invoice::Entity::find().count(db).await.unwrap(),
        payment::Entity::find().count(db).await.unwrap(),
        credit_note::Entity::find().count(db).await.unwrap(),
        refund::Entity::find().count(db).await.unwrap(),
    ];
    (row, counts)
}

/// What is, or was, owed to those who paid, in cents.
async fn owed(app: &App) -> i64 {
    let refunds = refund::Entity::find().all(app.market.db().read()).await.unwrap();
    refunds.iter().map(|refund| refund.amount).sum()
}

/// With 7.7 % of tax. Period 0 has 28 days: one more for all of them 12.50 + 0.96 (0.9625), three 37.50 +
/// 2.89 (2.8875). On 10 February 18 are left: five 40.18 + 3.09 (3.0938), one 8.04 (8.0357) + 0.62 (0.6190).
/// On the last day one 0.45 (0.4464) + 0.03 (0.0346), nine 4.02 (4.0178) + 0.31 (0.3095). Period 1 begins
/// with seven, and two more for all of it are 25.00 + 1.93 (1.925). The periods themselves: ten 125.00 + 9.63
/// (9.625), seven 87.50 + 6.74 (6.7375), six 75.00 + 5.78 (5.775).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_licences_costs_what_its_preview_said(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (mut charges, mut renewals) = (Vec::new(), Vec::new());
    for (moment, quantities) in [
        ("2026-01-31T10:00:00Z", [11, 14, 14]),
        ("2026-02-10T15:30:00Z", [19, 8, 20]),
        ("2026-02-27T23:59:59Z", [21, 30, 7]),
        ("2026-02-28T00:00:30Z", [9, 9, 6]),
    ] {
        // No worker runs meanwhile: the last moment is that of a renewal which nobody has applied.
        app.at(moment);
        let mut renewal = json!(null);
        for quantity in quantities {
            let before = stored(&app, &boards).await;
            let preview = licenses(&app.rui(), &boards, quantity).await.done();
            assert_eq!(stored(&app, &boards).await, before, "{moment}, {quantity}");
            let changed = app.ada().changes_quantity(&boards, quantity).await.done();
            let charged = changed.at("/changeLicenseQuantity/invoice/total/amount");
            let charged = if charged.is_null() { json!("0.00") } else { charged.clone() };
            let previewed = preview.at("/previewLicenseChange/chargedNow/amount");
            assert_eq!(*previewed, charged, "{moment}, {quantity}");
            charges.push(charged);
            renewal = preview.at("/previewLicenseChange/nextRenewal/amount").clone();
        }
        renewals.push(renewal);
    }
    let in_january = ["13.46", "40.39", "0.00"];
    let on_10_february = ["43.27", "0.00", "8.66"];
    let on_its_last_day = ["0.48", "4.33", "0.00"];
    let after_the_renewal = ["26.93", "0.00", "0.00"];
    let expected = [in_january, on_10_february, on_its_last_day, after_the_renewal];
    assert_eq!(charges, expected.as_flattened());
    app.until("2026-03-31").await;
    let invoices = app.ada().invoices(&boards).await;
    let periods = invoices.iter().filter(|invoice| invoice["lines"][0]["kind"] == "PERIOD");
    let periods: Vec<_> = periods.map(|invoice| invoice["total"]["amount"].clone()).collect();
    assert_eq!(periods, ["134.63", "94.24", "80.78"]);
    assert_eq!(periods[1..], renewals[2..], "what the last previews of both periods said");
    let numbers: Vec<_> = invoices.iter().map(|invoice| invoice["number"].clone()).collect();
    let gapless: Vec<_> = (1..=10).map(|number| json!(format!("INV-{number:07}"))).collect();
    assert_eq!(numbers, gapless, "previews take no numbers");
}

/// Previews, cancels, and returns what both said was credited, and given back of that, in cents.
async fn cancels_as_previewed(app: &App, of: &Subscription) -> (i64, i64) {
    let before = stored(app, of).await;
    let preview = cancellation(&app.rui(), of).await.done();
    assert_eq!(stored(app, of).await, before, "a preview changes nothing");
    let owed_before = owed(app).await;
    let canceled = app.ada().cancels(of).await.done();
    let credited: i64 = credit_notes(&canceled).iter().map(|note| cents(&note["total"])).sum();
    let done = (credited, owed(app).await - owed_before);
    let preview = preview.at("/previewCancellation");
    assert_eq!((cents(&preview["credited"]), cents(&preview["refunded"])), done);
    done
}

/// With 7.7 % of tax: 125.00 + 9.63 (9.625) for the period; five more on 2 February, for 26 of 28 days, 58.04
/// (58.035) + 4.47 (4.469).
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_gives_back_what_its_preview_said(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = taxed(db).await;
    let paid = app.active(BOARDS_MONTHLY).await;
    let mut bought = Vec::new();
    for _ in 0..4 {
        // Their charges are not collected yet.
        let boards = app.ada().buys(BOARDS_MONTHLY, 10).await;
        app.activated(&app.ada(), &boards).await;
        bought.push(boards);
    }
    let [unpaid, raised, late, renewed] = bought.as_slice() else { panic!("four") };
    wire_profile(&app, "Wire").await;
    let wired = app.ada().buys_with(BOARDS_MONTHLY, Some(10), "Wire", json!({})).await.done();
    let wired = wired.subscription("purchaseSubscription");
    app.activated(&app.ada(), &wired).await;
    assert_eq!(cancels_as_previewed(&app, &paid).await, (13_463, 13_463));
    assert_eq!(cancels_as_previewed(&app, unpaid).await, (13_463, 0));
    app.until("2026-02-02T12:00:00Z").await;
    app.ada().changes_quantity(raised, 15).await.done();
    received(&app, &app.ada().invoices(&wired).await[0], "50.00").await.done();
    app.until("2026-02-03T08:59:59Z").await;
    assert_eq!(cancels_as_previewed(&app, raised).await, (13_463 + 6_251, 13_463 + 6_251));
    assert_eq!(cancels_as_previewed(&app, &wired).await, (13_463, 5_000));
    app.at("2026-02-03T09:00:00Z");
    let preview = cancellation(&app.rui(), late).await.done();
    let until = preview.text("/previewCancellation/fullRefundUntil");
    assert_eq!(instant(until), instant("2026-02-03T09:00:00Z"), "exclusive");
    assert_eq!(cancels_as_previewed(&app, late).await, (0, 0));
    // What fell due is applied by whoever meets it, even by a preview, and only once.
    app.at("2026-02-28T00:00:30Z");
    let first = cancellation(&app.rui(), renewed).await.done();
    assert_eq!(instant(first.text("/previewCancellation/fullRefundUntil")), instant("2026-03-03T00:00:30Z"));
    assert_eq!(cancels_as_previewed(&app, renewed).await, (13_463, 0));
    assert_eq!(app.ada().history(renewed).await, ["PURCHASED", "ACTIVATED", "RENEWED", "DISABLED"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn more_licences_count_at_once_and_fewer_from_the_next_renewal(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.at("2026-02-10T15:30:00Z");
    let (boards, ada) = (&boards, app.ada());
    let effective = async |quantity| {
        let preview = licenses(&ada, boards, quantity).await.done();
        instant(preview.text("/previewLicenseChange/effectiveAt"))
    };
    assert_eq!(effective(15).await, instant("2026-02-10T15:30:00Z"));
    assert_eq!(effective(8).await, instant("2026-02-28"));
    let more = licenses(&ada, boards, 15).await.done();
    assert_eq!(more.at("/previewLicenseChange/chargedNow"), &json!({ "amount": "40.18", "currency": "USD" }));
    assert_eq!(more.at("/previewLicenseChange/nextRenewal/amount"), "187.50");
    ada.sets_auto_renew(boards, false).await.done();
    let last = licenses(&ada, boards, 15).await.done();
    assert_eq!(last.at("/previewLicenseChange/chargedNow/amount"), "40.18");
    assert_eq!(last.at("/previewLicenseChange/nextRenewal"), &json!(null));
    assert_eq!(refusal(&licenses(&ada, boards, 8).await), "INVALID_INPUT quantity", "no renewal is to come");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_refused_says_why_and_where(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let pending = app.ada().buys(BOARDS_MONTHLY, 10).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let vault = app.active(VAULT).await;
    app.ada().assigns(&boards, &app.ada().users(5).await).await.done();
    let nowhere = Subscription { id: "nonsense".into(), ..boards.clone() };
    let foreign = Subscription { id: app.ada().profile("Contoso Main").await, ..boards.clone() };
    for (of, quantity, why) in [
        (&nowhere, 11, "NOT_FOUND subscriptionId"),
        (&foreign, 11, "NOT_FOUND subscriptionId"),
        (&boards, 0, "LICENSE_QUANTITY_OUT_OF_RANGE quantity"),
        (&boards, 1001, "LICENSE_QUANTITY_OUT_OF_RANGE quantity"),
        (&boards, 4, "LICENSES_STILL_ASSIGNED quantity"),
        (&pending, 11, "NOT_ACTIVE"),
        (&vault, 11, "LICENSES_NOT_APPLICABLE"),
    ] {
        let answer = licenses(&app.ada(), of, quantity).await;
        assert_eq!(refusal(&answer), why);
        let payload = answer.at("/previewLicenseChange");
        for field in ["effectiveAt", "chargedNow", "nextRenewal"] {
            assert_eq!(payload[field], json!(null), "{why}");
        }
    }
    let answer = cancellation(&app.ada(), &nowhere).await;
    assert_eq!(refusal(&answer), "NOT_FOUND subscriptionId");
    assert_eq!(answer.at("/previewCancellation/credited"), &json!(null));
    // A month later the pending one has expired, and the renewal of the other is past due.
    let declined = contoso_card(&app, "card_declined").await;
    let main = app.ada().profile("Contoso Main").await;
    let change = json!({ "billingProfileId": main, "paymentMethodId": declined });
    app.ada().does("UpdateBillingProfile", change).await.done();
    app.until("2026-03-03").await;
    assert_eq!(refusal(&licenses(&app.ada(), &boards, 11).await), "PAYMENT_PAST_DUE");
    assert_eq!(refusal(&licenses(&app.ada(), &pending, 11).await), "DISABLED_IS_TERMINAL");
    assert_eq!(refusal(&cancellation(&app.ada(), &pending).await), "DISABLED_IS_TERMINAL");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_what_it_costs_may_preview(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    // On this profile nobody but Ada has a role: Carl could not buy more with it, but he sees what it costs.
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    app.ada().moves(&boards, &own).await.done();
    for client in [app.ada(), app.carl(), app.ivan(), app.rui(), app.operator()] {
        licenses(&client, &boards, 11).await.done();
        cancellation(&client, &boards).await.done();
    }
    for client in [app.lena(), app.northwind()] {
        for answer in [licenses(&client, &boards, 11).await, cancellation(&client, &boards).await] {
            assert_eq!(answer.failed(), "FORBIDDEN", "{}", client.who);
        }
    }
    let nobody = app.client("email:user1@contoso.example");
    for client in [app.finn(), app.litware(), app.tailspin(), nobody] {
        for answer in [licenses(&client, &boards, 11).await, cancellation(&client, &boards).await] {
            assert_eq!(refusal(&answer), "NOT_FOUND subscriptionId", "{}", client.who);
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_partner_manages_costs_its_customer_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought_by_tailspin(&app).await;
    assert_eq!(refusal(&licenses(&app.wendy(), &boards, 4).await), "MANAGED_BY_PARTNER");
    assert_eq!(refusal(&cancellation(&app.wendy(), &boards).await), "MANAGED_BY_PARTNER");
    // One more for the whole of the period, and three that were charged and are not paid yet.
    let more = licenses(&app.tailspin(), &boards, 4).await.done();
    assert_eq!(more.at("/previewLicenseChange/chargedNow/amount"), "12.50");
    let end = cancellation(&app.tailspin(), &boards).await.done();
    let (credited, refunded) =
        (end.at("/previewCancellation/credited/amount"), end.at("/previewCancellation/refunded/amount"));
    assert_eq!((credited, refunded), (&json!("37.50"), &json!("0.00")));
}
