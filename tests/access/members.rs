//! The people of an organization: who invites them and changes what they may, and that an owner stays.

use super::words::{
    changes_role, erases, history, invites, is_locked_out, listed, newcomer, recognized, refusal, removes,
    roles, user_of, uuid_of, viewer,
};
use crate::harness::{App, Client, Db, VAULT};
use domain::subscription::{SetAutoRenew, set_auto_renew};
use entity::{
    id::SubscriptionId,
    state::{ActorKind, EventType, Role},
    user,
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

/// Everybody else who has to do with Contoso: those who belong to it without owning it, and those who do not.
fn others(app: &App) -> [Client<'_>; 8] {
    [
        app.carl(),
        app.ivan(),
        app.lena(),
        app.rui(),
        app.client("email:user1@contoso.example"),
        app.northwind(),
        app.tailspin(),
        app.operator(),
    ]
}

/// The addresses of Contoso's owners, as the table has them.
async fn owners(app: &App) -> Vec<String> {
    let living = user::Entity::find().filter(user::Column::RemovedAt.is_null());
    let living = living.all(app.market.db().read()).await.unwrap();
    let of_contoso = living.into_iter().filter(|user| user.email.ends_with("@contoso.example"));
    of_contoso.filter(|user| user.role == Some(Role::Owner)).map(|user| user.email).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_invites_somebody_changes_their_role_and_removes_them(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let ada = app.ada();
    let before = history(&app, "Contoso").await.len();
    let invited = invites(&ada, "Nora", "nora@contoso.example", Some("READER")).await.done();
    let id = invited.text("/inviteMember/user/id").to_owned();
    let shown = json!({
        "id": id, "name": "Nora", "email": "nora@contoso.example", "role": "READER", "joinedAt": null,
    });
    assert_eq!(invited.at("/inviteMember/user"), &shown);
    assert!(listed(&ada).await.contains(&"nora@contoso.example".to_owned()));
    let nora = app.client("email:nora@contoso.example");
    assert_eq!((user_of(&nora).await, roles(&nora).await), (id.clone(), vec!["READER".to_owned()]));
    for role in [Some("CONTRIBUTOR"), Some("CONTRIBUTOR"), Some("LICENSE_ADMIN"), None] {
        let changed = changes_role(&ada, &id, role).await.done();
        assert_eq!(changed.at("/changeMemberRole/user"), &json!({ "id": id, "role": role }));
        assert_eq!(roles(&nora).await, role.into_iter().collect::<Vec<_>>());
    }
    let removed = removes(&ada, &id).await.done();
    assert_eq!(removed.text("/removeMember/removedUserId"), id);
    is_locked_out(&nora).await;

    let news = history(&app, "Contoso").await.split_off(before);
    let types: Vec<_> = news.iter().map(|event| event.r#type).collect();
    let changed = EventType::MemberRoleChanged;
    let expected = [EventType::MemberInvited, changed, changed, changed, EventType::MemberRemoved];
    assert_eq!(types, expected, "the role that somebody has already is no news");
    let by = Some(uuid_of(&user_of(&ada).await));
    for event in news {
        assert_eq!((event.actor_kind, event.actor_id), (ActorKind::Member, by));
        assert!(event.request_id.is_some());
        let body = event.body.to_lowercase();
        assert!(body.contains(&uuid_of(&id).to_string()), "whom it is about: {body}");
        assert!(!body.contains("nora") && !body.contains('@'), "ids of people, never names: {body}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_an_owner_does(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let lena = user_of(&app.lena()).await;
    let before = (listed(&app.ada()).await, history(&app, "Contoso").await.len());
    for client in others(&app) {
        for answer in [
            invites(&client, "Nora", "nora@contoso.example", None).await,
            changes_role(&client, &lena, Some("OWNER")).await,
            changes_role(&client, &lena, None).await,
            removes(&client, &lena).await,
        ] {
            assert_eq!(answer.failed(), "FORBIDDEN", "{}: {:#}", client.who, answer.body);
        }
    }
    for client in [app.carl(), app.lena(), app.rui(), app.client("email:user1@contoso.example")] {
        let own = user_of(&client).await;
        assert_eq!(changes_role(&client, &own, Some("OWNER")).await.failed(), "FORBIDDEN", "{}", client.who);
        assert_eq!(removes(&client, &own).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    assert_eq!((listed(&app.ada()).await, history(&app, "Contoso").await.len()), before);
    assert_eq!(roles(&app.lena()).await, ["LICENSE_ADMIN"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn to_an_owner_of_another_organization_they_do_not_exist(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, lena) = (user_of(&app.ada()).await, user_of(&app.lena()).await);
    let profile = app.ada().profile("Contoso Main").await;
    let before = history(&app, "Contoso").await.len();
    // Ids of Contoso's people, of something else, and of nothing: all the same.
    for id in [ada.as_str(), &lena, &profile, "nonsense", ""] {
        for answer in [
            changes_role(&app.finn(), id, Some("READER")).await,
            removes(&app.finn(), id).await,
            erases(&app.finn(), id).await,
        ] {
            assert_eq!(refusal(&answer), "NOT_FOUND input.userId", "{id}");
        }
    }
    assert_eq!(roles(&app.ada()).await, ["OWNER"]);
    assert_eq!(roles(&app.lena()).await, ["LICENSE_ADMIN"]);
    assert_eq!(history(&app, "Contoso").await.len(), before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let ada_id = user_of(&ada).await;
    for answer in [
        removes(&ada, &ada_id).await,
        changes_role(&ada, &ada_id, Some("CONTRIBUTOR")).await,
        changes_role(&ada, &ada_id, None).await,
    ] {
        assert_eq!(refusal(&answer), "LAST_OWNER input.userId");
    }
    changes_role(&ada, &ada_id, Some("OWNER")).await.done();
    assert_eq!(roles(&ada).await, ["OWNER"]);

    let (olga_id, olga) = newcomer(&app, "olga", Some("OWNER")).await;
    changes_role(&ada, &ada_id, Some("READER")).await.done();
    for answer in [removes(&olga, &olga_id).await, changes_role(&olga, &olga_id, Some("READER")).await] {
        assert_eq!(refusal(&answer), "LAST_OWNER input.userId", "a reader is no owner");
    }
    assert_eq!(removes(&ada, &olga_id).await.failed(), "FORBIDDEN");
    changes_role(&olga, &ada_id, Some("OWNER")).await.done();
    removes(&ada, &ada_id).await.done();
    is_locked_out(&ada).await;
    assert_eq!(refusal(&removes(&olga, &olga_id).await), "LAST_OWNER input.userId", "who left is no owner");
    assert_eq!(owners(&app).await, ["olga@contoso.example"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_remove_each_other_at_once_leave_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for round in 0..6 {
        let [owner] = <[String; 1]>::try_from(owners(&app).await).expect("one owner");
        let old = app.client(&format!("email:{owner}"));
        let another = format!("owner{round}@contoso.example");
        let invited = invites(&old, "Another owner", &another, Some("OWNER")).await.done();
        let new_id = invited.text("/inviteMember/user/id").to_owned();
        let (old_id, new) = (user_of(&old).await, app.client(&format!("email:{another}")));
        let (one, other) = if round % 2 == 0 {
            tokio::join!(removes(&old, &new_id), removes(&new, &old_id))
        } else {
            tokio::join!(removes(&old, &new_id), changes_role(&new, &old_id, Some("READER")))
        };
        // Who was slower is an owner no more, or nobody any more, or is asked to try again.
        let outcomes = [one.outcome(), other.outcome()];
        let refusals = ["LAST_OWNER", "FORBIDDEN", "UNAUTHENTICATED", "CONFLICT"];
        let done = outcomes.iter().filter(|outcome| *outcome == "OK").count();
        let refused = outcomes.iter().filter(|outcome| refusals.contains(&outcome.as_str())).count();
        assert_eq!((done, refused), (1, 1), "{outcomes:?}");
        assert_eq!(owners(&app).await.len(), 1, "{outcomes:?}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_used_once_in_an_organization(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, again) = (app.ada(), app.ada());
    let before = listed(&ada).await;
    for email in ["ada@contoso.example", "ADA@Contoso.Example", "User1@contoso.example"] {
        let answer = invites(&ada, "Somebody", email, None).await;
        assert_eq!(refusal(&answer), "INVALID_INPUT input.email", "{email}");
    }
    assert_eq!(listed(&ada).await, before);
    let (one, other) = tokio::join!(
        invites(&ada, "Nora", "nora@contoso.example", None),
        invites(&again, "Nora", "NORA@contoso.example", None),
    );
    let mut outcomes = [one.outcome(), other.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["INVALID_INPUT", "OK"]);
    assert_eq!(listed(&ada).await.len(), before.len() + 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_tells_nothing_of_other_organizations(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, carl) = (user_of(&app.ada()).await, user_of(&app.carl()).await);
    let before = listed(&app.ada()).await;
    // Addresses of Contoso's people, and one that nobody has: the answers say the same.
    for email in ["ada@contoso.example", "Carl@Contoso.example", "nobody@contoso.example"] {
        let invited = invites(&app.finn(), "Somebody", email, Some("OWNER")).await.done();
        let mut shown = invited.at("/inviteMember/user").clone();
        assert!(shown["id"].take().is_string(), "{shown:#}");
        let expected =
            json!({ "id": null, "name": "Somebody", "email": email, "role": "OWNER", "joinedAt": null });
        assert_eq!(shown, expected);
        assert!(listed(&app.finn()).await.contains(&email.to_owned()));
        assert_eq!(
            refusal(&invites(&app.finn(), "Again", &email.to_uppercase(), None).await),
            "INVALID_INPUT input.email"
        );
    }
    // Who belonged to an organization before stays there, and as what they were.
    assert_eq!((user_of(&app.ada()).await, user_of(&app.carl()).await), (ada, carl));
    assert_eq!(viewer(&app.carl()).await["organization"]["name"], "Contoso");
    assert_eq!(roles(&app.carl()).await, ["CONTRIBUTOR"]);
    assert_eq!(listed(&app.ada()).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_an_address_are_looked_at(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let before = listed(&ada).await;
    let long = "n".repeat(201);
    for name in ["", "  ", "No\nra", "Nora\t", &long] {
        let answer = invites(&ada, name, "nora@contoso.example", None).await;
        assert_eq!(refusal(&answer), "INVALID_INPUT input.name", "{name:?}");
    }
    let long = format!("{}@contoso.example", "n".repeat(200));
    for email in ["", "nora", "@contoso.example", "nora@", "no ra@x.example", "nora@x@y.example", &long] {
        let answer = invites(&ada, "Nora", email, None).await;
        assert_eq!(refusal(&answer), "INVALID_INPUT input.email", "{email:?}");
    }
    assert_eq!(listed(&ada).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn another_role_counts_from_the_next_request_on(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, carl) = (app.ada(), app.carl());
    let id = user_of(&carl).await;
    let vault = ada.buys_with(VAULT, None, "Contoso Main", json!({})).await.done();
    let vault = vault.subscription("purchaseSubscription");
    carl.sets_auto_renew(&vault, false).await.done();
    // A request that came in as a contributor's, and begins as a reader's.
    let contributor = recognized(&app, &carl.token).await;
    changes_role(&ada, &id, Some("READER")).await.done();
    let input = SetAutoRenew { subscription: SubscriptionId(vault.uuid()), auto_renew: true };
    let late = set_auto_renew(&app.market, &contributor, input).await;
    assert!(matches!(late, Err(domain::Error::Conflict)), "{late:?}");
    assert_eq!(carl.sets_auto_renew(&vault, true).await.failed(), "FORBIDDEN");
    assert_eq!(carl.sees(&vault).await["autoRenew"], false);

    changes_role(&ada, &id, None).await.done();
    assert!(carl.sees(&vault).await.is_null(), "without a role they see only their own licences");
    assert_eq!(listed(&carl).await, [] as [&str; 0]);
    changes_role(&ada, &id, Some("OWNER")).await.done();
    carl.sets_auto_renew(&vault, true).await.done();
}
