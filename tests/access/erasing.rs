//! A person who was removed is erased: nothing in the database names them any more, and the history is whole.

use super::words::{
    creates_key, erases, history, invites, listed, newcomer, refusal, removes, tables_with, uuid_of,
};
use crate::harness::{App, BEGINNING, BOARDS_MONTHLY, Db, Subscription, VAULT, instant};
use entity::{event, id::UserId, state::EventType, user};
use rstest::rstest;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

const NAME: &str = "Zebedee Quuxington";
const ADDRESS: &str = "Zebedee.Quuxington@contoso.example";
const ISSUER: &str = "https://people.contoso.example";
const SUBJECT: &str = "zebedee-at-the-provider";

/// By what somebody would be found who looks for them.
const TRACES: [&str; 6] = ["Zebedee", "Quuxington", NAME, ADDRESS, ISSUER, SUBJECT];

/// An owner of Contoso who did whatever people do, and came from an identity provider; and what they bought.
async fn lived(app: &App) -> (String, Subscription) {
    let (ada, zebedee) = (app.ada(), app.client(&format!("email:{ADDRESS}")));
    let invited = invites(&ada, NAME, ADDRESS, Some("OWNER")).await.done();
    let id = invited.text("/inviteMember/user/id").to_owned();
    let profile = zebedee.new_profile("Second", "USD", "card_ok").await;
    let boards = app.active_for(&zebedee, BOARDS_MONTHLY, Some(3), "Second").await;
    zebedee.assigns(&boards, std::slice::from_ref(&id)).await.done();
    zebedee.changes_quantity(&boards, 4).await.done();
    let vault = zebedee.buys_with(VAULT, None, "Second", json!({})).await.done();
    let vault = vault.subscription("purchaseSubscription");
    let reason = json!({ "subscriptionId": vault.id, "reason": "It is not needed." });
    zebedee.does("Cancel", reason).await.done();
    let role = json!({ "billingProfileId": profile, "userId": id, "role": "CONTRIBUTOR" });
    // The last owner stays one, so somebody else is one first.
    let other = ada.users(1).await.remove(0);
    let owner = json!({ "billingProfileId": profile, "userId": other, "role": "OWNER" });
    for granted in [owner, role] {
        zebedee.does("GrantBillingProfileRole", granted).await.done();
    }
    let question = json!({ "subscriptionId": boards.id, "subject": "Boards", "message": "How many?" });
    zebedee.does("RequestSupport", question).await.done();
    let key = json!({ "name": "ERP", "scope": "WRITE", "role": "CONTRIBUTOR" });
    creates_key(&zebedee, key).await.done();
    let invited = newcomer(app, "nora", None).await.0;
    removes(&zebedee, &invited).await.done();
    // From now on they come from their identity provider.
    let mut row = row_of(app, &id).await.into_active_model();
    row.issuer = Set(Some(ISSUER.into()));
    row.subject = Set(Some(SUBJECT.into()));
    row.bound_at = Set(Some(instant(BEGINNING)));
    row.update(app.market.db().writer().unwrap()).await.unwrap();
    (id, boards)
}

async fn row_of(app: &App, id: &str) -> user::Model {
    let found =
        user::Entity::find_by_id(UserId(uuid_of(id))).one(app.market.db().writer().unwrap()).await.unwrap();
    found.expect("a user")
}

async fn is_whole(app: &App) {
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_database_names_them_any_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, (id, boards)) = (app.ada(), lived(&app).await);
    for trace in TRACES {
        let found = tables_with(app.market.db(), trace).await;
        assert_eq!(found, ["user_account"], "{trace}: people are named in one place");
    }
    assert_eq!(ada.sees(&boards).await["purchasedBy"]["name"], NAME);
    removes(&ada, &id).await.done();
    let before = event::Entity::find().all(app.market.db().read()).await.unwrap();

    let erased = erases(&ada, &id).await.done();
    assert_eq!(erased.text("/eraseUser/erasedUserId"), id);
    for trace in TRACES {
        let found = tables_with(app.market.db(), trace).await;
        assert_eq!(found, [] as [&str; 0], "{trace}");
    }
    // Every event that there was is the one that there was.
    let after = event::Entity::find().all(app.market.db().read()).await.unwrap();
    assert!(before.iter().all(|event| after.contains(event)));
    assert_eq!(after.len(), before.len() + 1);
    is_whole(&app).await;
    let row = row_of(&app, &id).await;
    assert_eq!((row.issuer, row.subject, row.bound_at), (None, None, None));
    assert_eq!(row.erased_at, Some(instant(BEGINNING)));
    // What they did is still somebody's.
    let page = ada.sees(&boards).await;
    let purchase = page["events"]["nodes"].as_array().and_then(|events| events.last()).expect("events");
    assert_eq!((&purchase["type"], &purchase["actor"]["kind"]), (&json!("PURCHASED"), &json!("MEMBER")));
    assert!(page["purchasedBy"]["name"].is_string() && purchase["actor"]["name"].is_string(), "{page:#}");
    assert!(!page.to_string().contains("Quuxington"), "{page:#}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_who_was_removed_is_erased_and_twice_is_once(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let (id, _) = newcomer(&app, "nora", Some("READER")).await;
    let before = row_of(&app, &id).await;
    for client in [app.ada(), app.operator()] {
        assert_eq!(refusal(&erases(&client, &id).await), "INVALID_INPUT input.userId", "{}", client.who);
    }
    assert_eq!(row_of(&app, &id).await, before);
    removes(&ada, &id).await.done();
    erases(&ada, &id).await.done();
    let erased = row_of(&app, &id).await;
    app.at("2026-01-31T10:00:00Z");
    erases(&ada, &id).await.done();
    erases(&app.operator(), &id).await.done();
    assert_eq!(row_of(&app, &id).await, erased);
    let events = history(&app, "Contoso").await;
    assert_eq!(events.iter().filter(|event| event.r#type == EventType::UserErased).count(), 1);
    is_whole(&app).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn owners_of_their_organization_and_the_operator_erase(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let (id, _) = newcomer(&app, "nora", None).await;
    removes(&ada, &id).await.done();
    let before = row_of(&app, &id).await;
    let nobody = app.client("email:user1@contoso.example");
    for client in [
        app.carl(),
        app.ivan(),
        app.lena(),
        app.rui(),
        nobody,
        app.northwind(),
        app.litware(),
        app.tailspin(),
    ] {
        assert_eq!(erases(&client, &id).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    for client in [app.finn(), app.wendy()] {
        assert_eq!(refusal(&erases(&client, &id).await), "NOT_FOUND input.userId", "{}", client.who);
    }
    for wrong in ["nonsense", "", &ada.profile("Contoso Main").await] {
        assert_eq!(refusal(&erases(&ada, wrong).await), "NOT_FOUND input.userId", "{wrong}");
        assert_eq!(refusal(&erases(&app.operator(), wrong).await), "NOT_FOUND input.userId", "{wrong}");
    }
    assert_eq!(row_of(&app, &id).await, before);
    erases(&app.operator(), &id).await.done();
    assert_eq!(tables_with(app.market.db(), "nora@contoso.example").await, [] as [&str; 0]);
    let last = history(&app, "Contoso").await.pop().expect("an event");
    assert_eq!((last.r#type, last.actor_kind), (EventType::UserErased, entity::state::ActorKind::Operator));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn others_with_the_same_address_keep_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, address) = (app.ada(), "nora@contoso.example");
    invites(&app.finn(), "Nora", address, None).await.done();
    let mut erased = Vec::new();
    // One after the other, so that two who were erased stand beside each other.
    for _ in 0..2 {
        let (id, _) = newcomer(&app, "nora", None).await;
        removes(&ada, &id).await.done();
        erases(&ada, &id).await.done();
        erased.push(row_of(&app, &id).await);
    }
    assert!(erased.iter().all(|row| !row.email.contains("nora") && row.email.contains('@')), "{erased:?}");
    assert_ne!(erased[0].email, erased[1].email);
    assert!(listed(&app.finn()).await.contains(&address.to_owned()));
    let (again, _) = newcomer(&app, "nora", None).await;
    assert!(listed(&ada).await.contains(&address.to_owned()));
    assert_eq!(row_of(&app, &again).await.email, address);
    is_whole(&app).await;
}
