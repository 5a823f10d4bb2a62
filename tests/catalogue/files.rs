//! The catalogue as a file: what an import does, what it refuses, and where it says that the fault is.

use super::words::{app_of, buys, draft, monthly, plan, retires, shown};
use crate::harness::{App, Db, SIGN, VAULT};
use domain::{
    Error,
    catalog::{Catalog, Imported, Publication, export, import},
};
use entity::{app as apps, app_category, plan as plans, plan_country, publisher};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

/// Every row of the catalogue, as text.
pub(super) async fn rows(market: &domain::Marketplace) -> Vec<String> {
    let db = market.db().read();
    let mut rows = Vec::new();
    macro_rules! all {
        ($($entity:ident),*) => {$(
            let found = $entity::Entity::find().all(db).await.expect("rows");
            rows.extend(found.iter().map(|row| format!("{row:?}")));
        )*};
    }
    all!(publisher, apps, app_category, plans, plan_country);
    rows.sort();
    rows
}

/// The file that is exported.
async fn exported(app: &App) -> Json {
    serde_json::to_value(export(&app.market, None).await.expect("an export")).expect("JSON")
}

/// Imports a file.
async fn imports(app: &App, file: &Json) -> Result<Imported, Error> {
    import(&app.market, &Catalog::parse(&file.to_string())?).await
}

/// Where a fault is, and what was said.
async fn refused(app: &App, file: &Json) -> (String, String) {
    match imports(app, file).await {
        Err(Error::Invalid(path, message)) => (path.pointer(), message.into_owned()),
        other => panic!("not refused with a place: {other:?}"),
    }
}

/// A file with a new app of a publisher that is there.
fn prose() -> Json {
    json!({ "publishers": [{ "slug": "northwind", "apps": [{
        "name": "Prose", "summary": "Writes", "description": "It writes.", "status": "PUBLISHED",
        "plans": [{
            "name": "Monthly", "pricingModel": "PER_LICENSE", "billingInterval": "MONTH", "currency": "USD",
            "price": "9.5", "minLicenses": 1, "maxLicenses": 10, "countries": ["US"],
        }],
    }] }] })
}

const APP: &str = "/publishers/0/apps/0";
const PLAN: &str = "/publishers/0/apps/0/plans/0";

/// The file, with this at a place in it.
fn changed(file: &Json, pointer: &str, to: Json) -> Json {
    let mut file = file.clone();
    let (parent, field) = pointer.rsplit_once('/').expect("a place");
    let parent = file.pointer_mut(parent).expect("a place");
    match parent {
        Json::Array(list) => list[field.parse::<usize>().expect("a number")] = to,
        parent => parent[field] = to,
    }
    file
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_imports_again_and_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let id = draft(&app).await;
    let first = plan(&app, monthly(&id)).await;
    retires(&app.northwind(), &first).await.done();
    let (file, before) = (exported(&app).await, rows(&app.market).await);
    for _ in 0..2 {
        app.at("2026-02-10T10:00:00Z");
        let imported = imports(&app, &file).await.expect("it is imported");
        let counts = (imported.new, imported.changed, imported.unchanged, imported.publishers.len());
        // Two publishers; Boards, Vault, Sign and Prose, with three, one, one and one plan.
        assert_eq!(counts, (0, 0, 12, 0));
        assert_eq!(rows(&app.market).await, before);
    }
    assert_eq!(exported(&app).await, file);
    let slugs: Vec<_> =
        file["publishers"].as_array().expect("publishers").iter().map(|entry| &entry["slug"]).collect();
    assert_eq!(slugs, ["litware", "northwind"]);
    let one = export(&app.market, Some("litware")).await.expect("an export");
    assert_eq!(serde_json::to_value(one).expect("JSON"), json!({ "publishers": [file["publishers"][0]] }));
    let unknown = export(&app.market, Some("fourth-coffee")).await.expect_err("there is none");
    assert!(unknown.to_string().contains("no publisher fourth-coffee"), "{unknown}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_by_hand_needs_no_ids_and_can_be_imported_again(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let imported = imports(&app, &prose()).await.expect("it is imported");
    assert_eq!((imported.new, imported.changed, imported.unchanged), (2, 0, 1));
    let listed = app.ada().sends("Apps", json!({ "filter": { "text": "prose" } })).await.done();
    let page = listed.at("/apps/nodes/0").clone();
    assert_eq!((&page["status"], &page["publisher"]["name"]), (&json!("PUBLISHED"), &json!("Northwind")));
    assert_eq!(page["plans"][0]["price"], json!({ "amount": "9.50", "currency": "USD" }));
    buys(&app, page["plans"][0]["id"].as_str().expect("an id"), Some(1)).await.done();
    let before = rows(&app.market).await;
    let again = imports(&app, &prose()).await.expect("it is imported");
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 3));
    assert_eq!(rows(&app.market).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_changed_and_what_is_not_named_stays(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    imports(&app, &prose()).await.expect("it is imported");
    let others = async || {
        let northwind = app.northwind();
        let (vault, sign) = (app_of(&northwind, VAULT).await, app_of(&northwind, SIGN).await);
        (shown(&northwind, &vault).await, shown(&northwind, &sign).await)
    };
    let before = others().await;
    let mut file = prose();
    for (place, to) in [
        ("/publishers/0/name", json!("Northwind Traders")),
        ("/publishers/0/apps/0/summary", json!("Writes well")),
        ("/publishers/0/apps/0/categories", json!(["writing"])),
        ("/publishers/0/apps/0/supportEmail", json!("prose@northwind.example")),
        ("/publishers/0/apps/0/plans/0/maxLicenses", json!(20)),
        ("/publishers/0/apps/0/plans/0/countries", json!(["DE", "US"])),
    ] {
        file = changed(&file, place, to);
    }
    let imported = imports(&app, &file).await.expect("it is imported");
    assert_eq!((imported.new, imported.changed, imported.unchanged), (0, 3, 0));
    let listed = app.ada().sends("Apps", json!({ "filter": { "text": "prose" } })).await.done();
    let page = listed.at("/apps/nodes/0");
    assert_eq!(
        (&page["publisher"]["name"], &page["summary"]),
        (&json!("Northwind Traders"), &json!("Writes well"))
    );
    assert_eq!(
        (&page["categories"], &page["supportEmail"]),
        (&json!(["writing"]), &json!("prose@northwind.example"))
    );
    assert_eq!(
        (&page["plans"][0]["maxLicenses"], &page["plans"][0]["countries"]),
        (&json!(20), &json!(["DE", "US"]))
    );
    let after = others().await;
    assert_eq!((&after.0["plans"], &after.1), (&before.0["plans"], &before.1));

    // A second plan, and the first one retired.
    let mut second = file.clone();
    let dearer =
        changed(&file, &format!("{PLAN}/price"), json!("12.00")).pointer(PLAN).expect("a plan").clone();
    second["publishers"][0]["apps"][0]["plans"][0]["retired"] = json!(true);
    imports(&app, &second).await.expect("it is imported");
    let mut third = file.clone();
    third["publishers"][0]["apps"][0]["plans"] = json!([dearer]);
    let imported = imports(&app, &third).await.expect("it is imported");
    assert_eq!((imported.new, imported.changed, imported.unchanged), (1, 0, 2));
    let listed = app.ada().sends("Apps", json!({ "filter": { "text": "prose" } })).await.done();
    let plans = listed.at("/apps/nodes/0/plans").as_array().expect("plans").clone();
    assert_eq!(plans.iter().map(|plan| &plan["price"]["amount"]).collect::<Vec<_>>(), ["12.00"]);

    let withdrawn = changed(
        &file,
        "/publishers/0/apps/0",
        json!({
            "name": "Prose", "summary": "Writes", "description": "It writes.", "status": "WITHDRAWN",
        }),
    );
    imports(&app, &withdrawn).await.expect("it is imported");
    let bought = buys(&app, plans[0]["id"].as_str().expect("an id"), Some(1)).await;
    assert_eq!(bought.refused(), "PLAN_NOT_AVAILABLE");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_its_place_and_nothing_is_imported(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = App::on(db).await;
    let before = rows(&app.market).await;
    let place = |below: &str| format!("{PLAN}/{below}");
    let of_app = |below: &str| format!("{APP}/{below}");
    // What is wrong, where that is said to be, and what it says.
    for (at, wrong, said_at, words) in [
        (of_app("name"), json!(""), of_app("name"), "on one line"),
        (of_app("name"), json!(7), of_app("name"), "expected a string"),
        (of_app("description"), json!("x".repeat(10_001)), of_app("description"), "10000 characters"),
        (of_app("status"), json!("ON_SALE"), of_app("status"), "`DRAFT`, `PUBLISHED`, `WITHDRAWN`"),
        (of_app("categories"), json!(["a", "A"]), of_app("categories/1"), "named twice"),
        (of_app("websiteUrl"), json!("http://prose.example/"), of_app("websiteUrl"), "https://"),
        (of_app("supportEmail"), json!("nobody"), of_app("supportEmail"), "no e-mail address"),
        (of_app("homepage"), json!("https://prose.example/"), of_app("homepage"), "unknown field `homepage`"),
        (of_app("id"), json!("4711"), of_app("id"), "UUID"),
        (place("price"), json!("9.505"), place("price"), "at most 2 decimals, such as 12.50"),
        (place("price"), json!(9.5), place("price"), "expected a string"),
        (place("price"), json!("-1"), place("price"), "such as 12.50"),
        (place("currency"), json!("EURO"), place("currency"), "ISO 4217"),
        (place("pricingModel"), json!("PER_SEAT"), place("pricingModel"), "`FLAT_RATE` or `PER_LICENSE`"),
        (place("pricingModel"), json!("FLAT_RATE"), place("minLicenses"), "leave it out"),
        (place("billingInterval"), json!("WEEK"), place("billingInterval"), "`MONTH` or `YEAR`"),
        (place("minLicenses"), json!(11), place("maxLicenses"), "no fewer than minLicenses"),
        (place("minLicenses"), json!(null), place("minLicenses"), "such as 1"),
        (place("countries"), json!(["US", "ZZ"]), place("countries/1"), "ISO 3166"),
        (place("countries"), json!([]), place("countries"), "one at least"),
        (place("retired"), json!("no"), place("retired"), "expected a boolean"),
        (place("discount"), json!("1.00"), place("discount"), "unknown field `discount`"),
        ("/publishers/0/slug".into(), json!("Fourth Coffee"), "/publishers/0/slug".into(), "a-z"),
        ("/publishers/0/slug".into(), json!("fourth-coffee"), "/publishers/0/name".into(), "is new"),
        ("/publishers/0/supportUrl".into(), json!("support"), "/publishers/0/supportUrl".into(), "https://"),
        ("/publishers/0/owner".into(), json!("Ada"), "/publishers/0/owner".into(), "unknown field `owner`"),
        ("/catalogue".into(), json!([]), "/catalogue".into(), "unknown field `catalogue`"),
    ] {
        let (found, message) = refused(&app, &changed(&prose(), &at, wrong.clone())).await;
        assert_eq!(found, said_at, "{wrong} at {at}: {message}");
        assert!(message.contains(words), "{wrong} at {at}: {message}");
    }
    for missing in ["name", "summary", "description", "status"] {
        let mut file = prose();
        file.pointer_mut(APP).and_then(Json::as_object_mut).expect("an app").remove(missing);
        let (found, message) = refused(&app, &file).await;
        assert_eq!(found, APP, "{message}");
        assert!(message.contains(&format!("missing field `{missing}`")), "{message}");
    }
    assert_eq!(rows(&app.market).await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_costs_or_was_sold_is_not_changed_by_a_file(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    imports(&app, &prose()).await.expect("it is imported");
    let file =
        serde_json::to_value(export(&app.market, Some("northwind")).await.expect("an export")).expect("JSON");
    let apps = file["publishers"][0]["apps"].as_array().expect("apps");
    let prose = apps.iter().position(|app| app["name"] == "Prose").expect("it was exported");
    let (of_app, of_plan) =
        (format!("/publishers/0/apps/{prose}"), format!("/publishers/0/apps/{prose}/plans/0"));
    let (boards, vault) = (
        format!("{}/plans/0", of_app_named(apps, "Northwind Boards")),
        of_app_named(apps, "Northwind Vault"),
    );
    let before = rows(&app.market).await;
    let at = |place: &str, to: Json| changed(&file, place, to);
    let id = |place: &str| file.pointer(place).expect("an entry")["id"].clone();
    let flat = json!({
        "name": "Flat", "pricingModel": "FLAT_RATE", "billingInterval": "MONTH", "currency": "USD", "price": "1.00",
        "countries": ["US"],
    });
    for (wrong, place, words) in [
        (
            at(&format!("{of_plan}/price"), json!("9.51")),
            format!("{of_plan}/price"),
            "costs 9.50 USD a licence and month, which never changes",
        ),
        (at(&format!("{of_plan}/currency"), json!("EUR")), format!("{of_plan}/currency"), "never changes"),
        (
            at(&format!("{of_plan}/billingInterval"), json!("YEAR")),
            format!("{of_plan}/billingInterval"),
            "never changes",
        ),
        (
            at(&format!("{of_app}/plans"), json!([file.pointer(&of_plan), flat])),
            format!("{of_app}/plans/1/pricingModel"),
            "write PER_LICENSE",
        ),
        (at(&format!("{of_app}/status"), json!("DRAFT")), format!("{of_app}/status"), "write WITHDRAWN"),
        (at(&format!("{of_app}/id"), id(&vault)), of_app.clone(), "there twice"),
        (at(&format!("{of_plan}/id"), id(&boards)), format!("{of_plan}/id"), "another app's plan"),
    ] {
        let (found, message) = refused(&app, &wrong).await;
        assert_eq!(found, place, "{message}");
        assert!(message.contains(words), "{place}: {message}");
    }
    // Of another publisher's.
    let sign =
        export(&app.market, Some("litware")).await.expect("an export").publishers.remove(0).apps.remove(0);
    let (found, message) = refused(&app, &at(&format!("{of_app}/id"), json!(sign.id))).await;
    assert_eq!(found, format!("{of_app}/id"), "{message}");
    assert!(message.contains("another publisher's app"), "{message}");
    assert_eq!(rows(&app.market).await, before);

    let mut retired = file.clone();
    retired.pointer_mut(&of_plan).expect("a plan")["retired"] = json!(true);
    imports(&app, &retired).await.expect("it is imported");
    let (found, message) = refused(&app, &file).await;
    assert_eq!(found, format!("{of_plan}/retired"), "{message}");
    assert!(message.contains("stays so"), "{message}");
}

/// Where an app is in the file.
fn of_app_named(apps: &[Json], name: &str) -> String {
    let place = apps.iter().position(|app| app["name"] == name).expect("the app");
    format!("/publishers/0/apps/{place}")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_could_be_meant_twice_is_refused(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let entry = prose()["publishers"][0].clone();
    let twice = json!({ "publishers": [entry, entry] });
    assert_eq!(refused(&app, &twice).await.0, "/publishers/1/slug");
    let mut same_name = prose();
    same_name["publishers"][0]["apps"] = json!([entry["apps"][0], entry["apps"][0]]);
    let (found, message) = refused(&app, &same_name).await;
    assert_eq!(found, "/publishers/0/apps/0/name", "{message}");
    let mut same_plan = prose();
    let plan = prose().pointer(PLAN).expect("a plan").clone();
    same_plan["publishers"][0]["apps"][0]["plans"] = json!([plan, plan]);
    assert_eq!(refused(&app, &same_plan).await.0, format!("{PLAN}/name"));
    // There are two of the name.
    for _ in 0..2 {
        let input = json!({ "name": "Prose", "summary": "Writes", "description": "It writes." });
        app.northwind().does("CreateApp", input).await.done();
    }
    let (found, message) = refused(&app, &prose()).await;
    assert_eq!(found, format!("{APP}/name"), "{message}");
    assert!(message.contains("by its id"), "{message}");
    let file = exported(&app).await;
    let imported = imports(&app, &file).await.expect("an export says their ids");
    assert_eq!((imported.new, imported.changed), (0, 0));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_file_is_imported_or_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let before = rows(&app.market).await;
    let mut file = prose();
    let mut wrong = file.pointer(APP).expect("an app").clone();
    wrong["name"] = json!("Verse");
    wrong["plans"][0]["price"] = json!("free");
    let publishers = file["publishers"].as_array_mut().expect("publishers");
    publishers.push(json!({
        "slug": "fourth-coffee", "name": "Fourth Coffee", "supportUrl": "https://support.fourth-coffee.example/",
        "portalUrl": "https://portal.fourth-coffee.example/", "apps": [wrong],
    }));
    let (found, message) = refused(&app, &file).await;
    assert_eq!(found, "/publishers/1/apps/0/plans/0/price", "{message}");
    assert_eq!(rows(&app.market).await, before);
    file["publishers"][1]["apps"][0]["plans"][0]["price"] = json!("0");
    let imported = imports(&app, &file).await.expect("it is imported");
    assert_eq!((imported.new, imported.publishers.len()), (5, 1));
    assert_eq!(imported.publishers[0].0, "fourth-coffee");
    let mut exported = export(&app.market, Some("fourth-coffee")).await.expect("an export");
    let verse = exported.publishers.remove(0).apps.remove(0);
    assert_eq!((verse.status, verse.plans[0].price.as_str()), (Publication::Published, "0.00"));
}

#[test]
fn malformed_json_is_said_with_line_and_column() {
    for (text, place, words) in [
        ("", "", "line 1 column 0"),
        ("{\n  \"publishers\": [}\n", "/publishers/0", "line 2 column 18"),
        ("{ \"publishers\": [] } []", "", "trailing characters at line 1"),
        ("{}", "", "missing field `publishers`"),
        ("{ \"publishers\": [], \"publishers\": [] }", "", "duplicate field `publishers`"),
    ] {
        match Catalog::parse(text) {
            Err(Error::Invalid(path, message)) => {
                assert!(message.contains(words), "{text}: {message}");
                assert_eq!(path.pointer(), place, "{text}: {message}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}
