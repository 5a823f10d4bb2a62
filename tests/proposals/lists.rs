//! Lists of proposals.

use super::{declines, proposed, seen};
use crate::harness::{App, Db};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own_and_the_operator_all(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let of_contoso = proposed(&app, &app.ada()).await;
    app.at("2026-01-31T10:00:00Z");
    let of_woodgrove = proposed(&app, &app.wendy()).await;
    for (client, expected) in [
        (app.ada(), vec![&of_contoso]),
        (app.rui(), vec![&of_contoso]),
        (app.lena(), vec![]),
        (app.wendy(), vec![&of_woodgrove]),
        (app.finn(), vec![]),
        (app.northwind(), vec![]),
        (app.tailspin(), vec![]),
        (app.operator(), vec![&of_woodgrove, &of_contoso]),
    ] {
        let seen = seen(&client).await;
        let found: Vec<_> = seen.iter().map(|one| one["id"].as_str().expect("an id")).collect();
        assert_eq!(found, expected, "{}", client.who);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_narrowed_and_paged(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    let mut ids = Vec::new();
    for hour in 10..13 {
        app.at(&format!("2026-01-31T{hour}:00:00Z"));
        ids.push(proposed(&app, &app.ada()).await);
    }
    declines(&app.ada(), &ids[1], None).await.done();
    let page = app.ada().sends("Proposals", json!({ "first": 2 })).await.done();
    assert_eq!(page.at("/proposals/nodes/0/id"), &ids[2]);
    let rest = json!({ "first": 2, "after": page.text("/proposals/pageInfo/endCursor") });
    let rest = app.ada().sends("Proposals", rest).await.done();
    assert_eq!(rest.at("/proposals/nodes/0/id"), &ids[0]);
    assert_eq!(
        (rest.at("/proposals/totalCount"), rest.at("/proposals/pageInfo/hasNextPage")),
        (&json!(3), &json!(false))
    );
    let document = "query($filter: ProposalFilter) { proposals(filter: $filter) { totalCount } }";
    let woodgrove = super::organization_of(&app.wendy()).await;
    for (filter, count) in [
        (json!({ "statuses": ["OPEN"] }), 2),
        (json!({ "statuses": ["DECLINED", "OPEN"] }), 3),
        (json!({ "statuses": [] }), 0),
        (json!({ "organizationId": woodgrove }), 0),
        (json!({ "organizationId": "nothing" }), 0),
    ] {
        let found = app.operator().asks(document, json!({ "filter": filter })).await.done();
        assert_eq!(found.at("/proposals/totalCount"), count, "{filter}");
    }
}

/// As many statements for three as for one. On one thread: what is loaded together is gathered by time.
#[rstest]
#[tokio::test]
async fn a_page_costs_as_many_statements_as_a_row(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = App::on(db).await;
    for _ in 0..3 {
        let id = proposed(&app, &app.ada()).await;
        super::accepts(&app.ada(), &id, 1, "Contoso Main").await.done();
    }
    let count = async |first: i64| {
        app.counting(async || app.ada().sends("Proposals", json!({ "first": first })).await.done()).await
    };
    assert_eq!(count(1).await, count(3).await);
}
