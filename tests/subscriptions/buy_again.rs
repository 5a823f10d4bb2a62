//! Buying another copy of what ended.

use crate::harness::{App, BOARDS_MONTHLY, BOARDS_YEARLY, Db, VAULT};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_and_what_it_replaces_know_of_each_other(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let first = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&first).await.done();
    let again = json!({ "replacesSubscriptionId": first.id });
    let buy = async || app.ada().buys_with(BOARDS_YEARLY, Some(3), "Contoso Main", again.clone()).await;
    let second = buy().await.done().subscription("purchaseSubscription");
    assert_eq!(app.ada().sees(&second).await["replaces"]["id"], first.id);
    assert_eq!(app.ada().sees(&first).await["replacedBy"]["id"], second.id);
    assert_eq!(buy().await.refused(), "NOT_REPLACEABLE", "its copy lives");
    app.at("2026-02-01");
    app.ada().cancels(&second).await.done();
    let third = buy().await.done().subscription("purchaseSubscription");
    assert_eq!(app.ada().sees(&first).await["replacedBy"]["id"], third.id, "the latest copy");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_a_disabled_one_of_the_same_app_and_organization(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let replacing = |id: &str| json!({ "replacesSubscriptionId": id });
    let living = app.ada().buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", replacing(&boards.id)).await;
    assert_eq!(living.refused(), "NOT_REPLACEABLE");
    app.ada().cancels(&boards).await.done();
    let other_app = app.ada().buys_with(VAULT, None, "Contoso Main", replacing(&boards.id)).await;
    assert_eq!(other_app.refused(), "NOT_REPLACEABLE");
    let theirs =
        app.wendy().buys_with(BOARDS_MONTHLY, Some(1), "Woodgrove Main", replacing(&boards.id)).await;
    assert_eq!(theirs.refused(), "NOT_FOUND");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_who_replace_it_at_once_make_one_copy(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.ada().cancels(&boards).await.done();
    let again = json!({ "replacesSubscriptionId": boards.id });
    let (ada, carl) = (app.ada(), app.carl());
    let (one, other) = tokio::join!(
        ada.buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", again.clone()),
        carl.buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", again.clone()),
    );
    let mut outcomes = [one.outcome(), other.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["NOT_REPLACEABLE", "OK"]);
}
