//! Licences of people: who has which, and one's own.

use crate::{
    access::words::{newcomer, user_of},
    harness::{App, BOARDS_MONTHLY, Client, Db, VAULT},
};
use rstest::rstest;
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn each_who_does_not_belong_is_named(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let (ours, theirs) = (app.ada().users(2).await, app.finn().users(1).await);
    let users = [ours[0].clone(), theirs[0].clone(), ours[1].clone(), "nonsense".into()];
    let refused = app.ada().assigns(&boards, &users).await;
    let errors = refused.at("/assignLicenses/userErrors").as_array().expect("errors").clone();
    let told: Vec<_> = errors.iter().map(|error| (error["code"].clone(), error["path"].clone())).collect();
    let stranger = |index: &str| (json!("USER_NOT_IN_ORGANIZATION"), json!(["input", "userIds", index]));
    assert_eq!(told, [stranger("1"), stranger("3")]);
    assert_eq!(app.ada().sees(&boards).await["licenses"]["assigned"], 0, "all or nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_at_once_are_the_most(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let user = app.ada().users(1).await.remove(0);
    assert_eq!(app.ada().assigns(&boards, &vec![user.clone(); 501]).await.refused(), "INVALID_INPUT");
    app.ada().assigns(&boards, &vec![user; 500]).await.done();
    assert_eq!(app.ada().sees(&boards).await["licenses"]["assigned"], 1, "each once");
}

async fn found(client: &Client<'_>, of: &str, search: &str) -> (Json, Vec<String>) {
    let document = "query($id: ID!, $search: String) { appSubscription(id: $id) {
        licenseAssignments(search: $search) { totalCount nodes { user { name } } } } }";
    let answer = client.asks(document, json!({ "id": of, "search": search })).await.done();
    let list = answer.at("/appSubscription/licenseAssignments").clone();
    let nodes = list["nodes"].as_array().expect("assignments");
    let names = nodes.iter().map(|node| node["user"]["name"].as_str().expect("a name").to_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    (list["totalCount"].clone(), names)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn who_has_one_can_be_searched(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    let mut users = Vec::new();
    for name in ["Zoe", "Zora", "Yves"] {
        users.push(newcomer(&app, name, None).await.0);
    }
    app.lena().assigns(&boards, &users).await.done();
    for viewer in [app.lena(), app.northwind()] {
        assert_eq!(found(&viewer, &boards.id, "zo").await, (json!(2), vec!["Zoe".into(), "Zora".into()]));
        assert_eq!(found(&viewer, &boards.id, "YVES@contoso").await, (json!(1), vec!["Yves".into()]));
        assert_eq!(found(&viewer, &boards.id, "100%").await, (json!(0), Vec::new()));
    }
}

async fn own(client: &Client<'_>) -> Vec<String> {
    let document = "{ myLicenses { totalCount nodes { app { name publisher { name } } assignedAt } } }";
    let answer = client.asks(document, json!({})).await.done();
    let nodes = answer.at("/myLicenses/nodes").as_array().expect("licences").clone();
    assert_eq!(answer.at("/myLicenses/totalCount"), nodes.len());
    nodes.iter().map(|node| node["app"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let boards = app.active(BOARDS_MONTHLY).await;
    app.active(VAULT).await;
    let (id, zoe) = newcomer(&app, "Zoe", None).await;
    assert_eq!(own(&zoe).await, Vec::<String>::new());
    let ada = user_of(&app.ada()).await;
    app.lena().assigns(&boards, &[id.clone(), ada]).await.done();
    assert_eq!(own(&zoe).await, ["Northwind Boards"]);
    assert_eq!(own(&app.ada()).await, ["Northwind Boards"], "an owner too sees their own alone");
    assert_eq!(own(&app.rui()).await, Vec::<String>::new());
    for other in [app.northwind(), app.tailspin(), app.operator()] {
        assert_eq!(own(&other).await, Vec::<String>::new(), "{}", other.who);
    }
    // An app that is withdrawn is still used.
    app.as_owner("update app set status = 'WITHDRAWN'").await;
    assert_eq!(own(&zoe).await, ["Northwind Boards"]);
    app.lena().unassigns(&boards, &[id]).await.done();
    assert_eq!(own(&zoe).await, Vec::<String>::new());
}
