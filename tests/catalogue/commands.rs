//! `tenure import catalog` and `tenure export catalog`, as whoever runs them meets them.

use super::files::rows;
use crate::{
    harness::{App, Db, TestDatabase},
    program::Directory,
};
use rstest::rstest;
use serde_json::{Value as Json, json};
use std::fs;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_moves_to_an_installation_that_has_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, directory, fresh) = (App::on(db).await, Directory::new(), TestDatabase::empty(db).await);
    let (here, there) = (app.database.url(), fresh.url());
    let (here, there) = ([("DATABASE_URL", here.as_str())], [("DATABASE_URL", there.as_str())]);
    let file = directory.runs(&["export", "catalog"], &here).await.done().out;
    fs::write(directory.0.join("catalogue.json"), &file).expect("a file");

    let imported = directory.runs(&["import", "catalog", "catalogue.json"], &there).await.done();
    let mut lines = imported.out.lines();
    assert_eq!(lines.next(), Some("publishers, apps and plans: 10 new, 0 changed, 0 unchanged"));
    for slug in ["litware", "northwind"] {
        let line = lines.next().expect("a line for each publisher");
        assert!(
            line.starts_with(&format!("publisher {slug} is new; its first API key, shown this once: ")),
            "{line}"
        );
    }
    assert_eq!(lines.next(), None);
    let again = directory.runs(&["export", "catalog"], &there).await.done().out;
    assert_eq!(again, file);

    let before = rows(&app.market).await;
    let imported = directory.runs(&["import", "catalog", "catalogue.json"], &here).await.done();
    assert_eq!(imported.out, "publishers, apps and plans: 0 new, 0 changed, 10 unchanged\n");
    assert_eq!(rows(&app.market).await, before);

    let one = directory.runs(&["export", "catalog", "--publisher", "litware"], &here).await.done().out;
    let (one, all): (Json, Json) =
        (serde_json::from_str(&one).expect("JSON"), serde_json::from_str(&file).expect("JSON"));
    assert_eq!(one, json!({ "publishers": [all["publishers"][0]] }));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_said_with_its_place(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, directory) = (App::on(db).await, Directory::new());
    let url = app.database.url();
    let settings = [("DATABASE_URL", url.as_str())];
    let before = rows(&app.market).await;
    let refused = async |text: &str, words: &[&str]| {
        fs::write(directory.0.join("catalogue.json"), text).expect("a file");
        directory.runs(&["import", "catalog", "catalogue.json"], &settings).await.refused(words);
    };
    let file = directory.runs(&["export", "catalog"], &settings).await.done().out;
    refused(
        &file.replace("\"price\": \"49.00\"", "\"price\": \"49.999\""),
        &["catalogue.json: /publishers/0/apps/0/plans/0/price: ", "such as 12.50"],
    )
    .await;
    refused(
        &file.replace("\"price\": \"49.00\"", "\"price\": \"50.00\""),
        &["catalogue.json: /publishers/0/apps/0/plans/0/price: ", "49.00 EUR a month, which never changes"],
    )
    .await;
    let misspelt = file.replacen("\"summary\"", "\"sumary\"", 1);
    refused(&misspelt, &["catalogue.json: /publishers/0/apps/0/sumary: unknown field `sumary`", "at line "])
        .await;
    refused("{", &["catalogue.json: ", "at line 1 column 1"]).await;
    directory
        .runs(&["import", "catalog", "missing.json"], &settings)
        .await
        .refused(&["missing.json cannot be read"]);
    let unknown = directory.runs(&["export", "catalog", "--publisher", "nobody"], &settings).await;
    unknown.refused(&["there is no publisher nobody"]);
    assert_eq!(rows(&app.market).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_tells_how() {
    let directory = Directory::new();
    let help = directory.runs(&["help"], &[]).await.done().out;
    assert!(help.contains("import") && help.contains("export"), "{help}");
    let help = directory.runs(&["import", "catalog", "--help"], &[]).await.done().out;
    assert!(help.contains("<FILE>") && help.contains("JSON"), "{help}");
    let help = directory.runs(&["export", "catalog", "--help"], &[]).await.done().out;
    assert!(help.contains("--publisher <SLUG>"), "{help}");
}
