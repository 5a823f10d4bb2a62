//! Creating apps, changing what they say of themselves, publishing and withdrawing them.

use super::words::{app_of, draft, listed, monthly, plan, prose, publishes, shown, with, withdraws};
use crate::harness::{App, BOARDS_MONTHLY, Db, SIGN};
use rstest::rstest;
use serde_json::{Value as Json, json};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_app_says_of_itself_what_its_publisher_said(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let created = app.northwind().does("CreateApp", prose()).await.done();
    let page = created.at("/createApp/app").clone();
    for (field, said) in prose().as_object().expect("fields") {
        assert_eq!(&page[field], said, "{field}");
    }
    assert_eq!((&page["status"], &page["publisher"]["name"]), (&json!("DRAFT"), &json!("Northwind")));
    assert_eq!(page["plans"], json!([]));
    assert_eq!(shown(&app.northwind(), page["id"].as_str().expect("an id")).await, page);

    let little = json!({ "name": "Northwind Verse", "summary": "Rhymes", "description": "It rhymes." });
    let created = app.northwind().does("CreateApp", little).await.done();
    let page = created.at("/createApp/app");
    assert_eq!(page["categories"], json!([]));
    for field in ["websiteUrl", "documentationUrl", "termsUrl", "privacyUrl", "supportUrl", "supportEmail"] {
        assert_eq!(page[field], json!(null), "{field}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_its_publishers_alone_until_it_is_published(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let monthly = plan(&app, monthly(&id)).await;
    let others = [app.ada(), app.finn(), app.litware(), app.tailspin()];
    for other in &others {
        assert_eq!(shown(other, &id).await, json!(null), "{}", other.who);
        assert_eq!(other.sends("Node", json!({ "id": id })).await.done().at("/node"), &json!(null));
        assert!(!listed(other).await.contains(&"Northwind Prose".to_owned()), "{}", other.who);
    }
    assert!(listed(&app.northwind()).await.contains(&"Northwind Prose".to_owned()));
    // Whoever knew the id of its plan would know no more.
    let bought = super::words::buys(&app, &monthly, Some(2)).await;
    assert_eq!(
        (bought.refused(), bought.refused_path()),
        ("NOT_FOUND".into(), vec!["input".into(), "planId".into()])
    );

    for _ in 0..2 {
        let published = publishes(&app.northwind(), &id).await.done();
        assert_eq!(published.text("/publishApp/app/status"), "PUBLISHED");
    }
    for other in &others {
        assert_eq!(shown(other, &id).await["status"], "PUBLISHED", "{}", other.who);
        assert!(listed(other).await.contains(&"Northwind Prose".to_owned()), "{}", other.who);
    }
    super::words::buys(&app, &monthly, Some(2)).await.done();

    for _ in 0..2 {
        let withdrawn = withdraws(&app.northwind(), &id).await.done();
        assert_eq!(withdrawn.text("/withdrawApp/app/status"), "WITHDRAWN");
    }
    for other in &others {
        assert_eq!(shown(other, &id).await, json!(null), "{}", other.who);
        assert!(!listed(other).await.contains(&"Northwind Prose".to_owned()), "{}", other.who);
    }
    assert_eq!(super::words::buys(&app, &monthly, Some(2)).await.refused(), "PLAN_NOT_AVAILABLE");
    assert_eq!(shown(&app.northwind(), &id).await["plans"][0]["retiredAt"], json!(null));
    publishes(&app.northwind(), &id).await.done();
    super::words::buys(&app, &monthly, Some(2)).await.done();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_withdrawn_stays_a_draft(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let withdrawn = withdraws(&app.northwind(), &id).await.done();
    assert_eq!(withdrawn.text("/withdrawApp/app/status"), "DRAFT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_of_a_change_stays_and_null_clears(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (northwind, id) = (app.northwind(), draft(&app).await);
    let before = shown(&northwind, &id).await;
    let unchanged = northwind.does("UpdateApp", json!({ "appId": id })).await.done();
    assert_eq!(unchanged.at("/updateApp/app"), &before);

    let input = json!({
        "appId": id, "summary": "Writes for you", "categories": ["drafts"], "websiteUrl": null, "supportEmail": null,
    });
    let changed = northwind.does("UpdateApp", input).await.done();
    let mut expected = before.clone();
    expected["summary"] = json!("Writes for you");
    expected["categories"] = json!(["drafts"]);
    (expected["websiteUrl"], expected["supportEmail"]) = (json!(null), json!(null));
    assert_eq!(changed.at("/updateApp/app"), &expected);
    let cleared = northwind.does("UpdateApp", json!({ "appId": id, "categories": null })).await.done();
    assert_eq!(cleared.at("/updateApp/app/categories"), &json!([]));
    for field in ["name", "summary", "description"] {
        let refused = northwind.does("UpdateApp", with(&json!({ "appId": id }), field, Json::Null)).await;
        assert_eq!(refused.refused(), "INVALID_INPUT", "{field}");
        assert_eq!(refused.refused_path(), ["input", field]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_app_says_only_what_a_catalogue_can_show(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let northwind = app.northwind();
    let id = draft(&app).await;
    let before = shown(&northwind, &id).await;
    let long = |most: usize| json!("x".repeat(most + 1));
    let many: Vec<String> = (0..11).map(|n| format!("category {n}")).collect();
    for (field, wrong, path) in [
        ("name", json!(""), "name"),
        ("name", json!("two\nlines"), "name"),
        ("name", long(200), "name"),
        ("summary", json!("  "), "summary"),
        ("summary", long(200), "summary"),
        ("description", json!("\n"), "description"),
        ("description", json!("bell \u{7}"), "description"),
        ("description", long(10_000), "description"),
        ("categories", json!(many), "categories"),
        ("categories", json!(["writing", "Writing"]), "categories.1"),
        ("categories", json!(["a", " writing"]), "categories.1"),
        ("categories", json!([""]), "categories.0"),
        ("categories", json!(["x".repeat(51)]), "categories.0"),
        ("websiteUrl", json!("http://prose.northwind.example/"), "websiteUrl"),
        ("documentationUrl", json!("prose.northwind.example"), "documentationUrl"),
        ("termsUrl", json!("javascript:alert(1)"), "termsUrl"),
        ("privacyUrl", json!("https://"), "privacyUrl"),
        ("privacyUrl", json!("https://ada:secret@northwind.example/"), "privacyUrl"),
        ("privacyUrl", json!("https://northwind.example/a b"), "privacyUrl"),
        ("supportUrl", json!(format!("https://northwind.example/{}", "x".repeat(500))), "supportUrl"),
        ("supportUrl", json!(""), "supportUrl"),
        ("supportEmail", json!("prose"), "supportEmail"),
    ] {
        let path: Vec<_> = ["input"].into_iter().chain(path.split('.')).collect();
        let created = northwind.does("CreateApp", with(&prose(), field, wrong.clone())).await;
        assert_eq!(
            (created.refused(), created.refused_path()),
            ("INVALID_INPUT".into(), path.iter().map(|part| (*part).to_owned()).collect()),
            "{field}: {wrong}"
        );
        let changed = northwind.does("UpdateApp", with(&json!({ "appId": id }), field, wrong.clone())).await;
        assert_eq!(changed.refused_path(), path, "{field}: {wrong}");
    }
    assert_eq!(shown(&northwind, &id).await, before);
    assert_eq!(listed(&northwind).await.iter().filter(|name| *name == "Northwind Prose").count(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_publisher_changes_an_app(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let (boards, id) = (app_of(&app.northwind(), BOARDS_MONTHLY).await, draft(&app).await);
    let sign = app_of(&app.litware(), SIGN).await;
    let others = [
        app.ada(),
        app.carl(),
        app.lena(),
        app.rui(),
        app.client("email:user1@contoso.example"),
        app.tailspin(),
        app.operator(),
    ];
    for (operation, input) in [
        ("UpdateApp", json!({ "name": "Mine" })),
        ("PublishApp", json!({})),
        ("WithdrawApp", json!({})),
        ("CreatePlan", monthly(&id)),
    ] {
        for target in [&boards, &id] {
            let input = with(&input, "appId", target.clone());
            for other in &others {
                let answer = other.does(operation, input.clone()).await;
                assert_eq!(answer.failed(), "FORBIDDEN", "{operation} by {}", other.who);
            }
            // Of another publisher's apps a publisher changes none, seen or not.
            let answer = app.litware().does(operation, input).await;
            assert_eq!(
                (answer.refused(), answer.refused_path()),
                ("NOT_FOUND".into(), vec!["input".into(), "appId".into()]),
                "{operation}"
            );
        }
        let answer = app.northwind().does(operation, with(&input, "appId", sign.clone())).await;
        assert_eq!(answer.refused(), "NOT_FOUND", "{operation}");
        for nonsense in ["", "x", "c3ViOg"] {
            let answer = app.northwind().does(operation, with(&input, "appId", nonsense)).await;
            assert_eq!(answer.refused(), "NOT_FOUND", "{operation}");
        }
    }
    for other in &others {
        assert_eq!(other.does("CreateApp", prose()).await.failed(), "FORBIDDEN", "{}", other.who);
    }
    assert_eq!(shown(&app.northwind(), &boards).await["status"], "PUBLISHED");
    assert_eq!(shown(&app.northwind(), &boards).await["name"], "Northwind Boards");
    assert_eq!(shown(&app.northwind(), &id).await["status"], "DRAFT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_created_again_with_the_same_key_is_the_same(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let keyed = with(&prose(), "idempotencyKey", "once");
    let first = app.northwind().does("CreateApp", keyed.clone()).await.done();
    let second = app.northwind().does("CreateApp", keyed.clone()).await.done();
    assert_eq!(first.body, second.body);
    let other = app.northwind().does("CreateApp", with(&keyed, "name", "Another")).await;
    assert_eq!(other.refused(), "IDEMPOTENCY_KEY_REUSED");
    // Litware's keys are its own.
    let of_litware = app.litware().does("CreateApp", keyed).await.done();
    assert_ne!(of_litware.at("/createApp/app/id"), first.at("/createApp/app/id"));
    let id = first.text("/createApp/app/id");
    let keyed = with(&monthly(id), "idempotencyKey", "once");
    let first = app.northwind().does("CreatePlan", keyed.clone()).await.done();
    assert_eq!(app.northwind().does("CreatePlan", keyed.clone()).await.done().body, first.body);
    let other = app.northwind().does("CreatePlan", with(&keyed, "price", "9.51")).await;
    assert_eq!(other.refused(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(shown(&app.northwind(), id).await["plans"].as_array().expect("plans").len(), 1);
}

#[rstest]
// On one thread: loaders gather what is asked for until nobody has anything more to ask.
#[tokio::test]
async fn a_page_of_apps_costs_as_many_statements_as_one(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let asks = async |n: i32| {
        app.counting(async || app.ada().sends("Apps", json!({ "first": n })).await.done()).await
    };
    assert_eq!(asks(1).await, asks(3).await);
    for _ in 0..3 {
        app.active(BOARDS_MONTHLY).await;
    }
    let document = "query($n: Int) { appSubscriptions(first: $n) { nodes { plan { countries } app { categories plans { name countries } } } } }";
    let asks =
        async |n: i32| app.counting(async || app.ada().asks(document, json!({ "n": n })).await.done()).await;
    assert_eq!(asks(1).await, asks(3).await);
}
