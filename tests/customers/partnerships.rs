//! A partnership is asked for by the partner, approved by an owner and ended by either.

use super::organization_of;
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Subscription};
use entity::{partnership, subscription};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

async fn requests(partner: &Client<'_>, organization: &str) -> Answer {
    partner.does("RequestPartnership", json!({ "organizationId": organization })).await
}

async fn approves(owner: &Client<'_>, partner: &str) -> Answer {
    owner.does("ApprovePartner", json!({ "partnerId": partner })).await
}

async fn ends(side: &Client<'_>, partnership: &str) -> Answer {
    side.does("EndPartnership", json!({ "partnershipId": partnership })).await
}

async fn partner_id(partner: &Client<'_>) -> String {
    let home = partner.sends("PartnerHome", json!({})).await.done();
    home.text("/viewer/partner/id").to_owned()
}

async fn customers(partner: &Client<'_>) -> Vec<String> {
    let home = partner.sends("PartnerHome", json!({})).await.done();
    let nodes = home.at("/viewer/partner/customers/nodes").as_array().expect("customers").clone();
    nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
}

async fn buys_for(partner: &Client<'_>, organization: &str) -> Answer {
    let more = json!({ "organizationId": organization });
    partner.buys_with(BOARDS_MONTHLY, Some(3), "Tailspin USD", more).await
}

/// The id and status of the newest partnership that the member sees.
async fn newest(member: &Client<'_>) -> (String, String) {
    let document =
        "{ viewer { organization { partnerships(first: 1) { nodes { id status partner { name } } } } } }";
    let answer = member.asks(document, json!({})).await.done();
    let found = answer.at("/viewer/organization/partnerships/nodes/0").clone();
    (found["id"].as_str().expect("an id").to_owned(), found["status"].as_str().expect("a status").to_owned())
}

/// What Tailspin bought for Woodgrove, active.
async fn bought(app: &App) -> Subscription {
    let woodgrove = organization_of(&app.wendy()).await;
    let bought = buys_for(&app.tailspin(), &woodgrove).await.done().subscription("purchaseSubscription");
    app.activated(&app.tailspin(), &bought).await;
    bought
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_partner_asks_and_an_owner_approves(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (tailspin, contoso) = (app.tailspin(), organization_of(&app.ada()).await);
    assert_eq!(buys_for(&tailspin, &contoso).await.refused(), "NOT_FOUND");
    let asked = requests(&tailspin, &contoso).await.done();
    assert_eq!(asked.text("/requestPartnership/partnership/status"), "REQUESTED");
    // Asking again is the same partnership, and asking gives nothing yet.
    let again = requests(&tailspin, &contoso).await.done();
    assert_eq!(again.body, asked.body);
    assert!(!customers(&tailspin).await.contains(&"Contoso".to_owned()));
    let organization = "query($id: ID!) { node(id: $id) { ... on Organization { name } } }";
    let shown = tailspin.asks(organization, json!({ "id": contoso })).await.done();
    assert!(shown.at("/node").is_null(), "what was only asked is not seen");
    assert_eq!(buys_for(&tailspin, &contoso).await.refused(), "NOT_FOUND");

    let partner = partner_id(&tailspin).await;
    for (client, outcome) in [(app.carl(), "FORBIDDEN"), (app.rui(), "FORBIDDEN"), (tailspin, "FORBIDDEN")] {
        assert_eq!(approves(&client, &partner).await.failed(), outcome, "{}", client.who);
    }
    let stranger = requests(&app.northwind(), &contoso).await;
    assert_eq!(stranger.failed(), "FORBIDDEN");
    let (id, status) = newest(&app.rui()).await;
    assert_eq!(
        (id.as_str(), status.as_str()),
        (asked.text("/requestPartnership/partnership/id"), "REQUESTED")
    );
    let approved = approves(&app.ada(), &partner).await.done();
    assert_eq!(approved.text("/approvePartner/partnership/status"), "APPROVED");
    assert_eq!(approved.text("/approvePartner/partnership/partner/name"), "Tailspin");
    assert_eq!(approves(&app.ada(), &partner).await.done().body, approved.body);
    assert!(customers(&app.tailspin()).await.contains(&"Contoso".to_owned()));

    let boards = buys_for(&app.tailspin(), &contoso).await.done().subscription("purchaseSubscription");
    let seen = app.ada().sees(&boards).await;
    assert_eq!((&seen["purchaseChannel"], &seen["unitPrice"]), (&json!("PARTNER"), &Json::Null));
    assert_eq!(app.ada().cancels(&boards).await.refused(), "MANAGED_BY_PARTNER");
    app.tailspin().cancels(&boards).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_approved_who_did_not_ask(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let partner = partner_id(&app.tailspin()).await;
    assert_eq!(approves(&app.ada(), &partner).await.refused(), "NOT_FOUND");
    assert_eq!(approves(&app.ada(), "nonsense").await.refused(), "NOT_FOUND");
    assert_eq!(requests(&app.tailspin(), "nonsense").await.refused(), "NOT_FOUND");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn either_side_ends_it_and_auto_renewal_ends_for_good(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(true, false)] by_the_partner: bool,
) {
    let app = App::on(db).await;
    let boards = bought(&app).await;
    let (id, _) = newest(&app.wendy()).await;
    for (client, outcome) in [(app.ada(), "NOT_FOUND"), (app.northwind(), "NOT_FOUND")] {
        assert_eq!(ends(&client, &id).await.refused(), outcome, "{}", client.who);
    }
    let side = if by_the_partner { app.tailspin() } else { app.wendy() };
    let ended = ends(&side, &id).await.done();
    assert_eq!(ended.text("/endPartnership/partnership/status"), "ENDED");
    assert_eq!(ends(&side, &id).await.done().body, ended.body);
    let seen = app.tailspin().sees(&boards).await;
    assert_eq!((&seen["status"], &seen["autoRenew"]), (&json!("ACTIVE"), &json!(false)));
    assert_eq!(app.tailspin().sets_auto_renew(&boards, true).await.refused(), "PARTNERSHIP_ENDED");
    let woodgrove = organization_of(&app.wendy()).await;
    assert_eq!(buys_for(&app.tailspin(), &woodgrove).await.refused(), "NOT_FOUND");
    // Asked and approved again it is another partnership, and what was bought under the first still ends.
    requests(&app.tailspin(), &woodgrove).await.done();
    assert_ne!(newest(&app.wendy()).await.0, id);
    app.until("2026-03-02").await;
    assert_eq!(app.wendy().sees(&boards).await["disabledReason"], "EXPIRED");
}

/// What fell due before it is applied first, and the partner pays for it, whoever ends the partnership.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_fell_due_before_the_end_is_applied_first(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = bought(&app).await;
    app.works().await;
    app.at("2026-02-28T12:00:00Z");
    let (id, _) = newest(&app.wendy()).await;
    ends(&app.wendy(), &id).await.done();
    let seen = app.tailspin().sees(&boards).await;
    assert_eq!((&seen["currentPeriod"]["number"], &seen["autoRenew"]), (&json!(1), &json!(false)));
    assert_eq!(app.tailspin().totals(&boards).await, ["37.50", "37.50"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_bought_under_a_partnership_that_ends_at_the_same_time(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let woodgrove = organization_of(&app.wendy()).await;
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        let (id, _) = newest(&app.wendy()).await;
        let (tailspin, wendy) = (app.tailspin(), app.wendy());
        let buying =
            async { futures::future::join_all((0..3).map(|_| buys_for(&tailspin, &woodgrove))).await };
        let (bought, ended) = futures::join!(buying, ends(&wendy, &id));
        ended.done();
        outcomes.extend(bought.iter().map(Answer::outcome));
        let db = app.market.db().read();
        let living = partnership::Entity::find()
            .filter(partnership::Column::Status.ne(entity::state::PartnershipStatus::Ended))
            .all(db)
            .await
            .expect("partnerships");
        let renewing = subscription::Entity::find()
            .filter(subscription::Column::PartnerId.is_not_null())
            .filter(subscription::Column::AutoRenew.eq(true))
            .all(db)
            .await
            .expect("subscriptions");
        for row in renewing {
            assert!(living.iter().any(|living| living.organization_id == row.organization_id), "{row:?}");
        }
        requests(&app.tailspin(), &woodgrove).await.done();
        approves(&app.wendy(), &partner_id(&app.tailspin()).await).await.done();
    }
    for outcome in &outcomes {
        assert!(["OK", "NOT_FOUND"].contains(&outcome.as_str()), "{outcomes:?}");
    }
}
