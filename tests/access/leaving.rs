//! Somebody is removed from an organization: what ends with it, what they had begun, how they come back.

use super::words::{
    changes_role, invites, is_locked_out, listed, newcomer, recognized, refusal, removes, roles, user_of,
    uuid_of,
};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db, Setup, VAULT};
use chrono::{DateTime, Utc};
use domain::{
    Error, Gateway,
    gateway::{Card, Charge, Notice, Outcome, Refund, Rejected},
    organization::{ChangeMemberRole, InviteMember, change_member_role, invite_member},
    subscription::{SetAutoRenew, set_auto_renew},
};
use entity::{
    event,
    id::{SubscriptionId, UserId},
    state::EventType,
};
use futures::{FutureExt, future::BoxFuture};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::timeout};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

async fn grants(client: &Client<'_>, profile: &str, user: &str, role: &str) -> Answer {
    let input = json!({ "billingProfileId": profile, "userId": user, "role": role });
    client.does("GrantBillingProfileRole", input).await
}

/// The ids of everybody with a role on a profile of Contoso.
async fn role_holders(app: &App, profile: &str) -> Vec<Json> {
    let document = "query($id: ID!) { billingProfile(id: $id) { roleAssignments { user { id } } } }";
    let answer = app.ada().asks(document, json!({ "id": profile })).await.done();
    let assignments = answer.at("/billingProfile/roleAssignments").as_array().expect("roles").clone();
    assignments.into_iter().map(|mut found| found["user"]["id"].take()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_has_no_way_in_anywhere(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let other_process = app.replica().await;
    let (carl, there) = (app.carl(), other_process.carl());
    let id = user_of(&carl).await;
    assert_eq!(user_of(&there).await, id);
    removes(&app.ada(), &id).await.done();
    is_locked_out(&there).await;
    is_locked_out(&carl).await;
    // To sign in again does not help, and time does not heal it.
    is_locked_out(&app.carl()).await;
    app.at("2026-02-28T09:00:00Z");
    is_locked_out(&app.carl()).await;
    assert_eq!(refusal(&removes(&app.ada(), &id).await), "NOT_FOUND input.userId");
    assert_eq!(refusal(&changes_role(&app.ada(), &id, Some("OWNER")).await), "NOT_FOUND input.userId");
    is_locked_out(&app.carl()).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn their_licences_and_roles_end(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, active) = (app.ada(), [app.active(BOARDS_MONTHLY).await, app.active(BOARDS_MONTHLY).await]);
    let profile = ada.profile("Contoso Main").await;
    let (id, _) = newcomer(&app, "nora", Some("CONTRIBUTOR")).await;
    let (stays, main) = (user_of(&app.carl()).await, json!(id));
    grants(&ada, &profile, &id, "OWNER").await.done();
    for boards in &active {
        ada.assigns(boards, &[id.clone(), stays.clone()]).await.done();
    }
    assert!(role_holders(&app, &profile).await.contains(&main));

    removes(&ada, &id).await.done();
    for boards in &active {
        let page = ada.sees(boards).await;
        assert_eq!((&page["licenses"]["assigned"], &page["licenses"]["available"]), (&json!(1), &json!(9)));
        let left = page["licenseAssignments"]["nodes"].as_array().expect("licences");
        assert_eq!(left.iter().map(|license| &license["user"]["id"]).collect::<Vec<_>>(), [&json!(stays)]);
        let last = &page["events"]["nodes"][0];
        assert_eq!(last["type"], "LICENSES_UNASSIGNED");
        assert_eq!(last["actor"], json!({ "kind": "MEMBER", "name": "Ada" }));
    }
    assert!(!role_holders(&app, &profile).await.contains(&main));
    let of_profile = event::Entity::find().filter(event::Column::StreamId.eq(uuid_of(&profile)));
    let mut revoked = of_profile.all(app.market.db().read()).await.unwrap();
    revoked.retain(|event| event.r#type == EventType::ProfileRoleRevoked);
    assert_eq!(revoked.len(), 1);
    assert!(revoked[0].body.contains(&uuid_of(&id).to_string()), "{}", revoked[0].body);
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn they_are_not_among_the_people_any_more(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let (id, _) = newcomer(&app, "nora", None).await;
    let assignable = async |client: Client<'_>| {
        let variables = json!({ "id": boards.id, "first": 100, "search": "nora" });
        let answer = client.sends("AssignableUsers", variables).await.done();
        answer.at("/appSubscription/assignableUsers/totalCount").as_i64().expect("a count")
    };
    let is_listed = async || listed(&app.ada()).await.contains(&"nora@contoso.example".to_owned());
    let node = async || ada.sends("Node", json!({ "id": id })).await.done().at("/node").clone();
    assert_eq!((assignable(app.northwind()).await, assignable(app.lena()).await), (1, 1));
    assert!(is_listed().await && node().await.is_object());

    removes(&ada, &id).await.done();
    assert_eq!((assignable(app.northwind()).await, assignable(app.lena()).await), (0, 0));
    assert!(!is_listed().await && node().await.is_null());
    for client in [app.ada(), app.lena(), app.northwind()] {
        let answer = client.assigns(&boards, &[user_of(&app.carl()).await, id.clone()]).await;
        assert_eq!(refusal(&answer), "USER_NOT_IN_ORGANIZATION input.userIds.1", "{}", client.who);
    }
    let profile = ada.profile("Contoso Main").await;
    let answer = grants(&ada, &profile, &id, "READER").await;
    assert_eq!(refusal(&answer), "USER_NOT_IN_ORGANIZATION input.userId");
    assert_eq!(ada.sees(&boards).await["licenses"]["assigned"], 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn invited_again_they_begin_anew(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let profile = ada.profile("Contoso Main").await;
    let (before, _) = newcomer(&app, "nora", Some("OWNER")).await;
    grants(&ada, &profile, &before, "OWNER").await.done();
    ada.assigns(&boards, std::slice::from_ref(&before)).await.done();
    removes(&ada, &before).await.done();

    let (id, nora) = newcomer(&app, "nora", None).await;
    assert_ne!(id, before);
    assert_eq!((user_of(&nora).await, roles(&nora).await), (id.clone(), Vec::new()));
    let seen = nora.sends("BillingProfile", json!({ "id": profile })).await.done();
    assert!(seen.at("/billingProfile").is_null());
    assert_eq!(ada.sees(&boards).await["licenses"]["assigned"], 0);
    ada.assigns(&boards, &[id]).await.done();
    assert_eq!(refusal(&removes(&ada, &before).await), "NOT_FOUND input.userId");
    let twice = invites(&ada, "Nora", "Nora@contoso.example", None).await;
    assert_eq!(refusal(&twice), "INVALID_INPUT input.email");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_came_in_before_and_begins_after_is_refused(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let vault = app.ada().buys_with(VAULT, None, "Contoso Main", json!({})).await.done();
    let vault = vault.subscription("purchaseSubscription");
    let (id, olga) = newcomer(&app, "olga", Some("OWNER")).await;
    let by = recognized(&app, &olga.token).await;
    removes(&app.ada(), &id).await.done();

    let subscription = SubscriptionId(vault.uuid());
    let switched = set_auto_renew(&app.market, &by, SetAutoRenew { subscription, auto_renew: false }).await;
    assert!(matches!(switched, Err(Error::Forbidden(_))), "{switched:?}");
    let nora = InviteMember { name: "Nora".into(), email: "nora@contoso.example".into(), role: None };
    let invited = invite_member(&app.market, &by, nora).await;
    assert!(matches!(invited, Err(Error::Forbidden(_))), "{invited:?}");
    // Nobody is let in again by who is out already.
    let herself = ChangeMemberRole { user: UserId(uuid_of(&id)), role: None };
    let changed = change_member_role(&app.market, &by, herself).await;
    assert!(matches!(changed, Err(Error::Forbidden(_))), "{changed:?}");
    assert_eq!(app.ada().sees(&vault).await["autoRenew"], true);
    assert!(!listed(&app.ada()).await.contains(&"nora@contoso.example".to_owned()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_they_take_meanwhile_ends_or_never_was(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let mut taken = 0;
    for round in 0..16 {
        let (id, leaving) = newcomer(&app, &format!("leaving{round}"), Some("LICENSE_ADMIN")).await;
        let own = std::slice::from_ref(&id);
        let (assigned, removed) = tokio::join!(leaving.assigns(&boards, own), removes(&ada, &id));
        removed.done();
        match assigned.outcome().as_str() {
            "OK" => taken += 1,
            refused => assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&refused), "{refused}"),
        }
        let page = ada.sees(&boards).await;
        assert_eq!(page["licenses"]["assigned"], 0, "round {round}");
        assert_eq!(page["licenseAssignments"]["totalCount"], 0, "round {round}");
        let history = ada.history(&boards).await;
        let count = |kind: &str| history.iter().filter(|found| *found == kind).count();
        assert_eq!((count("LICENSES_ASSIGNED"), count("LICENSES_UNASSIGNED")), (taken, taken), "{history:?}");
    }
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_they_buy_meanwhile_is_bought_and_charged_or_neither(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let (ada, boards) = (app.ada(), app.active(BOARDS_MONTHLY).await);
    let profile = ada.profile("Contoso Main").await;
    let mut raised = 0;
    for round in 0..10 {
        let (id, leaving) = newcomer(&app, &format!("leaving{round}"), Some("CONTRIBUTOR")).await;
        grants(&ada, &profile, &id, "CONTRIBUTOR").await.done();
        let wanted = 11 + raised;
        let (changed, removed) = tokio::join!(leaving.changes_quantity(&boards, wanted), removes(&ada, &id));
        removed.done();
        match changed.outcome().as_str() {
            "OK" => raised += 1,
            refused => assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&refused), "{refused}"),
        }
        assert_eq!(ada.sees(&boards).await["licenses"]["purchased"], 10 + raised, "round {round}");
        assert_eq!(ada.invoices(&boards).await.len() as i64, 1 + raised, "round {round}");
        let history = ada.history(&boards).await;
        let events = history.iter().filter(|kind| *kind == "LICENSE_QUANTITY_CHANGED").count();
        assert_eq!(events as i64, raised, "round {round}: {history:?}");
    }
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

/// A gateway that answers a charge when it is told to.
#[derive(Default)]
struct Slow {
    called: Notify,
    goes_on: Notify,
}

impl Gateway for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn card<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<Option<Card>>> {
        async { Ok(None) }.boxed()
    }

    fn forget<'a>(&'a self, _: &'a str) -> BoxFuture<'a, domain::Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn charge<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Outcome> {
        async move {
            self.called.notify_one();
            self.goes_on.notified().await;
            Outcome::Succeeded { reference: "charged".into() }
        }
        .boxed()
    }

    fn lookup<'a>(&'a self, _: &'a Charge) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Outcome> {
        async { Outcome::Unknown }.boxed()
    }

    fn lookup_refund<'a>(&'a self, _: &'a Refund) -> BoxFuture<'a, Option<Outcome>> {
        async { None }.boxed()
    }

    fn notice(
        &self,
        _: &dyn Fn(&str) -> Option<String>,
        _: &[u8],
        _: DateTime<Utc>,
    ) -> Result<Notice, Rejected> {
        Ok(Notice::Other)
    }
}

/// They began to pay before, and the money is on its way: it is booked, and they are told so.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_under_way_is_booked(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let gateway = Arc::new(Slow::default());
    let mut setup = Setup::on(db);
    setup.gateway = Some(gateway.clone());
    let app = setup.start().await;
    let (ada, boards) = (app.ada(), app.ada().buys(BOARDS_MONTHLY, 10).await);
    app.activated(&ada, &boards).await;
    let invoice = ada.invoices(&boards).await[0]["id"].as_str().expect("an invoice").to_owned();
    let (id, payer) = newcomer(&app, "nora", Some("READER")).await;
    grants(&ada, &ada.profile("Contoso Main").await, &id, "INVOICE_MANAGER").await.done();
    let leaves = async {
        gateway.called.notified().await;
        removes(&ada, &id).await.done();
        gateway.goes_on.notify_one();
    };
    let both = async { tokio::join!(payer.pays(&invoice), leaves) };
    let (paid, ()) = timeout(PATIENCE, both).await.expect("the gateway is called, and goes on");
    assert_eq!(ada.invoices(&boards).await[0]["status"], "PAID", "the card was charged: {:#}", paid.body);
    assert_eq!(paid.done().text("/payInvoice/invoice/status"), "PAID");
    is_locked_out(&payer).await;
}
