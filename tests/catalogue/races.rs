//! Buying in the same moment in which the plan is retired or the app withdrawn: whoever comes second sees what the first did.

use super::words::{app_of, buys, retires, withdraws};
use crate::harness::{App, BOARDS_MONTHLY, Db};
use futures::future::join_all;
use rstest::rstest;
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::time::Duration;
use tokio::time::timeout;

/// Long enough for whoever does not wait.
const MOMENT: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy)]
enum End {
    Retired,
    Withdrawn,
}

/// Ends the sale of Boards by the month.
async fn ends(app: &App, how: End, plan: &str, id: &str) {
    match how {
        End::Retired => retires(&app.northwind(), plan).await.done(),
        End::Withdrawn => withdraws(&app.northwind(), id).await.done(),
    };
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_bought_any_more_once_the_sale_has_ended(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(End::Retired, End::Withdrawn)] how: End,
) {
    let app = App::on(db).await;
    let (plan, id) = (app.ada().plan(BOARDS_MONTHLY).await, app_of(&app.northwind(), BOARDS_MONTHLY).await);
    let buying = join_all((0..6).map(|_| buys(&app, &plan, Some(1))));
    let (outcomes, ()) = tokio::join!(buying, ends(&app, how, &plan, &id));
    for outcome in outcomes {
        assert!(["OK", "PLAN_NOT_AVAILABLE"].contains(&outcome.outcome().as_str()), "{:#}", outcome.body);
    }
    assert_eq!(buys(&app, &plan, Some(1)).await.refused(), "PLAN_NOT_AVAILABLE");
}

/// PostgreSQL has more than one writer: each test stops one of the two half-way.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_waits_for_the_end_of_the_sale_and_sees_it(
    #[values(End::Retired, End::Withdrawn)] how: End,
) {
    let app = App::on(Db::Postgres).await;
    let (plan, id) = (app.ada().plan(BOARDS_MONTHLY).await, app_of(&app.northwind(), BOARDS_MONTHLY).await);
    let owner = app.database.connect_as_owner().await;
    let ending = owner.begin().await.expect("a transaction");
    let sql = match how {
        End::Retired => "update plan set retired_at = created_at",
        // As the program does it: the plans are locked, the app is changed.
        End::Withdrawn => "select id from plan for no key update; update app set status = 'WITHDRAWN'",
    };
    ending.execute_unprepared(sql).await.expect("the sale ends");
    let buying = buys(&app, &plan, Some(1));
    tokio::pin!(buying);
    assert!(timeout(MOMENT, &mut buying).await.is_err(), "{how:?}: it did not wait for {id}");
    ending.commit().await.expect("it has ended");
    assert_eq!(buying.await.refused(), "PLAN_NOT_AVAILABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_sale_waits_for_the_purchases_that_came_first(
    #[values(End::Retired, End::Withdrawn)] how: End,
) {
    let app = App::on(Db::Postgres).await;
    let (plan, id) = (app.ada().plan(BOARDS_MONTHLY).await, app_of(&app.northwind(), BOARDS_MONTHLY).await);
    let owner = app.database.connect_as_owner().await;
    let buying = owner.begin().await.expect("a transaction");
    buying.execute_unprepared("select id from plan for share").await.expect("a purchase goes on");
    // Others that buy need not wait.
    buys(&app, &plan, Some(1)).await.done();
    let ending = ends(&app, how, &plan, &id);
    tokio::pin!(ending);
    assert!(timeout(MOMENT, &mut ending).await.is_err(), "{how:?}: it did not wait");
    buying.commit().await.expect("it was bought");
    ending.await;
    assert_eq!(buys(&app, &plan, Some(1)).await.refused(), "PLAN_NOT_AVAILABLE");
}

/// What lets a member's purchase lock a plan lets it change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_lock_a_plan_may_not_change_it() {
    let app = App::on(Db::Postgres).await;
    let owner = app.database.connect_as_owner().await;
    for (sql, refusal) in [
        ("update plan set retired_at = null", "permission denied"),
        ("update plan set unit_price = 1", "permission denied"),
        ("update app set status = 'PUBLISHED'", "permission denied"),
        ("delete from plan", "permission denied"),
        (
            "update plan set id = gen_random_uuid() where not exists (select from plan_country where plan_id = id)",
            "PLANS_NEVER_CHANGE_THEIR_PRICE",
        ),
    ] {
        let tx = owner.begin().await.expect("a transaction");
        let row = "insert into plan (id, app_id, name, pricing_model, billing_interval, currency, unit_price, created_at)
             select gen_random_uuid(), id, 'Nowhere', 'FLAT_RATE', 'MONTH', 'USD', 1, now() from app limit 1";
        tx.execute_unprepared(row).await.expect("a plan that nothing refers to");
        tx.execute_unprepared("set local role tenure_tenant").await.expect("the role");
        let refused = tx.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(refused.contains(refusal), "{sql}: {refused}");
    }
}
