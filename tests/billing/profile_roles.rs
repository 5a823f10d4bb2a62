//! Roles on a billing profile: who gives them, what they show and allow, and that an owner is left.

use super::profiles::{events_of, profile_row};
use crate::harness::{Answer, App, BOARDS_MONTHLY, Client, Db};
use entity::state::EventType;
use rstest::rstest;
use serde_json::json;

/// The user's own id.
async fn user(client: &Client<'_>) -> String {
    let answer = client.asks("{ viewer { user { id } } }", json!({})).await.done();
    answer.text("/viewer/user/id").to_owned()
}

async fn grants(client: &Client<'_>, profile: &str, user: &str, role: &str) -> Answer {
    let input = json!({ "billingProfileId": profile, "userId": user, "role": role });
    client.does("GrantBillingProfileRole", input).await
}

async fn revokes(client: &Client<'_>, profile: &str, user: &str) -> Answer {
    let input = json!({ "billingProfileId": profile, "userId": user });
    client.does("RevokeBillingProfileRole", input).await
}

/// Who has which role on the profile, as Ada sees it, by name.
async fn roles(app: &App, profile: &str) -> Vec<String> {
    let document = "query($id: ID!) { billingProfile(id: $id) { roleAssignments { user { name } role } } }";
    let answer = app.ada().asks(document, json!({ "id": profile })).await.done();
    let assignments = answer.at("/billingProfile/roleAssignments").as_array().expect("roles");
    let texts = assignments
        .iter()
        .map(|found| [&found["user"]["name"], &found["role"]].map(|text| text.as_str().expect("text")));
    texts.map(|[name, role]| format!("{name} {role}")).collect()
}

/// How many invoices the client sees at all.
async fn invoices_seen(client: &Client<'_>) -> i64 {
    let answer = client.sends("Invoices", json!({})).await.done();
    answer.at("/invoices/totalCount").as_i64().expect("a count")
}

/// Whether the client sees the profile.
async fn sees_profile(client: &Client<'_>, profile: &str) -> bool {
    let answer = client.sends("BillingProfile", json!({ "id": profile })).await.done();
    !answer.at("/billingProfile").is_null()
}

/// Ada buys with the profile and it is activated: the id of the invoice that nobody has paid yet.
async fn unpaid_invoice(app: &App, profile: &str) -> String {
    let bought = app.ada().buys_with(BOARDS_MONTHLY, Some(10), profile, json!({})).await.done();
    let boards = bought.subscription("purchaseSubscription");
    app.activated(&app.ada(), &boards).await;
    app.ada().invoices(&boards).await[0]["id"].as_str().expect("an id").to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_granted_replaced_and_revoked(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let profile = profile_row(&app, "Contoso Main").await.id;
    let before = events_of(&app, profile).await.len();
    let lena = user(&app.lena()).await;
    let others = ["Ada OWNER", "Carl CONTRIBUTOR", "Ivan INVOICE_MANAGER"];
    assert_eq!(roles(&app, &id).await, others);
    for role in ["READER", "INVOICE_MANAGER", "INVOICE_MANAGER"] {
        let granted = grants(&app.ada(), &id, &lena, role).await.done();
        assert_eq!(granted.text("/grantBillingProfileRole/billingProfile/id"), id);
        assert_eq!(roles(&app, &id).await[..3], others);
        assert_eq!(roles(&app, &id).await[3..], [format!("Lena {role}")]);
    }
    for _ in 0..2 {
        revokes(&app.ada(), &id, &lena).await.done();
        assert_eq!(roles(&app, &id).await, others);
    }
    // What was so already is no news.
    let events = events_of(&app, profile).await;
    let news: Vec<_> = events[before..].iter().map(|event| event.r#type).collect();
    let granted = EventType::ProfileRoleGranted;
    assert_eq!(news, [granted, granted, EventType::ProfileRoleRevoked]);
    assert!(events[before..].iter().all(|event| !event.body.contains("Lena") && !event.body.contains('@')));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let (ada, carl) = (user(&app.ada()).await, user(&app.carl()).await);
    let before = roles(&app, &id).await;
    let revoked = revokes(&app.ada(), &id, &ada).await;
    let lowered = grants(&app.ada(), &id, &ada, "READER").await;
    for refused in [revoked, lowered] {
        assert_eq!(refused.refused(), "LAST_OWNER");
        assert_eq!(refused.refused_path(), ["input", "userId"]);
    }
    grants(&app.ada(), &id, &ada, "OWNER").await.done();
    assert_eq!(roles(&app, &id).await, before);
    grants(&app.ada(), &id, &carl, "OWNER").await.done();
    revokes(&app.carl(), &id, &ada).await.done();
    assert_eq!(roles(&app, &id).await, ["Carl OWNER", "Ivan INVOICE_MANAGER"]);
    // Now it is Carl who has to stay, whoever asks: Ada still may, as the owner of the organization.
    for client in [app.carl(), app.ada()] {
        assert_eq!(revokes(&client, &id, &carl).await.refused(), "LAST_OWNER", "{}", client.who);
        assert_eq!(grants(&client, &id, &carl, "CONTRIBUTOR").await.refused(), "LAST_OWNER");
    }
    grants(&app.ada(), &id, &ada, "OWNER").await.done();
    grants(&app.ada(), &id, &carl, "CONTRIBUTOR").await.done();
    assert_eq!(roles(&app, &id).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_revoked_at_once_leave_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let (ada, carl) = (user(&app.ada()).await, user(&app.carl()).await);
    grants(&app.ada(), &id, &carl, "OWNER").await.done();
    // Both by Ada, who may whatever becomes of her role on the profile.
    let (one, other) = (app.ada(), app.ada());
    let (first, second) = tokio::join!(revokes(&one, &id, &ada), revokes(&other, &id, &carl));
    let mut outcomes = [first.outcome(), second.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["LAST_OWNER", "OK"]);
    let owners = roles(&app, &id).await.into_iter().filter(|role| role.ends_with(" OWNER")).count();
    assert_eq!(owners, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_owners_give_roles(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let (carl, ivan, lena) = (user(&app.carl()).await, user(&app.ivan()).await, user(&app.lena()).await);
    let before = roles(&app, &id).await;
    for client in [app.carl(), app.ivan(), app.rui(), app.operator()] {
        assert_eq!(grants(&client, &id, &lena, "READER").await.failed(), "FORBIDDEN", "{}", client.who);
        assert_eq!(revokes(&client, &id, &ivan).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    // To whoever does not see it, it does not exist. Lena has no role on it.
    for client in [app.finn(), app.lena(), app.northwind(), app.tailspin()] {
        for answer in [grants(&client, &id, &lena, "OWNER").await, revokes(&client, &id, &ivan).await] {
            assert_eq!(answer.refused(), "NOT_FOUND", "{}", client.who);
            assert_eq!(answer.refused_path(), ["input", "billingProfileId"]);
        }
    }
    assert_eq!(roles(&app, &id).await, before);
    grants(&app.ada(), &id, &carl, "OWNER").await.done();
    grants(&app.carl(), &id, &lena, "READER").await.done();
    assert_eq!(roles(&app, &id).await.last().unwrap(), "Lena READER");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_for_users_of_the_same_organization(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let (ada, finn) = (user(&app.ada()).await, user(&app.finn()).await);
    let before = roles(&app, &id).await;
    // Somebody of another organization, nobody at all, and an id of something else: all the same.
    for stranger in [finn.as_str(), "nonsense", id.as_str()] {
        let answer = grants(&app.ada(), &id, stranger, "READER").await;
        assert_eq!(answer.refused(), "USER_NOT_IN_ORGANIZATION", "{stranger}");
        assert_eq!(answer.refused_path(), ["input", "userId"]);
    }
    assert_eq!(roles(&app, &id).await, before);
    // A partner's profile belongs to no organization.
    let partners = app.tailspin().profile("Tailspin USD").await;
    let answer = grants(&app.tailspin(), &partners, &ada, "READER").await;
    assert_eq!(answer.refused(), "USER_NOT_IN_ORGANIZATION");
    let unknown = grants(&app.ada(), "nonsense", &ada, "READER").await;
    assert_eq!(unknown.refused(), "NOT_FOUND");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_manager_sees_the_invoices_and_pays_until_the_role_is_revoked(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let lena = user(&app.lena()).await;
    let invoice = unpaid_invoice(&app, "Contoso Main").await;
    app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    let of_ada = unpaid_invoice(&app, "Ada's own").await;
    assert_eq!((invoices_seen(&app.lena()).await, sees_profile(&app.lena(), &id).await), (0, false));
    assert_eq!(app.lena().pays(&invoice).await.refused(), "NOT_FOUND");

    grants(&app.ada(), &id, &lena, "INVOICE_MANAGER").await.done();
    assert_eq!((invoices_seen(&app.lena()).await, sees_profile(&app.lena(), &id).await), (1, true));
    assert_eq!(app.lena().pays(&of_ada).await.refused(), "NOT_FOUND", "her role is on another profile");
    let edits = json!({ "billingProfileId": id, "taxId": "US-98-7654321" });
    assert_eq!(app.lena().does("UpdateBillingProfile", edits).await.failed(), "FORBIDDEN");
    assert_eq!(grants(&app.lena(), &id, &lena, "OWNER").await.failed(), "FORBIDDEN");
    let paid = app.lena().pays(&invoice).await.done();
    assert_eq!(paid.text("/payInvoice/invoice/status"), "PAID");

    revokes(&app.ada(), &id, &lena).await.done();
    assert_eq!((invoices_seen(&app.lena()).await, sees_profile(&app.lena(), &id).await), (0, false));
    let gone = app.lena().sends("Invoice", json!({ "id": invoice })).await.done();
    assert_eq!(gone.at("/invoice"), &json!(null));
    assert_eq!(app.lena().pays(&invoice).await.refused(), "NOT_FOUND");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_on_a_profile_gives_nothing_beside_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = app.ada().profile("Contoso Main").await;
    let invoice = unpaid_invoice(&app, "Contoso Main").await;
    // Somebody of the organization who has no role in it.
    let nobody = app.client("email:user1@contoso.example");
    assert_eq!((invoices_seen(&nobody).await, sees_profile(&nobody, &id).await), (0, false));
    grants(&app.ada(), &id, &user(&nobody).await, "READER").await.done();
    assert_eq!((invoices_seen(&nobody).await, sees_profile(&nobody, &id).await), (1, true));
    assert_eq!(nobody.pays(&invoice).await.failed(), "FORBIDDEN", "a reader looks");
    let products = nobody.sends("Products", json!({})).await.done();
    assert_eq!(products.at("/appSubscriptions/totalCount"), 0);
    // Rui may edit the profile then, but buying needs the organization's role too.
    grants(&app.ada(), &id, &user(&app.rui()).await, "CONTRIBUTOR").await.done();
    let edits = json!({ "billingProfileId": id, "taxId": "US-98-7654321" });
    app.rui().does("UpdateBillingProfile", edits).await.done();
    let buys = app.rui().buys_with(BOARDS_MONTHLY, Some(1), "Contoso Main", json!({})).await;
    assert_eq!(buys.failed(), "FORBIDDEN");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_contributor_of_the_profile_buys_with_it_until_the_role_is_revoked(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let own = app.ada().new_profile("Ada's own", "USD", "card_ok").await;
    let carl = user(&app.carl()).await;
    let buys = async || app.carl().buys_with(BOARDS_MONTHLY, Some(10), "Ada's own", json!({})).await;
    assert_eq!(buys().await.refused(), "BILLING_PROFILE_NOT_USABLE");
    for (role, outcome) in [
        ("READER", "BILLING_PROFILE_NOT_USABLE"),
        ("INVOICE_MANAGER", "BILLING_PROFILE_NOT_USABLE"),
        ("CONTRIBUTOR", "OK"),
        ("OWNER", "OK"),
    ] {
        grants(&app.ada(), &own, &carl, role).await.done();
        assert_eq!(buys().await.outcome(), outcome, "{role}");
    }
    let boards = buys().await.done().subscription("purchaseSubscription");
    app.activated(&app.carl(), &boards).await;
    revokes(&app.ada(), &own, &carl).await.done();
    assert_eq!(app.carl().changes_quantity(&boards, 11).await.refused(), "BILLING_PROFILE_NOT_USABLE");
    assert_eq!(buys().await.refused(), "BILLING_PROFILE_NOT_USABLE");
}
