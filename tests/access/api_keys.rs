//! API keys: who makes them and for whom, that they are shown once, and how they end.

use super::words::{
    creates_key, history, is_locked_out, machine, recognized, refusal, revokes_key, tables_with, user_of,
    uuid_of, viewer,
};
use crate::harness::{App, BOARDS_MONTHLY, Client, Db, VAULT, instant};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error,
    api_key::{CreateApiKey, create_api_key},
    subscription::{SetAutoRenew, set_auto_renew},
};
use entity::{
    id::SubscriptionId,
    state::{ApiKeyScope, EventType},
    subscription,
};
use rstest::rstest;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};

const KEYS: &str = "{ apiKeys(first: 100) { totalCount nodes {
    id name prefix scope role createdAt expiresAt lastUsedAt revokedAt } } }";

/// The keys that the client sees, the newest first.
async fn keys(client: &Client<'_>) -> Vec<Json> {
    let answer = client.asks(KEYS, json!({})).await.done();
    let nodes = answer.at("/apiKeys/nodes").as_array().expect("keys").clone();
    assert_eq!(answer.at("/apiKeys/totalCount"), nodes.len());
    nodes
}

/// A key that may buy for an organization.
fn buying(name: &str) -> Json {
    json!({ "name": name, "scope": "WRITE", "role": "CONTRIBUTOR" })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_kept_nowhere(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (ada, database) = (app.ada(), app.market.db());
    let mut input = buying("ERP");
    input["expiresAt"] = json!("2027-01-31T00:00:00Z");
    let created = creates_key(&ada, input).await.done();
    let secret = created.text("/createApiKey/secret").to_owned();
    let key = created.at("/createApiKey/apiKey").clone();
    let (prefix, hidden) = secret.split_once('.').expect("a readable part and a hidden one");
    assert!(prefix.starts_with("tenure_") && hidden.len() >= 43, "256 bits: {secret}");
    assert_eq!((&key["name"], &key["prefix"]), (&json!("ERP"), &json!(prefix)));
    assert_eq!((&key["scope"], &key["role"]), (&json!("WRITE"), &json!("CONTRIBUTOR")));
    assert_eq!((&key["lastUsedAt"], &key["revokedAt"]), (&Json::Null, &Json::Null));
    assert_eq!(instant(key["createdAt"].as_str().expect("a time")), instant("2026-01-31T09:00:00Z"));
    assert_eq!(instant(key["expiresAt"].as_str().expect("a time")), instant("2027-01-31"));
    assert_eq!(keys(&ada).await, [key]);
    assert!(!Json::from(keys(&ada).await).to_string().contains(hidden));

    assert_eq!(tables_with(database, prefix).await, ["api_key"]);
    let bytes = hex::encode(URL_SAFE_NO_PAD.decode(hidden).expect("base64"));
    for trace in [secret.as_str(), hidden, bytes.as_str()] {
        assert_eq!(tables_with(database, trace).await, [] as [&str; 0], "{trace}");
    }
    // Another one is another one.
    let other = creates_key(&ada, buying("ERP")).await.done();
    assert!(!other.text("/createApiKey/secret").starts_with(prefix));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn owners_publishers_and_partners_make_keys_for_themselves(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (_, erp) = machine(&app, &app.ada(), buying("ERP")).await;
    let nobody = app.client("email:user1@contoso.example");
    for client in [app.carl(), app.ivan(), app.lena(), app.rui(), nobody, app.operator(), erp] {
        assert_eq!(creates_key(&client, buying("mine")).await.failed(), "FORBIDDEN", "{}", client.who);
        let listed = client.asks(KEYS, json!({})).await;
        assert_eq!(listed.failed(), "FORBIDDEN", "{}", client.who);
    }
    let plain = json!({ "name": "portal", "scope": "WRITE" });
    for (holder, key, shows) in [
        (app.northwind(), &plain, json!({ "publisher": { "name": "Northwind" } })),
        (app.tailspin(), &plain, json!({ "partner": { "name": "Tailspin" } })),
        (app.finn(), &buying("portal"), json!({ "organization": { "name": "Fabrikam" } })),
    ] {
        let (id, machine) = machine(&app, &holder, key.clone()).await;
        let shown = viewer(&machine).await;
        for (field, value) in shows.as_object().expect("one field") {
            assert_eq!(&shown[field], value, "{}", holder.who);
        }
        assert!(shown["user"].is_null(), "a machine is nobody");
        let [listed] = <[Json; 1]>::try_from(keys(&holder).await).expect("its own key and no other");
        assert_eq!(listed["id"], id);
    }
    assert_eq!(keys(&app.ada()).await.len(), 1);
    assert_eq!(keys(&app.litware()).await, [] as [Json; 0]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_looked_at_before_it_is_made(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let of_organization = |field: &str, value: Json| {
        let mut key = buying("ERP");
        key[field] = value;
        key
    };
    let (ada, northwind, tailspin) = (app.ada(), app.northwind(), app.tailspin());
    let reader = json!({ "name": "portal", "scope": "READ", "role": "READER" });
    for (holder, key, path) in [
        (&ada, of_organization("name", json!("")), "name"),
        (&ada, of_organization("name", json!(" ")), "name"),
        (&ada, of_organization("name", json!("E\nRP")), "name"),
        (&ada, of_organization("name", json!("E".repeat(201))), "name"),
        (&ada, of_organization("role", Json::Null), "role"),
        (&ada, of_organization("role", json!("OWNER")), "role"),
        (&ada, of_organization("expiresAt", json!("2026-01-31T09:00:00Z")), "expiresAt"),
        (&ada, of_organization("expiresAt", json!("2026-01-31T10:00:00+02:00")), "expiresAt"),
        (&ada, of_organization("expiresAt", json!("1970-01-01T00:00:00Z")), "expiresAt"),
        (&northwind, reader.clone(), "role"),
        (&tailspin, reader, "role"),
    ] {
        let answer = creates_key(holder, key.clone()).await;
        assert_eq!(refusal(&answer), format!("INVALID_INPUT input.{path}"), "{key}");
        assert!(answer.at("/createApiKey/secret").is_null());
    }
    for holder in [&ada, &northwind, &tailspin] {
        assert_eq!(keys(holder).await, [] as [Json; 0]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_name_are_valid_at_a_time(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let (first, old) = machine(&app, &ada, buying("ERP")).await;
    let (_, new) = machine(&app, &ada, buying("ERP")).await;
    assert_eq!(refusal(&creates_key(&ada, buying("ERP")).await), "INVALID_INPUT input.name");
    creates_key(&ada, buying("another")).await.done();
    creates_key(&app.finn(), buying("ERP")).await.done();
    // Both are good until the old one is revoked.
    assert_eq!(viewer(&old).await, viewer(&new).await);
    revokes_key(&ada, &first).await.done();
    is_locked_out(&old).await;
    assert_eq!(viewer(&new).await["roles"], json!(["CONTRIBUTOR"]));
    let mut short = buying("ERP");
    short["expiresAt"] = json!("2026-01-31T10:00:00Z");
    creates_key(&ada, short).await.done();
    assert_eq!(refusal(&creates_key(&ada, buying("ERP")).await), "INVALID_INPUT input.name");
    app.at("2026-01-31T10:00:00Z");
    let again = app.ada();
    let (one, other) = tokio::join!(creates_key(&ada, buying("ERP")), creates_key(&again, buying("ERP")));
    let mut outcomes = [one.outcome(), other.outcome()];
    outcomes.sort();
    assert_eq!(outcomes, ["INVALID_INPUT", "OK"], "what has expired does not count");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_replaces_its_key_with_itself(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let key = json!({ "name": "portal", "scope": "WRITE" });
    let (first, old) = machine(&app, &app.northwind(), key.clone()).await;
    let (second, new) = machine(&app, &old, key).await;
    revokes_key(&new, &first).await.done();
    is_locked_out(&old).await;
    assert_eq!(viewer(&new).await["publisher"]["name"], "Northwind");
    let revoked = revokes_key(&new, &second).await.done();
    assert_eq!(revoked.text("/revokeApiKey/apiKey/id"), second);
    is_locked_out(&new).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_none(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut short = buying("ERP");
    short["expiresAt"] = json!("2026-01-31T10:00:00Z");
    let (_, erp) = machine(&app, &app.ada(), short).await;
    let other_process = app.replica().await;
    let there = Client::new(&other_process, erp.who.clone(), erp.token.clone());
    for (time, valid) in
        [("09:00:00", true), ("09:59:59.999999", true), ("10:00:00", false), ("10:00:01", false)]
    {
        for (process, client) in [(&app, &erp), (&other_process, &there)] {
            process.at(&format!("2026-01-31T{time}Z"));
            if valid {
                assert_eq!(viewer(client).await["organization"]["name"], "Contoso", "{time}");
            } else {
                is_locked_out(client).await;
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_none_from_the_next_request_on(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let ada = app.ada();
    let vault = ada.buys_with(VAULT, None, "Contoso Main", json!({})).await.done();
    let vault = vault.subscription("purchaseSubscription");
    let (id, erp) = machine(&app, &ada, buying("ERP")).await;
    let other_process = app.replica().await;
    let there = Client::new(&other_process, erp.who.clone(), erp.token.clone());
    assert_eq!(viewer(&erp).await, viewer(&there).await);
    let by = recognized(&app, &erp.token).await;

    let revoked = revokes_key(&ada, &id).await.done();
    assert!(revoked.at("/revokeApiKey/apiKey/revokedAt").is_string());
    is_locked_out(&there).await;
    is_locked_out(&erp).await;
    // A request that came in before.
    let input = SetAutoRenew { subscription: SubscriptionId(vault.uuid()), auto_renew: false };
    let late = set_auto_renew(&app.market, &by, input).await;
    assert!(matches!(late, Err(Error::Forbidden(_))), "{late:?}");
    assert_eq!(ada.sees(&vault).await["autoRenew"], true);
    app.at("2026-01-31T10:00:00Z");
    let again = revokes_key(&ada, &id).await.done();
    assert_eq!(again.at("/revokeApiKey"), revoked.at("/revokeApiKey"), "it was revoked then, not now");
    let events = history(&app, "Contoso").await;
    let count = |kind: EventType| events.iter().filter(|event| event.r#type == kind).count();
    assert_eq!((count(EventType::ApiKeyCreated), count(EventType::ApiKeyRevoked)), (1, 1));
    assert!(events.iter().all(|event| !event.body.contains("ERP")));
    is_locked_out(&erp).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_while_the_key_is_revoked_is_bought_or_refused(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let ada = app.ada();
    let input = json!({
        "planId": ada.plan(BOARDS_MONTHLY).await, "billingProfileId": ada.profile("Contoso Main").await,
        "licenseQuantity": 1,
    });
    let mut bought = 0;
    for round in 0..12 {
        let (id, erp) = machine(&app, &ada, buying("ERP")).await;
        let (purchase, revoked) = tokio::join!(erp.does("Purchase", input.clone()), revokes_key(&ada, &id));
        revoked.done();
        match purchase.outcome().as_str() {
            "OK" => bought += 1,
            refused => assert!(["FORBIDDEN", "UNAUTHENTICATED"].contains(&refused), "{refused}"),
        }
        let count = subscription::Entity::find().count(app.market.db().read()).await.unwrap();
        assert_eq!(count, bought, "round {round}");
        is_locked_out(&erp).await;
    }
    domain::audit::verify(app.market.db(), None).await.unwrap().expect("the history is whole");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_somebody_else_does_not_exist(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (id, erp) = machine(&app, &app.ada(), buying("ERP")).await;
    let ada = user_of(&app.ada()).await;
    for client in [app.finn(), app.northwind(), app.tailspin()] {
        for wrong in [id.as_str(), "nonsense", &ada] {
            let answer = revokes_key(&client, wrong).await;
            assert_eq!(refusal(&answer), "NOT_FOUND input.apiKeyId", "{}", client.who);
        }
    }
    for client in [app.carl(), app.rui(), app.operator()] {
        assert_eq!(revokes_key(&client, &id).await.failed(), "FORBIDDEN", "{}", client.who);
    }
    assert_eq!(revokes_key(&erp, &id).await.failed(), "FORBIDDEN");
    assert!(keys(&app.ada()).await[0]["revokedAt"].is_null());
    // Only the id is the key's, and it opens nothing by itself.
    for token in [id.clone(), uuid_of(&id).to_string()] {
        is_locked_out(&Client::new(&app, "an id".into(), token)).await;
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_readable_part_opens_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (_, other) = machine(&app, &app.ada(), buying("another")).await;
    let (_, erp) = machine(&app, &app.ada(), buying("ERP")).await;
    let (prefix, hidden) = erp.token.split_once('.').expect("two parts");
    let (other_prefix, other_hidden) = other.token.split_once('.').expect("two parts");
    let first = if hidden.starts_with('A') { 'B' } else { 'A' };
    for token in [
        prefix.to_owned(),
        format!("{prefix}."),
        format!("{prefix}.{other_hidden}"),
        format!("{other_prefix}.{hidden}"),
        format!("{prefix}.{first}{}", &hidden[1..]),
        format!("{prefix}.{}", &hidden[1..]),
        format!("{prefix}.{hidden}A"),
        hidden.to_owned(),
    ] {
        is_locked_out(&Client::new(&app, token.clone(), token)).await;
    }
    // None of that was a use of the key.
    assert!(keys(&app.ada()).await.iter().all(|key| key["lastUsedAt"].is_null()));
    assert_eq!(viewer(&erp).await["organization"]["name"], "Contoso");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_kept_to_the_minute(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (_, erp) = machine(&app, &app.ada(), buying("ERP")).await;
    for (used, kept) in [
        ("09:00:30", "09:00:30"),
        ("09:00:59", "09:00:30"),
        ("09:01:29", "09:00:30"),
        ("09:01:30", "09:01:30"),
        ("12:00:00", "12:00:00"),
    ] {
        app.at(&format!("2026-01-31T{used}Z"));
        viewer(&erp).await;
        let last = keys(&app.ada()).await[0]["lastUsedAt"].as_str().map(instant);
        assert_eq!(last, Some(instant(&format!("2026-01-31T{kept}Z"))), "used at {used}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_shows_the_key_when_it_is_printed(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    use secrecy::ExposeSecret;
    let app = App::on(db).await;
    let by = recognized(&app, &app.northwind().token).await;
    let (scope, role, expires_at) = (ApiKeyScope::Write, None, None);
    let key = CreateApiKey { name: "portal".into(), scope, role, expires_at };
    let created = create_api_key(&app.market, &by, key).await.expect("a key");
    let secret = created.secret.expose_secret().to_owned();
    let hidden = secret.split_once('.').expect("two parts").1;
    let issuer = domain::identity::Issuer::Local(crate::harness::SECRET.into());
    let verified = issuer.verify(&secret, app.market.real_now()).await.expect("it looks like a key");
    let by = recognized(&app, &secret).await;
    let rows = entity::api_key::Entity::find().all(app.market.db().read()).await.unwrap();
    let printed = format!("{created:?} {issuer:?} {verified:?} {by:?} {rows:?} {:?}", app.market);
    assert!(!printed.contains(hidden), "{printed}");
    assert!(!printed.contains(crate::harness::SECRET), "{printed}");
    assert!(printed.contains("portal"), "it prints something: {printed}");
}
