//! A disk that is full, on SQLite: nothing is half-written, reading goes on, and so does everything when there is room again.

use super::{Outage, soon, unavailable};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use domain::{audit, job::Job};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

/// The number that a pragma answers on the connection that writes.
async fn pragma(app: &App, sql: &str) -> i64 {
    let writer = app.market.db().writer().expect("it writes");
    let row = writer.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
    row.expect("an answer").expect("a row").try_get_by_index(0).expect("a number")
}

/// The file may not grow any more: what SQLite says then is what it says of a full disk.
async fn full(app: &App) {
    let pages = pragma(app, "pragma page_count").await;
    pragma(app, &format!("pragma max_page_count = {pages}")).await;
}

async fn counts(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in
        ["subscription", "event", "invoice", "invoice_line", "payment", "idempotency_key", "subscription_end"]
    {
        counts.push(pragma(app, &format!("select count(*) from {table}")).await);
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_half_and_all_goes_on_when_there_is_room() {
    let app = App::on(Db::Sqlite).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let plan = app.ada().plan(BOARDS_MONTHLY).await;
    let profile = app.ada().profile("Contoso Main").await;
    full(&app).await;
    let mut done = 0;
    let mut order = 0;
    // What is left in the last pages is used up first.
    let refused = loop {
        let before = counts(&app).await;
        let input = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1,
                            "idempotencyKey": format!("order-{order}") });
        let answer = app.ada().does("Purchase", input).await;
        if answer.outcome() != "OK" {
            assert_eq!(counts(&app).await, before, "nothing of it was written");
            break answer;
        }
        (done, order) = (done + 1, order + 1);
        assert!(done < 1000, "the disk is never full");
    };
    unavailable(&refused);
    assert_eq!(refused.body["errors"][0]["extensions"]["outcomeUnknown"], false, "{:#}", refused.body);
    // Reading goes on, and what is due waits.
    assert_eq!(app.ada().sees(&boards).await["status"], "ACTIVE");
    app.at("2026-03-01T00:00:30Z");
    let _ = domain::job::run_tick(&app.market, Job::RenewSubscriptions, app.market.real_now()).await;
    pragma(&app, "pragma max_page_count = 1073741823").await;
    let input = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1,
                        "idempotencyKey": format!("order-{order}") });
    app.ada().does("Purchase", input).await.done();
    app.at("2026-03-01T00:05:00Z");
    app.works().await;
    let owned = app.ada().sends("Products", json!({})).await.done();
    assert_eq!(owned.at("/appSubscriptions/totalCount"), done + 2);
    assert_eq!(app.ada().sees(&boards).await["currentPeriod"]["number"], 1);
    audit::verify(app.market.db(), None).await.expect("an answer").expect("the history is whole");
}

/// PostgreSQL says so with a code of its own; the program only has to know it.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_has_no_room_is_not_available_and_says_for_sure_that_nothing_was_done() {
    let outage = Outage::new().await;
    let app = &outage.direct;
    app.as_owner(
        "create function no_room() returns trigger language plpgsql as $$
           begin raise exception 'could not extend file' using errcode = '53100'; end $$;
         create trigger no_room before insert on subscription for each row execute function no_room()",
    )
    .await;
    let plan = app.ada().plan(BOARDS_MONTHLY).await;
    let profile = app.ada().profile("Contoso Main").await;
    let input = json!({ "planId": plan, "billingProfileId": profile, "licenseQuantity": 1 });
    let refused = app.ada().does("Purchase", input.clone()).await;
    unavailable(&refused);
    assert_eq!(refused.body["errors"][0]["extensions"]["outcomeUnknown"], false);
    app.as_owner("drop trigger no_room on subscription").await;
    soon("a purchase", async || {
        (app.ada().does("Purchase", input.clone()).await.outcome() == "OK").then_some(())
    })
    .await;
}
